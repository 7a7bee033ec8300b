package plutoplus

import (
	"fmt"

	"ikewit/harness/fabric"
	"ikewit/harness/peer"
	"ikewit/impl/daemon"
	"ikewit/impl/plutoplus"
	"ikewit/netns/topo"
)

// hostOf gives what plutoplus needs of a host of a fabric.
func hostOf(f fabric.Fabric, name string) (plutoplus.Host, error) {
	switch f := f.(type) {
	case *fabric.Memory:
		return f.Host(name), nil
	case *fabric.Namespaces:
		return &daemon.Host{In: f.Host(name).Do}, nil
	}
	return nil, fmt.Errorf("plutoplus does not run on %T", f)
}

// NewAlone makes a peer that has nobody to talk to and nothing to open: for command lines that must end before that.
func NewAlone(args []string) (*Peer, error) {
	top, err := topo.ByName("pair")
	if err != nil {
		return nil, err
	}
	nowhere, err := fabric.NewMemory(top)
	if err != nil {
		return nil, err
	}
	return New(nowhere, top.Peers[0], args, peer.NewEntropy(0, "alone"))
}

package fabric

import (
	"errors"
	"fmt"

	"ikewit/harness/capture/pcapfile"
	"ikewit/impl/host"
	"ikewit/netns"
	"ikewit/netns/topo"
)

// Namespaces is a fabric of kernel namespaces.
type Namespaces struct {
	*netns.Fabric
	tap *tap
}

var _ Fabric = (*Namespaces)(nil)

// BuildNamespaces builds a topology and begins to watch its wire. runID tells it from others on this machine.
func BuildNamespaces(t topo.Topology, runID string) (*Namespaces, error) {
	f, err := netns.Build(t, netns.Options{RunID: runID})
	if err != nil {
		return nil, err
	}
	var ends []host.TapEnd
	wire, _ := t.Link(t.Wire) // Build saw that it is there
	for _, end := range wire.Ends {
		ends = append(ends, host.TapEnd{In: f.Host(end.Host).Do, Device: end.Device})
	}
	n := &Namespaces{Fabric: f}
	if n.tap, err = openTap(t.Wire, ends...); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return n, nil
}

// Name is "netns".
func (n *Namespaces) Name() string { return "netns" }

// Topology is what was built.
func (n *Namespaces) Topology() topo.Topology { return n.Fabric.Topology }

// Frames gives what crossed the wire.
func (n *Namespaces) Frames() ([]pcapfile.Frame, error) { return n.tap.Frames() }

// Inject puts a frame on the wire as if the named peer had sent it.
func (n *Namespaces) Inject(from string, frame []byte) error {
	end, ok := n.Topology().End(from, n.Topology().Wire)
	if !ok {
		return fmt.Errorf("%s is not on the wire", from)
	}
	return n.Host(from).Do(func() error { return inject(end.Device, frame) })
}

// Leftovers ends the watch, whose socket would be one, and looks.
func (n *Namespaces) Leftovers() ([]string, error) {
	if err := n.tap.Close(); err != nil {
		return nil, err
	}
	return n.Fabric.Leftovers()
}

// Close ends the watch and takes the topology down.
func (n *Namespaces) Close() error { return errors.Join(n.tap.Close(), n.Fabric.Close()) }

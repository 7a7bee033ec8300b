package user

import (
	"net/netip"
	"testing"

	"ikewit/impl/sadb"
	"ikewit/netns"
	"ikewit/netns/netnstest"
)

func TestMain(m *testing.M) { netnstest.Main(m) }

// A network is a topology with a stack in some of its hosts.
type network struct {
	*netns.Fabric
	t testing.TB
}

// build builds a topology for one test, which fails if it leaves something behind.
func build(t testing.TB, name string, o netns.Options) *network {
	t.Helper()
	return &network{netnstest.Build(t, netnstest.Topology(t, name), o), t}
}

// stack opens a driver in a host, until the end of the test.
func (n *network) stack(host string, o Options) *Driver {
	n.t.Helper()
	o.In = n.Host(host).Do
	d, err := New(o)
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() {
		if err := d.Close(); err != nil {
			n.t.Errorf("close the stack of %s: %v", host, err)
		}
	})
	return d
}

// wire is the address of a host on the link between the peers.
func (n *network) wire(host string) netip.Addr { return n.Topology.Addr(host, n.Topology.Wire) }

func must(t testing.TB, d sadb.Driver, actions ...sadb.Action) {
	t.Helper()
	for _, a := range actions {
		if err := d.Apply(a); err != nil {
			t.Fatalf("%T: %v", a, err)
		}
	}
}

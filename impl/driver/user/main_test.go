package user

import (
	"fmt"
	"net/netip"
	"os"
	"testing"

	"ikewit/impl/sadb"
	"ikewit/netns"
	"ikewit/netns/topo"
)

// unable says why this machine cannot run tests in network namespaces, if it cannot.
var unable error

func TestMain(m *testing.M) {
	unable = netns.EnsurePrivileges()
	if unable != nil && os.Getenv("CI") == "true" {
		fmt.Fprintln(os.Stderr, unable)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// A network is a topology with a stack in some of its hosts.
type network struct {
	*netns.Fabric
	t testing.TB
}

// build builds a topology for one test, which fails if it leaves something behind.
func build(t testing.TB, name string, o netns.Options) *network {
	t.Helper()
	if unable != nil {
		t.Skip("no network namespaces:", unable)
	}
	x, err := topo.ByName(name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := netns.Build(x, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if left, err := f.Leftovers(); err != nil || len(left) > 0 {
			t.Errorf("left over: %q, %v", left, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return &network{f, t}
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

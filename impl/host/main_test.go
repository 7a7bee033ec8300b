package host

import (
	"io"
	"net/netip"
	"slices"
	"testing"
	"time"

	"ikewit/netns"
	"ikewit/netns/netnstest"
	"ikewit/netns/topo"
)

func TestMain(m *testing.M) { netnstest.Main(m) }

// A net is a fabric with its first two peers at hand.
type testNet struct {
	*netns.Fabric
	alice, bob         *netns.Host
	aliceAddr, bobAddr netip.Addr // on the wire
}

// build builds a topology for one test, which fails if it leaves something behind in it.
func build(t testing.TB, name string) testNet {
	t.Helper()
	return buildOf(t, netnstest.Topology(t, name))
}

func buildOf(t testing.TB, x topo.Topology) testNet {
	t.Helper()
	return buildWith(t, x, netns.Options{})
}

func buildWith(t testing.TB, x topo.Topology, o netns.Options) testNet {
	t.Helper()
	f := netnstest.Build(t, x, o)
	return testNet{f, f.Host("alice"), f.Host("bob"), x.Addr("alice", x.Wire), x.Addr("bob", x.Wire)}
}

// closeInTime closes something when the test ends, or when it takes so long that it must be waiting for what does not
// come: the test then fails at the call that waits.
func closeInTime(t testing.TB, c io.Closer) {
	late := time.AfterFunc(20*time.Second, func() { c.Close() })
	t.Cleanup(func() {
		late.Stop()
		c.Close()
	})
}

// narrow is a topology whose wire carries packets of at most 1300 octets.
func narrow(t testing.TB, name string) topo.Topology {
	t.Helper()
	x := netnstest.Topology(t, name)
	x.Links = slices.Clone(x.Links)
	for i := range x.Links {
		if x.Links[i].Name == x.Wire {
			x.Links[i].MTU = 1300
		}
	}
	return x
}

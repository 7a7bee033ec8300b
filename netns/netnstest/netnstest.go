// Package netnstest is what tests that need network namespaces share: leave to make them, topologies that are gone when
// the test ends, and what they left behind.
package netnstest

import (
	"fmt"
	"os"
	"sync"
	"testing"

	"ikewit/netns"
	"ikewit/netns/topo"
)

// privileges asks once whether this process may make namespaces; the first call moves it into a user namespace where it must.
var privileges = sync.OnceValue(netns.EnsurePrivileges)

// Main is the whole of a TestMain: it runs the tests in a process that may make namespaces. Where it may not, the tests that
// need them are skipped, and in CI none of the package runs.
func Main(m *testing.M) {
	Enter()
	os.Exit(m.Run())
}

// Enter is for a TestMain that does more than Main: called before there is a second thread.
func Enter() {
	if err := privileges(); err != nil && os.Getenv("CI") == "true" {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Need skips a test where no namespaces can be made.
func Need(t testing.TB) {
	t.Helper()
	if err := privileges(); err != nil {
		t.Skip("no network namespaces:", err)
	}
}

// Build builds a topology for one test, which fails if it leaves something behind in it.
func Build(t testing.TB, x topo.Topology, o netns.Options) *netns.Fabric {
	t.Helper()
	Need(t)
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
	return f
}

// Topology is the one of this name.
func Topology(t testing.TB, name string) topo.Topology {
	t.Helper()
	x, err := topo.ByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

package main

import (
	"strings"
	"testing"

	"ikewit/netns/netnstest"
	"ikewit/netns/topo"
)

// Every topology, in the mode that suits it and in tunnel mode: everything is checked, and traffic passes both ways. Through a NAT
// the negotiation traverses it unasked.
func TestNegotiateOnEveryTopology(t *testing.T) {
	netnstest.Need(t)
	for _, x := range topo.All {
		for _, options := range []string{"-e 3 -a 2", "-e 11 -a 3 -t"} {
			args := append([]string{"negotiate", "--topology", x.Name}, strings.Fields(options)...)
			exit, out, complaint := wit(t, args...)
			if exit != 0 || complaint != "" || !strings.Contains(out, "3 pings alice -> ") || !strings.Contains(out, "PASS") {
				t.Errorf("wit %s: exit %d\n%s%s", strings.Join(args, " "), exit, out, complaint)
			}
			if natt := strings.Contains(out, "NAT-D"); natt != (len(x.NATs) > 0) {
				t.Errorf("wit %s: NAT-D %t\n%s", strings.Join(args, " "), natt, out)
			}
		}
	}
}

// Without NAT traversal nothing passes a NAT, and wit says so.
func TestNegotiateThroughANATNeedsTraversal(t *testing.T) {
	netnstest.Need(t)
	exit, out, _ := wit(t, "negotiate", "--topology", "nat", "--natt", "off", "-e", "3")
	if exit != 1 || !strings.Contains(out, "no connection admits 10.9.0.10") {
		t.Errorf("exit %d\n%s", exit, out)
	}
}

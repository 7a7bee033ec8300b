package enginetest

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"ikewit/impl/ike"
	"ikewit/impl/simnet"
)

// sender says which way each message of an ordinary negotiation goes; those of Aggressive Mode last.
var sender = []struct{ message, from, to string }{
	{"MI1", "alice", "bob"}, {"MR1", "bob", "alice"}, {"MI2", "alice", "bob"}, {"MR2", "bob", "alice"},
	{"MI3", "alice", "bob"}, {"MR3", "bob", "alice"}, {"QI1", "alice", "bob"}, {"QR1", "bob", "alice"}, {"QI2", "alice", "bob"},
	{"AI1", "alice", "bob"}, {"AR1", "bob", "alice"}, {"AI2", "alice", "bob"},
}

// phase1Of is the exchange of phase 1 in which a message is sent.
func phase1Of(message string) string {
	if message[0] == 'A' {
		return "aggressive"
	}
	return ""
}

// mishap is what may happen to one message on its way.
var mishaps = []struct {
	name string
	link func(below simnet.Link, message string) simnet.Link
}{
	{"lost", func(l simnet.Link, m string) simnet.Link { return simnet.Lose{Link: l, Pick: simnet.First(m)} }},
	{"lost twice", func(l simnet.Link, m string) simnet.Link { return simnet.Lose{Link: l, Pick: simnet.First(m, m)} }},
	{"lost thrice", func(l simnet.Link, m string) simnet.Link { return simnet.Lose{Link: l, Pick: simnet.First(m, m, m)} }},
	{"duplicated", func(l simnet.Link, m string) simnet.Link {
		return simnet.Duplicate{Link: l, Pick: simnet.First(m), Gap: time.Millisecond}
	}},
	{"duplicated late", func(l simnet.Link, m string) simnet.Link {
		return simnet.Duplicate{Link: l, Pick: simnet.First(m), Gap: 35 * time.Millisecond}
	}},
	{"delayed past the next", func(l simnet.Link, m string) simnet.Link {
		return simnet.Delay{Link: l, Pick: simnet.First(m), By: 35 * time.Millisecond}
	}},
	{"delayed past a retransmission", func(l simnet.Link, m string) simnet.Link {
		return simnet.Delay{Link: l, Pick: simnet.First(m), By: 15 * time.Second}
	}},
	{"delayed past giving up", func(l simnet.Link, m string) simnet.Link {
		return simnet.Delay{Link: l, Pick: simnet.First(m), By: 200 * time.Second}
	}},
	{"held until the next", func(l simnet.Link, m string) simnet.Link { return &simnet.Hold{Link: l, Pick: simnet.First(m)} }},
}

// TestEveryMessageLostDuplicatedReordered: whatever happens to one message, both ends agree in the end. Only
// if a message is lost as often as it is sent may that be on having nothing.
func TestEveryMessageLostDuplicatedReordered(t *testing.T) {
	for _, pfs := range []string{"", "modp768"} {
		for _, m := range sender {
			for _, f := range mishaps {
				t.Run(strings.TrimSuffix(m.message+" "+f.name+" "+pfs, " "), func(t *testing.T) {
					side := Side{Profile: Profile{Phase1: phase1Of(m.message), IKE: []string{"3des-sha1-modp768"}, PFS: pfs, Policy: true}}
					c := NewCouple(1, side, side, false)
					c.Net.Connect(m.from, m.to, f.link(c.Net.Between(m.from, m.to), m.message))
					c.Initiate(c.Alice)
					c.Run(10 * time.Minute)
					c.converged(t, f.name != "lost thrice")
					if strings.HasPrefix(f.name, "duplicated") {
						c.quiet(t)
					}
					c.alive(t)
				})
			}
		}
	}
}

// converged checks that both ends hold the same, and something if it must be.
func (c *Couple) converged(t *testing.T, must bool) {
	t.Helper()
	if err := c.Agree(); err != nil {
		t.Fatalf("seed %d: %v", c.Seed, err)
	}
	n := len(c.Alice.SADB.SAs())
	switch {
	case n == 2:
	case n == 0 && must:
		t.Errorf("seed %d: no SAs came of it: %v", c.Seed, c.Alice.Events)
	case n == 0:
		if !failed(c.Alice) {
			t.Errorf("seed %d: alice does not know that it failed", c.Seed)
		}
	default:
		t.Errorf("seed %d: %d SAs", c.Seed, n)
	}
	for _, h := range c.Hosts {
		if n := len(h.SADB.Policies()); n != 0 && len(h.SADB.SAs()) == 0 {
			t.Errorf("seed %d: %s has %d policies and no SA", c.Seed, h.Name, n)
		}
	}
}

// quiet checks that nobody complained.
func (c *Couple) quiet(t *testing.T) {
	t.Helper()
	for _, h := range c.Hosts {
		for _, e := range h.Events {
			switch e.(type) {
			case ike.Refused, ike.Notified, ike.Failed:
				t.Errorf("seed %d: %s: %v", c.Seed, h.Name, e)
			}
		}
	}
}

// failed: the negotiation did not end well, or what it made was taken back.
func failed(h *Host) bool {
	for _, e := range h.Events {
		switch e.(type) {
		case ike.Failed, ike.Gone:
			return true
		}
	}
	return false
}

// alive checks that an ordinary negotiation works on the network as it is now.
func (c *Couple) alive(t *testing.T) {
	t.Helper()
	c.Net.Connect("alice", "bob", simnet.Wire{Delay: simnet.DefaultDelay})
	c.Net.Connect("bob", "alice", simnet.Wire{Delay: simnet.DefaultDelay})
	before := len(c.Alice.SADB.SAs())
	c.Initiate(c.Alice)
	c.Run(10 * time.Minute)
	if n := len(c.Alice.SADB.SAs()); n != before+2 {
		t.Errorf("seed %d: afterwards %d SAs became %d: %v", c.Seed, before, n, c.Alice.Events[max(0, len(c.Alice.Events)-3):])
	}
	if err := c.Agree(); err != nil {
		t.Errorf("seed %d: afterwards: %v", c.Seed, err)
	}
}

// TestBadNetworks plays negotiations of both ends on a network that loses, repeats and delays at random.
// SEEDS says how many. In the end, when Deletes got through, both ends hold nothing.
func TestBadNetworks(t *testing.T) {
	seeds := 200
	if n, err := strconv.Atoi(os.Getenv("SEEDS")); err == nil {
		seeds = n
	}
	up := 0
	for seed := range seeds {
		side := Side{Profile: Profile{Phase1: []string{"", "aggressive"}[seed/2%2], DPD: []string{"", "on", "45s"}[seed%3], IKE: []string{"aes128-sha1-modp768"}}}
		side.Config.Limits.Exponent = 4
		c := NewCouple(uint64(seed), side, side, seed%2 == 1)
		for _, way := range [][2]string{{"alice", "bob"}, {"bob", "alice"}} {
			l := c.Net.Between(way[0], way[1])
			l = simnet.Delay{Link: l, Pick: simnet.Chance(c.Net.Random, 0.1), By: 12 * time.Second}
			l = simnet.Duplicate{Link: l, Pick: simnet.Chance(c.Net.Random, 0.1), Gap: 25 * time.Millisecond}
			l = &simnet.Hold{Link: l, Pick: simnet.Chance(c.Net.Random, 0.1)}
			c.Net.Connect(way[0], way[1], simnet.Lose{Link: l, Pick: simnet.Chance(c.Net.Random, 0.2)})
		}
		for i, h := range []*Host{c.Alice, c.Bob, c.Alice, c.Bob} {
			c.Net.At(Start.Add(time.Duration(i)*3*time.Second), h.Name, func(now time.Time) { h.step(now, ike.Initiate{Conn: c.ConnOf(h)}) })
		}
		c.Run(10 * time.Minute)
		up += len(c.Alice.SADB.SAs())
		c.takeDown(t)
	}
	if up < seeds {
		t.Errorf("only %d SAs of %d negotiations", up, 4*seeds)
	}
}

// takeDown ends everything on a good network and checks that nothing is left. What one end lost sight of
// goes with its lifetime.
func (c *Couple) takeDown(t *testing.T) {
	t.Helper()
	c.Net.Connect("alice", "bob", simnet.Wire{Delay: simnet.DefaultDelay})
	c.Net.Connect("bob", "alice", simnet.Wire{Delay: simnet.DefaultDelay})
	c.Alice.Do(ike.Terminate{})
	c.Bob.Do(ike.Terminate{})
	c.Run(10 * time.Minute)
	for _, h := range c.Hosts {
		if n := len(h.SADB.SAs()); n != 0 {
			t.Errorf("seed %d: %s still holds %d SAs", c.Seed, h.Name, n)
		}
		for s := range h.Engine.ISAKMPs() {
			t.Errorf("seed %d: %s still has an ISAKMP SA: %+v", c.Seed, h.Name, s)
		}
		if at, ok := h.Deadline(); ok {
			t.Errorf("seed %d: %s still waits for something at %v", c.Seed, h.Name, at.Sub(Start))
		}
	}
}

package enginetest

import (
	"fmt"
	"testing"
	"time"

	"ikewit/impl/sadb"
)

// refuseFirst lets the first n SAs of a direction meet one of somebody else that has their SPI.
func refuseFirst(n int, way sadb.Direction) func(sadb.Action) error {
	return func(a sadb.Action) error {
		if add, ok := a.(sadb.Add); ok && add.SA.Direction == way && n > 0 {
			n--
			return fmt.Errorf("test: %w", sadb.ErrExists)
		}
		return nil
	}
}

// An SPI that somebody else has is drawn anew, by either side; what cannot be had at all ends the negotiation.
func TestClashesOfSPIs(t *testing.T) {
	for _, row := range []struct {
		host string
		way  sadb.Direction
		n    int
		up   bool
	}{
		{"bob", sadb.In, 1, true}, {"bob", sadb.In, 3, true}, {"bob", sadb.In, 100, false},
		{"alice", sadb.In, 1, true}, {"alice", sadb.In, 3, true}, {"alice", sadb.In, 100, false},
		{"alice", sadb.Out, 1, true}, // the peer draws another as well
		{"bob", sadb.Out, 1, false},  // alice believes that hers stand, until she hears
	} {
		t.Run(fmt.Sprintf("%s %v %d", row.host, row.way, row.n), func(t *testing.T) {
			c := NewCouple(1, Side{}, Side{}, false)
			c.Host(row.host).SADB.Refuse = refuseFirst(row.n, row.way)
			c.Initiate(c.Alice)
			c.Run(5 * time.Minute)
			n := 0
			if row.up {
				n = 2
			}
			for _, h := range c.Hosts {
				if got := len(h.SADB.SAs()); got != n {
					t.Errorf("%s holds %d SAs, want %d: %v", h.Name, got, n, h.Events[max(0, len(h.Events)-3):])
				}
			}
			if err := c.Agree(); err != nil {
				t.Error(err)
			}
			for _, h := range c.Hosts {
				for p := range h.Engine.Pairs() {
					if !row.up {
						t.Errorf("%s still has a pair: %v", h.Name, p.In)
					}
				}
			}
			c.Host(row.host).SADB.Refuse = nil
			c.takeDown(t)
		})
	}
}

// While the peer's phase 1 is under way, one of ours is begun all the same: the peer's may come to nothing.
func TestInitiateWhileThePeerDoes(t *testing.T) {
	c := NewCouple(1, Side{}, Side{}, false)
	c.Initiate(c.Alice)
	c.Run(15 * time.Millisecond)
	c.Initiate(c.Bob)
	c.Initiate(c.Alice) // joins her own
	c.Run(time.Second)
	if n := len(c.Alice.SADB.SAs()); n != 6 {
		t.Errorf("%d SAs, want those of three negotiations", n)
	}
	n := 0
	for s := range c.Alice.Engine.ISAKMPs() {
		if s.State != "established" || s.PeerID.String() != "192.0.2.2" || s.Proposal != "3des sha1 psk modp1024" || s.Expires.Sub(s.Since) != 8*time.Hour || s.Phase2 != 0 {
			t.Errorf("%+v", s)
		}
		n++
	}
	if n != 2 {
		t.Errorf("%d ISAKMP SAs", n)
	}
	if err := c.Agree(); err != nil {
		t.Error(err)
	}
}

func TestStatusWhileNegotiating(t *testing.T) {
	c := NewCouple(1, Side{}, Side{}, false)
	c.Initiate(c.Alice)
	for s := range c.Alice.Engine.ISAKMPs() {
		if s.State != "MI1 sent" || !s.Initiator || s.Conn != "bob" || s.Proposal != "" {
			t.Errorf("%+v", s)
		}
	}
	c.Run(25 * time.Millisecond)
	for s := range c.Bob.Engine.ISAKMPs() {
		if s.State != "MR1 sent" || s.Initiator {
			t.Errorf("%+v", s)
		}
	}
	if _, why, ok := c.Bob.Engine.Deadline(); !ok || why != "half-open" {
		t.Errorf("bob waits for %q", why)
	}
	c.Run(time.Second)
	c.Initiate(c.Alice)
	for s := range c.Alice.Engine.ISAKMPs() {
		if s.Phase2 != 1 {
			t.Errorf("%+v", s)
		}
	}
}

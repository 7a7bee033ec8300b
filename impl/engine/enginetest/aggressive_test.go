package enginetest

import (
	"testing"
	"time"

	"ikewit/impl/ike"
	"ikewit/impl/ike1"
	"ikewit/impl/simnet"
	"ikewit/impl/wire/isakmp"
)

// Who names an address that is not the one he comes from may be behind a NAT: that AI2 shows, and if there is none the
// address was somebody else's.
func TestAnAddressOfOthersIsGoodOnlyBehindANAT(t *testing.T) {
	for _, behind := range []bool{true, false} {
		side := Side{Profile: Profile{Phase1: "aggressive", NATT: "on", Local: "10.3.0.0/24", Remote: "10.3.0.0/24"}}
		lying := side
		lying.Config.Seams.Built = func(message string, m *isakmp.Message) {
			for i := range m.Items {
				if p, ok := m.Items[i].Body.(*isakmp.ID); ok && message == "AI1" {
					p.Data = []byte{10, 9, 9, 9}
				}
			}
		}
		c := NewCoupleBehind(1, lying, side, false, [2]bool{behind, false})
		c.Initiate(c.Alice)
		c.Run(5 * time.Second)
		up, refused := 0, ""
		for _, e := range c.Bob.Events {
			switch e := e.(type) {
			case ike.Phase1Up:
				up++
			case ike.Refused:
				if refused == "" {
					refused = e.Message + " " + string(e.Refusal.Check)
				}
			}
		}
		if want := "AI2 " + string(ike1.CheckIDPolicy); behind && (up != 1 || refused != "") || !behind && (up != 0 || refused != want) {
			t.Errorf("behind a NAT %t: established %d times, refused %q", behind, up, refused)
		}
	}
}

// An SA of which the peer has never shown that it stands for it too is not used once more after silence.
func TestAnSAThatOnlyWeHaveIsNotUsedAgain(t *testing.T) {
	side := Side{Profile: Profile{Phase1: "aggressive"}}
	c := NewCouple(1, side, side, false)
	wire := c.Net.Between("alice", "bob")
	c.Net.Connect("alice", "bob", simnet.Lose{Link: wire, Pick: func(d simnet.Datagram) bool { return d.Name == "AI2" || d.Name == "QI1" }})
	c.Initiate(c.Alice)
	c.Run(3 * time.Minute)
	c.Net.Connect("alice", "bob", wire)
	c.Initiate(c.Alice)
	c.Run(5 * time.Second)
	if err := c.Agree(); err != nil || len(c.Bob.SADB.SAs()) != 2 {
		t.Errorf("%d SAs, %v", len(c.Bob.SADB.SAs()), err)
	}
}

// AI2 may come in clear. What comes with a HASH that is right shows where the peer is, encrypted or not.
func TestAI2InClearShowsWhereThePeerIs(t *testing.T) {
	side := Side{Profile: Profile{Phase1: "aggressive", NATT: "on"}}
	open := side
	var clear []byte
	open.Config.Seams.Hashed = func(message string, m *isakmp.Message) {
		if message == "AI2" {
			plain := *m
			plain.Header.Flags = 0
			clear = plain.Append(nil)
		}
	}
	open.Config.Seams.Sealed = func(message string, octets []byte) []byte {
		if message == "AI2" {
			return clear
		}
		return octets
	}
	c := NewCoupleBehind(1, open, side, false, [2]bool{true, false})
	c.Initiate(c.Alice)
	c.Run(5 * time.Second)
	for _, e := range c.Bob.Events {
		if e, ok := e.(ike.Phase1Up); ok {
			if e.Local.Port() != 4500 || e.Remote.Port() < 40000 {
				t.Errorf("the SA is between %v and %v", e.Local, e.Remote)
			}
			return
		}
	}
	t.Errorf("bob has no SA: %v", c.Bob.Events)
}

// A forger sends an AR1 before bob's: its HASH is wrong, alice says so and waits on. The forger's cookie, its NAT-D and
// its values leave nothing behind.
func TestAForgedAR1EndsNothing(t *testing.T) {
	for _, row := range []struct {
		name string
		at   int // the octet that is changed, from the end if below zero
	}{
		{"HASH", -1}, {"cookie", 8}, {"nonce or public value", 150},
	} {
		side := Side{Profile: Profile{Phase1: "aggressive", NATT: "on"}}
		c := NewCouple(1, side, side, false)
		c.Net.Connect("bob", "alice", forger{c.Net.Between("bob", "alice"), row.at})
		c.Initiate(c.Alice)
		c.Run(5 * time.Second)
		refused := 0
		for _, e := range c.Alice.Events {
			if r, ok := e.(ike.Refused); ok {
				refused++
				if r.Refusal.Check != ike1.CheckHashR || r.Ends {
					t.Errorf("%s: %v, ends %t", row.name, r, r.Ends)
				}
			}
		}
		if err := c.Agree(); err != nil || len(c.Alice.SADB.SAs()) != 2 || refused != 1 {
			t.Errorf("%s: %d SAs, %d refusals, %v", row.name, len(c.Alice.SADB.SAs()), refused, err)
		}
	}
}

// A forger sends a changed copy of every AR1, and then the true one.
type forger struct {
	simnet.Link
	at int
}

func (f forger) Carry(d simnet.Datagram) ([]simnet.Arrival, string) {
	arrivals, fate := f.Link.Carry(d)
	if d.Name != "AR1" {
		return arrivals, fate
	}
	forged := d
	forged.Octets = append([]byte(nil), d.Octets...)
	forged.Octets[(f.at+len(d.Octets))%len(d.Octets)] ^= 1
	return append([]simnet.Arrival{{After: time.Millisecond, Datagram: forged}}, arrivals...), fate
}

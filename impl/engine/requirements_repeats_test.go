package engine_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"ikewit/impl/ike"
	"ikewit/impl/ike1"
	"ikewit/impl/keymat"
	"ikewit/impl/wire/isakmp"
)

// recorded keeps what a tester sends, to be sent once more as it was.
func recorded(last *[]byte) change {
	return change{sealed: func(b []byte) []byte {
		*last = slices.Clone(b)
		return b
	}}
}

// IKE1-RTX-01 to 04: what is not answered is sent again octet for octet, after growing gaps, a few times.
func TestRetransmission(t *testing.T) {
	for _, at := range []string{"MM2", "MM4", "MM6", "QM2"} {
		t.Run("instead of "+at, func(t *testing.T) {
			c := newTester(t, false, setup{})
			c.begin(at)
			start := c.now
			first := c.seen
			var gaps []time.Duration
			for {
				due, _, ok := c.e.Deadline()
				if !ok || count[ike.Failed](c.events) > 0 {
					break
				}
				c.now = due
				if c.step(ike.Tick{}); len(c.sent) == 0 {
					continue
				}
				s := c.sent[0]
				c.sent = c.sent[1:]
				if !bytes.Equal(s.Octets, first) || !s.Retransmission {
					t.Errorf("%s is sent again with other octets", s.Message)
				}
				gaps = append(gaps, c.now.Sub(start))
			}
			if want := []time.Duration{10 * time.Second, 30 * time.Second}; !slices.Equal(gaps, want) {
				t.Errorf("sent again after %v, want %v", gaps, want)
			}
			if end := c.now.Sub(start); end != 70*time.Second || count[ike.Failed](c.events) != 1 {
				t.Errorf("given up after %v: %v", end, c.last(1))
			}
			if at[0] == 'M' { // IKE1-RTX-03: too late
				c.send(at, change{}, true)
				if c.take(following[at]) != nil {
					t.Error("a late answer is taken")
				}
			}
			c.alive()
		})
	}
}

// IKE1-RTX-05 to 08, 11: a repeated request is answered with the stored reply, and moves nothing.
func TestDuplicatesAreAnsweredWithTheStoredReply(t *testing.T) {
	for _, at := range []string{"MM1", "MM3", "MM5", "QM1"} {
		t.Run(at, func(t *testing.T) {
			c := newTester(t, true, setup{})
			c.begin(at)
			if at == "QM1" {
				c.beginQuick(true)
			}
			var octets []byte
			c.send(at, recorded(&octets), true)
			reply := c.sent[0].Octets
			for range 3 {
				n := len(c.sent)
				c.put(octets)
				if len(c.sent) != n+1 || !bytes.Equal(c.sent[n].Octets, reply) || !c.sent[n].Retransmission {
					t.Fatalf("the answer to the repeated %s is another", at)
				}
			}
			c.sent = c.sent[:1]
			c.play(following[at], "")
			c.checkSAs()
			if len(c.sas()) != 2 {
				t.Errorf("%d SAs", len(c.sas()))
			}
		})
	}
	t.Run("not for ever", func(t *testing.T) {
		c := newTester(t, true, setup{})
		var octets []byte
		c.send("MM1", recorded(&octets), true)
		for range 1000 {
			c.put(octets)
		}
		if n := len(c.sent); n > 20 {
			t.Errorf("%d answers to one message", n)
		}
	})
}

// IKE1-RTX-04, IKE1-RTX-09 to 11: what the initiator has had already changes nothing. Who has waited before it sent that
// again lacks our answer, and gets it as it was.
func TestRepeatedAnswers(t *testing.T) {
	for at, answered := range map[string]bool{"MM2": true, "MM4": true, "MM6": false} {
		t.Run(at, func(t *testing.T) {
			c := newTester(t, false, setup{})
			c.begin(at)
			var octets []byte
			c.send(at, recorded(&octets), true)
			n := len(c.sent)
			c.put(octets)
			if len(c.sent) != n {
				t.Fatalf("%s is sent because %s came twice at once", c.sent[n].Message, at)
			}
			for again := range 2 {
				c.pass(time.Second)
				c.put(octets)
				switch {
				case !answered && len(c.sent) != n:
					t.Fatalf("%s is sent because %s came twice", c.sent[n].Message, at)
				case answered && (len(c.sent) != n+again+1 || !bytes.Equal(c.sent[n+again].Octets, c.sent[n-1].Octets) || !c.sent[n+again].Retransmission):
					t.Fatalf("the answer to the repeated %s is another, or none", at)
				}
			}
			c.sent = c.sent[:n]
			c.play(following[at], "")
			c.checkSAs()
		})
	}
	t.Run("QM2", func(t *testing.T) {
		c := newTester(t, false, setup{})
		c.begin("QM2")
		var octets []byte
		c.send("QM2", recorded(&octets), true)
		last := c.sent[0].Octets
		c.put(octets)
		if len(c.sent) != 2 || !bytes.Equal(c.sent[1].Octets, last) {
			t.Errorf("QM3 is not repeated as it was")
		}
		c.sent = c.sent[:1]
		c.play("QM3", "")
		if len(c.sas()) != 2 {
			t.Errorf("%d SAs", len(c.sas()))
		}
		c.pass(2 * time.Minute)
		c.sent = nil
		c.put(octets)
		if len(c.sent) != 0 {
			t.Error("QM3 is repeated for ever")
		}
	})
}

// IKE1-RTX-14 to 17, IKE1-QM-14, IKE1-QM-16: replays and messages out of order.
func TestReplays(t *testing.T) {
	t.Run("IKE1-RTX-14 IKE1-RTX-15", func(t *testing.T) {
		c := newTester(t, true, setup{})
		var kept [][]byte
		for _, name := range order {
			if name == "QM1" {
				c.beginQuick(true)
			}
			if !c.mine(name) {
				c.accept(name, c.must(name))
				continue
			}
			var octets []byte
			c.send(name, recorded(&octets), true)
			kept = append(kept, octets)
		}
		c.pass(5 * time.Minute)
		for i, octets := range kept {
			c.sent = nil
			c.put(octets)
			if len(c.sent) != 0 {
				t.Errorf("replay %d is answered with %s", i, c.sent[0].Message)
			}
		}
		if len(c.sas()) != 2 || len(slices.Collect(c.e.ISAKMPs())) != 1 {
			t.Errorf("%d SAs and %d ISAKMP SAs", len(c.sas()), len(slices.Collect(c.e.ISAKMPs())))
		}
		c.send("MM3", change{}, false) // new ones on its cookies
		c.send("MM5", change{}, false)
		if c.take("MM4") != nil {
			t.Error("phase 1 goes on")
		}
		c.p1OK()
	})
	t.Run("IKE1-RTX-16", func(t *testing.T) {
		c := newTester(t, true, setup{})
		c.begin("")
		var octets []byte
		contact := errorOf(isakmp.InitialContact)
		c.inform(recorded(&octets), contact)
		mark := len(c.events)
		c.put(octets)
		if r := c.refusal(mark); r == nil || r.Refusal.Check != ike1.CheckReplay || count[ike.Notified](c.events[mark:]) != 0 {
			t.Errorf("a replayed Informational: %v", r)
		}
		c.p1OK()
	})
	t.Run("IKE1-RTX-16 reflected", func(t *testing.T) { // what we protected is no less right when it comes back
		c := newTester(t, true, setup{})
		c.begin("QM1")
		c.beginQuick(true)
		c.sent = nil
		c.send("QM1", attribute(isakmp.P2AuthAlgorithm, 1), false)
		mark := len(c.events)
		c.put(slices.Clone(c.sent[0].Octets))
		if r := c.refusal(mark); r == nil || r.Refusal.Check != ike1.CheckReplay || count[ike.Notified](c.events[mark:]) != 0 {
			t.Errorf("our own Informational: %v", r)
		}
		c.p1OK()
	})
	t.Run("a Quick Mode that is refused is over", func(t *testing.T) {
		c := newTester(t, true, setup{})
		c.begin("QM1")
		c.beginQuick(true)
		c.sent = nil
		var octets []byte
		lie := attribute(isakmp.P2AuthAlgorithm, 1)
		lie.sealed = recorded(&octets).sealed
		mark := len(c.events)
		c.send("QM1", lie, false)
		if r := c.refusal(mark); r == nil || !r.Ends || !r.Notified {
			t.Errorf("refused: %+v", r)
		}
		told := c.sent[0].Octets
		c.put(octets)
		if len(c.sent) != 2 || !bytes.Equal(c.sent[1].Octets, told) {
			t.Error("the repeated request is not answered with the stored refusal")
		}
		c.sent = nil
		c.send("QM1", change{}, false) // an honest one under the same message ID
		if c.take("QM2") != nil {
			t.Error("the negotiation goes on")
		}
		c.p1OK()
		d := newTester(t, false, setup{})
		d.begin("QM2")
		mark = len(d.events)
		d.send("QM2", attribute(isakmp.P2AuthAlgorithm, 1), false)
		if r := d.refusal(mark); r == nil || !r.Ends {
			t.Errorf("refused: %+v", r)
		}
		d.sent = nil
		d.pass(2 * time.Minute)
		if len(d.sent) != 0 {
			t.Errorf("%s is sent again", d.sent[0].Message)
		}
	})
	t.Run("IKE1-RTX-17", func(t *testing.T) {
		c := newTester(t, true, setup{})
		c.begin("MM3")
		h := c.header(isakmp.IdentityProtection, 0, isakmp.Encryption)
		h.NextPayload = uint8(isakmp.TypeID)
		m := isakmp.Message{Header: h, Items: isakmp.Items(&isakmp.Raw{T: isakmp.TypeID, Octets: make([]byte, 36)})}
		c.put(m.Append(nil))
		if c.take("MM6") != nil {
			t.Error("MM5 is answered before MM3")
		}
		c.play("MM3", "")
		c.checkSAs()
	})
	t.Run("IKE1-QM-14", func(t *testing.T) {
		c := newTester(t, true, setup{})
		c.begin("")
		id := c.quick.id
		c.beginQuick(true)
		c.quick.id, c.quick.iv = id, keymat.PhaseTwoIV(c.suite.Hash, c.iv, id)
		mark := len(c.events)
		c.send("QM1", change{}, false)
		if c.take("QM2") != nil || len(c.sas()) != 2 {
			t.Error("a message ID served twice")
		}
		if r := c.refusal(mark); r == nil || r.Refusal.Check != ike1.CheckReplay {
			t.Errorf("refused: %v", r)
		}
		c.p1OK()
	})
	t.Run("IKE1-QM-16", func(t *testing.T) {
		c := newTester(t, true, setup{})
		c.begin("")
		c.beginQuick(true)
		c.quick.ni, c.quick.nr = make([]byte, 16), make([]byte, 16)
		c.quick.answer = c.quick.offer
		for _, name := range []string{"QM2", "QM3"} {
			c.send(name, change{}, false)
			if c.take("QM2") != nil || c.take("QM3") != nil || len(c.sas()) != 2 {
				t.Errorf("%s under an unknown message ID is answered", name)
			}
		}
		c.p1OK()
	})
	t.Run("IKE1-MM-07", func(t *testing.T) {
		c := newTester(t, true, setup{})
		c.begin("MM5")
		c.beginQuick(true)
		mark := len(c.events)
		c.send("QM1", change{}, false)
		if c.take("QM2") != nil || c.refusal(mark).Refusal.Check != ike1.CheckEstablished {
			t.Error("Quick Mode before phase 1 is complete")
		}
		c.send("MM5", hashed(func(h *isakmp.Hash) { h.Data[0] ^= 1 }), false)
		c.send("QM1", change{}, false)
		if c.take("QM2") != nil || len(c.sas()) != 0 {
			t.Error("Quick Mode after a bad HASH_I")
		}
		c.quick = nil
		c.play("MM5", "")
		c.checkSAs()
	})
	t.Run("IKE1-CKY-11", func(t *testing.T) {
		c := newTester(t, false, setup{})
		c.step(ike.Initiate{Conn: c.conn})
		c.put(slices.Clone(c.sent[0].Octets))
		for _, s := range c.sent[1:] {
			if s.Message != "INFO" {
				t.Errorf("the reflection is answered with %s", s.Message)
			}
		}
		c.sent = c.sent[:1]
		c.play("MM1", "")
		c.checkSAs()
	})
}

package engine_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand"
	"net/netip"
	"slices"
	"testing"
	"time"

	"ikewit/impl/alg"
	"ikewit/impl/conn"
	"ikewit/impl/engine"
	"ikewit/impl/engine/enginetest"
	"ikewit/impl/ike"
	"ikewit/impl/ike1"
	"ikewit/impl/keymat"
	"ikewit/impl/sadb"
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

// IKE1-IVC-08, IKE1-DOS-03: junk does not move the chain of IVs, nor end the negotiation.
func TestJunkBetweenMessages(t *testing.T) {
	junk := func(clear bool) change {
		return change{sealed: func(b []byte) []byte {
			b = slices.Clone(b)
			r := rand.New(rand.NewSource(1))
			r.Read(b[28:])
			if clear {
				b[19] = 0
			}
			return b
		}}
	}
	for _, at := range []string{"MM3", "MM5", "QM3", "MM4", "MM6", "QM2"} {
		for _, clear := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s clear %t", at, clear), func(t *testing.T) {
				c := newTester(t, at != "MM4" && at != "MM6" && at != "QM2", setup{})
				c.begin(at)
				for range 5 {
					c.send(at, junk(clear), false)
				}
				c.send(at, change{}, true)
				if at != "QM3" {
					c.play(following[at], "")
				}
				c.checkSAs()
			})
		}
	}
}

// IKE1-QM-13, IKE1-IVC-05, IKE1-IVC-06, IKE1-CKY-07, IKE1-CKY-09, IKE1-MM-13.
func TestInterleaved(t *testing.T) {
	t.Run("IKE1-QM-13 IKE1-IVC-04 IKE1-IVC-05", func(t *testing.T) {
		c := newTester(t, true, setup{})
		c.begin("QM1")
		var modes []*quickMode
		for range 2 {
			c.beginQuick(true)
			modes = append(modes, c.quick)
			c.send("QM1", change{}, true)
		}
		c.inform(change{}, errorOf(isakmp.ReplayStatus))
		for _, q := range modes {
			c.quick = q
			c.accept("QM2", c.must("QM2"))
		}
		for _, q := range slices.Backward(modes) {
			c.quick = q
			c.send("QM3", change{}, true)
		}
		if n := len(c.sas()); n != 4 || count[ike.Refused](c.events) != 0 {
			t.Errorf("%d SAs: %v", n, c.last(3))
		}
	})
	t.Run("IKE1-MM-13 IKE1-CKY-07 IKE1-IVC-06", func(t *testing.T) {
		c := newTester(t, true, setup{})
		c.begin("")
		c.step(ike.Initiate{Conn: c.conn}) // the responder of phase 1 begins
		h, _, _ := isakmp.Split(c.sent[0].Octets)
		if h.Initiator != c.ckyI || h.Responder != c.ckyR {
			t.Errorf("cookies %v %v", h.Initiator, h.Responder)
		}
		c.beginQuick(false)
		for _, name := range []string{"QM1", "QM2", "QM3"} {
			if c.mine(name) {
				c.send(name, change{}, true)
			} else {
				c.accept(name, c.must(name))
			}
		}
		c.checkSAs()
	})
	t.Run("IKE1-CKY-09 IKE1-MM-11 IKE1-QM-17", func(t *testing.T) {
		c := newTester(t, true, setup{})
		c.begin("MM3")
		first := c.association
		c.fresh()
		c.begin("MM3")
		second := c.association
		for _, a := range []*association{first, second, first} {
			c.association = a
			if a.keys == nil {
				c.play("MM3", "QM1")
			}
			c.p1OK()
		}
		if n := len(c.sas()); n != 6 {
			t.Errorf("%d SAs", n)
		}
	})
	t.Run("IKE1-CKY-10", func(t *testing.T) {
		c := newTester(t, true, setup{})
		c.begin("MM3")
		mark := len(c.events)
		r := c.ckyR
		c.ckyR = [8]byte{}
		sai := c.sai
		c.send("MM1", attribute(isakmp.P1LifeDuration, 1), false)
		c.ckyR, c.sai = r, sai
		if c.take("MM2") != nil || c.refusal(mark) == nil {
			t.Error("another MM1 under the same cookie is answered")
		}
		c.play("MM3", "")
		c.checkSAs()
	})
}

// IKE1-MM-09: each address has its own secret.
func TestSecretPerAddress(t *testing.T) {
	keys := map[netip.Addr]string{enginetest.Alice: "secret", netip.MustParseAddr("192.0.2.7"): "another"}
	for from, key := range keys {
		for _, use := range []string{"secret", "another"} {
			c := newTester(t, true, setup{})
			c.conn.Remote.Addr = netip.Addr{}
			c.e = engine.New(engine.Config{
				Connections: conn.List{c.conn}, Secrets: secrets(keys), Entropy: enginetest.NewEntropy(1, "engine"),
			})
			c.own = netip.AddrPortFrom(from, 500)
			c.fresh()
			c.secret = []byte(use)
			c.begin("MM5")
			c.send("MM5", change{}, true)
			if got := c.take("MM6") != nil; got != (use == key) {
				t.Errorf("%v with secret %q: established %t", from, use, got)
			}
		}
	}
}

// IKE1-RTX-18, IKE1-LIF-02, IKE1-ERR-01: what is left half done goes by itself.
func TestNothingIsLeft(t *testing.T) {
	for _, at := range []string{"MM2", "MM3", "MM4", "MM5", "MM6", "QM1", "QM2", "QM3"} {
		c := newTester(t, at != "MM2" && at != "MM4" && at != "MM6" && at != "QM2", setup{profile: lifeOf(10 * time.Minute)})
		c.begin(at)
		c.pass(100 * time.Second)
		if len(c.sas()) != 0 {
			t.Errorf("stopped before %s: %d SAs are left", at, len(c.sas()))
		}
		if at[0] == 'M' {
			if n := len(slices.Collect(c.e.ISAKMPs())); n != 0 {
				t.Errorf("stopped before %s: %d ISAKMP SAs are left", at, n)
			}
			if at == "MM3" {
				c.sent = nil
				c.send("MM3", change{}, false)
				if c.take("MM4") != nil {
					t.Error("MM3 is answered after the half-open limit")
				}
			}
		} else {
			c.p1OK()
			c.pass(10 * time.Minute)
			if n := len(slices.Collect(c.e.ISAKMPs())); n != 0 {
				t.Errorf("%d ISAKMP SAs live beyond their life", n)
			}
			c.beginQuick(true)
			c.sent = nil
			c.send("QM1", change{}, false)
			if c.take("QM2") != nil {
				t.Error("Quick Mode under an SA that has expired")
			}
		}
		c.alive()
	}
}

// IKE1-QM-11: the responder installs what arrives before it answers, and what leaves only after QM3.
func TestResponderInstallsInOrder(t *testing.T) {
	c := newTester(t, true, setup{})
	c.begin("QM3")
	if list := c.sas(); len(list) != 1 || list[0].Direction != sadb.In {
		t.Errorf("before QM3: %v", list)
	}
	c.play("QM3", "")
	c.checkSAs()
}

// IKE1-DOS-01, IKE1-DOS-02: floods.
func TestFloods(t *testing.T) {
	t.Run("IKE1-DOS-01", func(t *testing.T) {
		c := newTester(t, true, setup{})
		c.begin("")
		keep := c.association
		for range 2000 {
			c.fresh()
			c.send("MM1", change{}, false)
			c.pass(5 * time.Millisecond)
			c.sent = nil
		}
		if n := len(slices.Collect(c.e.ISAKMPs())); n != 1001 {
			t.Errorf("%d ISAKMP SAs, want 1000 half open and one established", n)
		}
		c.alive()
		c.association = keep
		c.p1OK()
		c.pass(2 * time.Minute)
		if n := len(slices.Collect(c.e.ISAKMPs())); n != 2 {
			t.Errorf("%d ISAKMP SAs after the flood", n)
		}
	})
	t.Run("IKE1-DOS-02", func(t *testing.T) {
		c := newTester(t, true, setup{})
		c.begin("")
		c.sent = nil
		for i := range 1000 {
			in := probe(c)
			binary.BigEndian.PutUint32(in.Octets[4:], uint32(i))
			in.Octets[18] = []byte{32, 5, 2}[i%3]
			if i%3 == 2 {
				clear(in.Octets[20:24])
			}
			c.step(in)
			c.pass(time.Millisecond)
		}
		if n := len(c.sent); n != 1 {
			t.Errorf("%d notifications in one second", n)
		}
		if n := len(slices.Collect(c.e.ISAKMPs())); n != 1 {
			t.Errorf("%d ISAKMP SAs", n)
		}
	})
	t.Run("IKE1-DOS-04", func(t *testing.T) {
		many := proposal(func(p *isakmp.Proposal) {
			first := p.Transforms[0]
			p.Transforms = nil
			for i := range 200 {
				one := first
				one.Number = uint8(i + 1)
				if i < 199 {
					one.Attributes = slices.Clone(first.Attributes)
					one.Attributes[0].Value = 99
				}
				p.Transforms = append(p.Transforms, one)
			}
			p.NTransforms = 200
		})
		c := newTester(t, true, setup{})
		c.send("MM1", many, true)
		c.play("MM2", "QM1")
		c.beginQuick(true)
		c.send("QM1", built(func(sa *isakmp.SA) {
			first := sa.Proposals[0]
			sa.Proposals = nil
			for i := range 255 {
				one := first
				one.Number = uint8(i + 1)
				one.Transforms = slices.Clone(first.Transforms)
				if i < 254 {
					one.Transforms[0].ID = 250
				}
				sa.Proposals = append(sa.Proposals, one)
			}
		}), true)
		c.play("QM2", "")
		c.checkSAs()
		c.put(bytes.Repeat([]byte{1}, 30000))
		c.alive()
	})
}

// IKE1-ERR-03 to 06: messages cut at every octet, and with one octet changed. Nothing falls over, and the
// engine goes on working.
func TestMutations(t *testing.T) {
	t.Run("IKE1-ERR-03", func(t *testing.T) {
		for _, at := range []string{"MM1", "MM3"} {
			c := newTester(t, true, setup{})
			c.begin(at)
			var octets []byte
			d := newTester(t, true, setup{})
			d.begin(at)
			d.send(at, recorded(&octets), false)
			copy(octets, c.header(isakmp.IdentityProtection, 0, 0).Append(nil)[:16])
			for n := range octets {
				for _, counted := range []bool{true, false} {
					b := slices.Clone(octets[:n])
					if counted && n >= 28 {
						binary.BigEndian.PutUint32(b[24:], uint32(n))
					}
					c.put(b)
					if m := c.take(following[at]); m != nil {
						t.Errorf("%s cut to %d octets goes on", at, n)
					}
				}
			}
			c.play(at, "")
			c.checkSAs()
		}
	})
	for _, row := range []struct {
		id, at string
		n      int
	}{{"IKE1-ERR-04", "MM1", 512}, {"IKE1-ERR-05", "QM1", 256}, {"IKE1-ERR-06", "MM2", 256}, {"IKE1-ERR-06", "MM4", 256}, {"IKE1-ERR-06", "QM2", 256}, {"IKE1-ERR-04", "MM3", 256}, {"IKE1-ERR-04", "MM5", 256}} {
		t.Run(row.id+" "+row.at, func(t *testing.T) {
			r := rand.New(rand.NewSource(4))
			for range row.n {
				at, with := r.Intn(4096), byte(1+r.Intn(255))
				flip := func(b []byte) { b[at%len(b)] ^= with }
				c := newTester(t, row.at != "MM2" && row.at != "MM4" && row.at != "QM2", setup{any: true})
				c.begin(row.at)
				if row.at == "QM1" {
					c.beginQuick(true)
				}
				lie := change{sealed: func(b []byte) []byte { flip(b); return b }}
				if row.at[0] == 'Q' { // the plaintext behind the HASH, which is made afterwards
					lie = items(func(l []isakmp.Item) []isakmp.Item {
						rest := isakmp.AppendItems(nil, l[1:])
						flip(rest)
						return append(l[:1], isakmp.Items(&isakmp.Verbatim{T: l[1].Type, Octets: rest})...)
					})
				}
				before := len(c.sas())
				c.sent = nil
				c.send(row.at, lie, false)
				if n := len(c.sas()) - before; n != 0 && row.at != "QM1" && row.at != "QM2" {
					t.Errorf("octet %d ^ %02x: %d SAs", at, with, n)
				}
				for _, sa := range c.sas() {
					if sa.Cipher == nil || sa.Integrity == nil || sa.Cipher.Name != "3des" || sa.Hard.Add > time.Hour {
						t.Errorf("octet %d ^ %02x: %v is nothing that was offered", at, with, sa)
					}
				}
				c.alive()
			}
		})
	}
}

// secrets are pre-shared keys by address.
type secrets map[netip.Addr]string

func (s secrets) PreShared(_, remote netip.Addr, _ conn.Identity) (alg.Key, error) {
	return alg.Key(s[remote]), nil
}

// TestWhatNoRowMatchesIsRefused brings every kind of message to every state of both exchanges.
func TestWhatNoRowMatchesIsRefused(t *testing.T) {
	kinds := map[string]func(c *tester) *isakmp.Message{
		"MM1": func(c *tester) *isakmp.Message { return c.main(0, c.offerSA()) },
		"MM3": func(c *tester) *isakmp.Message { return c.main(0, c.ke(), &isakmp.Nonce{Data: make([]byte, 16)}) },
		"MM5": func(c *tester) *isakmp.Message {
			return c.main(isakmp.Encryption, &isakmp.Raw{T: isakmp.TypeID, Octets: make([]byte, 36)})
		},
		"QM1": func(c *tester) *isakmp.Message {
			return &isakmp.Message{Header: c.header(isakmp.QuickMode, 77, isakmp.Encryption), Items: isakmp.Items(&isakmp.Raw{T: isakmp.TypeHash, Octets: make([]byte, 36)})}
		},
		"AM1": func(c *tester) *isakmp.Message {
			return &isakmp.Message{Header: c.header(isakmp.Aggressive, 0, 0), Items: isakmp.Items(c.offerSA(), c.ke())}
		},
		"NG1": func(c *tester) *isakmp.Message {
			return &isakmp.Message{Header: c.header(isakmp.NewGroupMode, 77, isakmp.Encryption), Items: isakmp.Items(&isakmp.Raw{T: isakmp.TypeHash, Octets: make([]byte, 36)})}
		},
	}
	same := map[string]string{"MM1": "MM2", "MM3": "MM4", "MM5": "MM6"}
	for _, at := range order {
		for kind, make := range kinds {
			mine := at == "MM1" || at == "MM3" || at == "MM5" || at == "QM1" || at == "QM3"
			if kind == at || same[kind] == at || kind == "MM1" && !mine {
				continue // that is what it waits for, or MM2 over again
			}
			c := newTester(t, mine, setup{})
			c.begin(at)
			mark := len(c.events)
			c.sent = nil
			c.put(make(c).Append(nil))
			for _, s := range c.sent {
				if s.Message != "INFO" {
					t.Errorf("before %s: %s is answered with %s", at, kind, s.Message)
				}
			}
			if c.refusal(mark) == nil {
				t.Errorf("before %s: %s is not refused: %v", at, kind, c.last(2))
			}
			c.alive()
		}
	}
}

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
	"ikewit/impl/sadb"
	"ikewit/impl/wire/isakmp"
)

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

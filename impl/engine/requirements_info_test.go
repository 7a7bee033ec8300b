package engine_test

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"time"

	"ikewit/impl/ike"
	"ikewit/impl/ike1"
	"ikewit/impl/wire/isakmp"
)

func errorOf(t isakmp.NotifyType) *isakmp.Notify {
	return &isakmp.Notify{DOI: isakmp.DOIIPsec, Protocol: isakmp.ProtoISAKMP, NotifyType: t}
}

func deleteOf(p isakmp.Protocol, size uint8, spis ...[]byte) *isakmp.Delete {
	return &isakmp.Delete{DOI: isakmp.DOIIPsec, Protocol: p, SPISize: size, SPIs: spis}
}

func (c *tester) cookies() []byte { return slices.Concat(c.ckyI[:], c.ckyR[:]) }

// An Informational that is wrong is refused, or left alone, in silence; the SAs stay. IKE1-NTF-04: it is never
// answered.
func TestInformationalsThatAreIgnored(t *testing.T) {
	wrongHash := hashed(func(h *isakmp.Hash) { h.Data[0] ^= 1 })
	cleartext := change{hashed: func(_ *tester, m *isakmp.Message) {
		m.Header.Flags = 0
		m.Items = m.Items[1:]
	}}
	notify := func(f func(n *isakmp.Notify)) isakmp.Payload {
		n := errorOf(isakmp.NoProposalChosen)
		f(n)
		return n
	}
	ofTheirs := func(c *tester) isakmp.Payload { return deleteOf(isakmp.ProtoESP, 4, c.quick.ours) }
	ofISAKMP := func(c *tester) isakmp.Payload { return deleteOf(isakmp.ProtoISAKMP, 16, c.cookies()) }
	is := func(p isakmp.Payload) func(*tester) isakmp.Payload { return func(*tester) isakmp.Payload { return p } }
	for _, row := range []struct {
		id      string
		payload func(c *tester) isakmp.Payload
		change  change
		check   ike.Check // none: accepted, and means nothing
	}{
		{"IKE1-NTF-05 DOI 77", is(notify(func(n *isakmp.Notify) { n.DOI = 77 })), change{}, ike1.CheckNotifyDOI},
		{"IKE1-NTF-05 protocol 99", is(notify(func(n *isakmp.Notify) { n.Protocol = 99 })), change{}, ike1.CheckNotifyProtocol},
		{"IKE1-NTF-05 unknown SPI", is(notify(func(n *isakmp.Notify) { n.Protocol, n.SPI = 3, []byte{9, 9, 9, 9} })), change{}, ike1.CheckNotifySPI},
		{"IKE1-NTF-05 foreign cookies", is(notify(func(n *isakmp.Notify) { n.SPI = make([]byte, 16) })), change{}, ike1.CheckNotifySPI},
		{"IKE1-NTF-05 type 0", is(errorOf(0)), change{}, ""},
		{"IKE1-NTF-05 type 31", is(errorOf(31)), change{}, ""},
		{"IKE1-NTF-05 type 9000", is(errorOf(9000)), change{}, ""},
		{"IKE1-NTF-05 type 20000", is(errorOf(20000)), change{}, ""},
		{"IKE1-NTF-05 type 50000", is(errorOf(50000)), change{}, ""},
		{"IKE1-NTF-06 8 octets", is(&isakmp.Raw{T: isakmp.TypeNotify, Octets: []byte{0, 0, 0, 1}}), change{}, ike1.CheckSyntax},
		{"IKE1-NTF-06 SPI beyond the payload", is(&isakmp.Raw{T: isakmp.TypeNotify, Octets: []byte{0, 0, 0, 1, 1, 200, 0, 14}}), change{}, ike1.CheckSyntax},
		{"IKE1-NTF-09 24", is(errorOf(isakmp.AuthenticationFailed)), cleartext, ""},
		{"IKE1-NTF-09 17", is(errorOf(isakmp.InvalidKeyInformation)), cleartext, ""},
		{"IKE1-NTF-09 INITIAL-CONTACT", is(errorOf(isakmp.InitialContact)), cleartext, ""},
		{"IKE1-NTF-18 26", is(errorOf(26)), change{}, ""},
		{"IKE1-NTF-18 27", is(errorOf(27)), change{}, ""},
		{"IKE1-NTF-18 CONNECTED", is(errorOf(isakmp.Connected)), change{}, ""},
		{"IKE1-DEL-03 ESP in clear", ofTheirs, cleartext, ike1.CheckDeleteClear},
		{"IKE1-DEL-03 ISAKMP in clear", ofISAKMP, cleartext, ike1.CheckDeleteClear},
		{"IKE1-DEL-03 ESP wrong HASH", ofTheirs, wrongHash, ike1.CheckInfoHash},
		{"IKE1-DEL-03 ISAKMP wrong HASH", ofISAKMP, wrongHash, ike1.CheckInfoHash},
		{"IKE1-DEL-05", func(c *tester) isakmp.Payload { return deleteOf(isakmp.ProtoESP, 4, c.quick.theirs) }, change{}, ike1.CheckDeleteOwner},
		{"IKE1-DEL-07 count too high", is(&isakmp.Raw{T: isakmp.TypeDelete, Octets: []byte{0, 0, 0, 1, 3, 4, 0, 5, 1, 2, 3, 4}}), change{}, ike1.CheckSyntax},
		{"IKE1-DEL-07 count too low", is(&isakmp.Raw{T: isakmp.TypeDelete, Octets: []byte{0, 0, 0, 1, 3, 4, 0, 0, 1, 2, 3, 4}}), change{}, ike1.CheckSyntax},
		{"IKE1-DEL-07 none", is(deleteOf(isakmp.ProtoESP, 4)), change{}, ""},
		{"IKE1-DEL-07 size 8 for ESP", is(deleteOf(isakmp.ProtoESP, 8, make([]byte, 8))), change{}, ike1.CheckDeleteSPI},
		{"IKE1-DEL-07 size 4 for ISAKMP", is(deleteOf(isakmp.ProtoISAKMP, 4, make([]byte, 4))), change{}, ike1.CheckDeleteSPI},
		{"IKE1-DEL-08 DOI 77", func(c *tester) isakmp.Payload {
			d := deleteOf(isakmp.ProtoESP, 4, c.quick.ours)
			d.DOI = 77
			return d
		}, change{}, ike1.CheckDeleteDOI},
		{"IKE1-DEL-08 protocol 99", func(c *tester) isakmp.Payload { return deleteOf(99, 4, c.quick.ours) }, change{}, ike1.CheckDeleteProtocol},
		{"IKE1-DEL-09", is(deleteOf(isakmp.ProtoISAKMP, 16, make([]byte, 16))), change{}, ike1.CheckDeleteOwner},
		{"IKE1-INF-03 wrong HASH", is(errorOf(isakmp.InitialContact)), wrongHash, ike1.CheckInfoHash},
		{"IKE1-INF-03 no HASH", is(errorOf(isakmp.InitialContact)), change{hashed: without(isakmp.TypeHash).built}, ike1.CheckPayloadMissing},
		{"IKE1-INF-03 HASH last", is(errorOf(isakmp.InitialContact)), change{hashed: swap(0, 1).built}, ike1.CheckPayloadOrder},
		{"IKE1-INF-06", is(errorOf(isakmp.InitialContact)), change{built: func(_ *tester, m *isakmp.Message) { m.Header.MessageID = 0 }}, ike1.CheckMessageID},
		{"IKE1-INF-07 HASH alone", is(errorOf(1)), items(func(l []isakmp.Item) []isakmp.Item { return l[:1] }), ike1.CheckInfoContent},
		{"IKE1-INF-07 SA and NONCE", is(&isakmp.Nonce{Data: make([]byte, 16)}), change{}, ike1.CheckPayloadUnexpected},
		{"IKE1-INF-07 NP 0", is(errorOf(1)), octet(atNext, 0), ike1.CheckNextPayload},
		{"IKE1-GPH-03 in an Informational", is(errorOf(1)), items(func(l []isakmp.Item) []isakmp.Item { l[1].Reserved = 1; return l }), ike1.CheckReserved},
	} {
		t.Run(strings.ReplaceAll(row.id, "/", "|"), func(t *testing.T) {
			c := newTester(t, true, setup{})
			c.begin("")
			c.sent = nil
			mark, before := len(c.events), len(c.sas())
			c.inform(row.change, row.payload(c))
			if len(c.sent) != 0 {
				t.Errorf("the engine answers with %s", c.sent[0].Message)
			}
			if len(c.sas()) != before {
				t.Errorf("%d SAs became %d", before, len(c.sas()))
			}
			r := c.refusal(mark)
			switch {
			case row.check == "" && r != nil:
				t.Errorf("refused: %v", r)
			case row.check != "" && r == nil:
				t.Errorf("not refused, want check %s", row.check)
			case row.check != "" && r.Refusal.Check != row.check:
				t.Errorf("refused by check %s, want %s: %v", r.Refusal.Check, row.check, r)
			}
			c.p1OK()
			c.alive()
		})
	}
}

func TestDeleteRequirements(t *testing.T) {
	t.Run("IKE1-DEL-04", func(t *testing.T) {
		c := newTester(t, true, setup{})
		c.begin("")
		c.inform(change{}, deleteOf(isakmp.ProtoESP, 4, c.quick.ours))
		if len(c.sas()) != 0 {
			t.Errorf("%d SAs are left", len(c.sas()))
		}
		c.p1OK()
	})
	t.Run("IKE1-DEL-06", func(t *testing.T) {
		c := newTester(t, true, setup{})
		c.begin("")
		first := c.quick.ours
		c.p1OK()
		mark := len(c.events)
		c.inform(change{}, deleteOf(isakmp.ProtoESP, 4, first, []byte{9, 9, 9, 9}, c.quick.ours))
		if len(c.sas()) != 0 {
			t.Errorf("%d SAs are left", len(c.sas()))
		}
		if r := c.refusal(mark); r == nil || r.Refusal.Check != ike1.CheckDeleteOwner {
			t.Errorf("the unknown SPI: %v", r)
		}
	})
	t.Run("IKE1-DEL-10 IKE1-DEL-11", func(t *testing.T) {
		c := newTester(t, true, setup{})
		c.begin("")
		c.inform(change{}, deleteOf(isakmp.ProtoISAKMP, 16, c.cookies()))
		if len(c.sas()) != 2 {
			t.Errorf("%d IPsec SAs are left, want both", len(c.sas()))
		}
		c.quick = nil
		c.beginQuick(true)
		c.sent = nil
		c.send("QM1", change{}, false)
		if types, protected := c.informed(); len(types) != 1 || types[0] != isakmp.InvalidCookie || protected {
			t.Errorf("the engine notifies %v, protected %t", types, protected)
		}
		if c.take("QM2") != nil {
			t.Error("Quick Mode goes on under a deleted SA")
		}
		c.alive()
	})
	t.Run("IKE1-DEL-01 IKE1-DEL-02 IKE1-INF-01 IKE1-INF-02 IKE1-RTX-13", func(t *testing.T) {
		c := newTester(t, true, setup{})
		c.begin("")
		c.sent = nil
		c.step(ike.Terminate{})
		c.pass(10 * time.Minute)
		if len(c.sent) != 2 {
			t.Fatalf("%d messages, want two Deletes, each once", len(c.sent))
		}
		var ids []uint32
		for i, want := range []struct {
			protocol isakmp.Protocol
			spi      []byte
		}{{isakmp.ProtoESP, c.quick.theirs}, {isakmp.ProtoISAKMP, c.cookies()}} {
			m := c.decode(c.sent[i].Octets)
			c.verify("INFO", m, c.keys.Hash1(m.Header.MessageID, isakmp.AppendItems(nil, m.Items[1:])))
			d := payload[*isakmp.Delete](m)
			if d == nil || d.Protocol != want.protocol || len(d.SPIs) != 1 || !slices.Equal(d.SPIs[0], want.spi) || m.Items[0].Type != isakmp.TypeHash {
				t.Errorf("Delete %d: %+v, want %v %x", i, d, want.protocol, want.spi)
			}
			ids = append(ids, m.Header.MessageID)
		}
		if ids[0] == ids[1] || ids[0] == 0 || ids[1] == 0 || ids[0] == c.quick.id {
			t.Errorf("message IDs %x", ids)
		}
	})
}

func TestNotifyRequirements(t *testing.T) {
	t.Run("IKE1-NTF-03 IKE1-NTF-01 phase 1", func(t *testing.T) {
		c := newTester(t, true, setup{})
		c.send("MM1", attribute(isakmp.P1Hash, 1), false)
		if r := c.refusal(0); r == nil || !r.Ends {
			t.Errorf("refused: %+v", r)
		}
		m := c.decode(c.sent[0].Octets)
		n := payload[*isakmp.Notify](m)
		if m.Header.Flags != 0 || len(m.Items) != 1 || m.Header.Initiator != c.ckyI || n.DOI > 1 || n.Protocol != isakmp.ProtoISAKMP || n.NotifyType != isakmp.NoProposalChosen {
			t.Errorf("notification %+v of %+v", n, m)
		}
	})
	t.Run("IKE1-NTF-02 IKE1-NTF-01 phase 2", func(t *testing.T) {
		c := newTester(t, true, setup{})
		c.begin("QM1")
		c.beginQuick(true)
		c.send("QM1", attribute(isakmp.P2AuthAlgorithm, 1), false)
		m := c.decode(c.sent[0].Octets)
		n := payload[*isakmp.Notify](m)
		c.verify("INFO", m, c.keys.Hash1(m.Header.MessageID, isakmp.AppendItems(nil, m.Items[1:])))
		if n.Protocol != isakmp.ProtoESP || !slices.Equal(n.SPI, c.quick.ours) || m.Header.MessageID == c.quick.id {
			t.Errorf("notification %+v", n)
		}
	})
	t.Run("IKE1-NTF-07", func(t *testing.T) {
		c := newTester(t, true, setup{})
		c.begin("")
		mark := len(c.events)
		c.inform(change{}, errorOf(isakmp.Connected), errorOf(isakmp.InitialContact))
		if n := count[ike.Notified](c.events[mark:]); n != 2 {
			t.Errorf("%d notifications were heard", n)
		}
		c.p1OK()
	})
	t.Run("IKE1-NTF-08", func(t *testing.T) {
		c := newTester(t, false, setup{})
		c.begin("MM2")
		for _, n := range []isakmp.NotifyType{14, 24, 16} {
			m := isakmp.Message{Header: c.header(isakmp.Informational, 7, 0), Items: isakmp.Items(errorOf(n))}
			c.put(m.Append(nil))
		}
		if n := count[ike.Notified](c.events); n != 3 {
			t.Errorf("%d notifications were heard", n)
		}
		c.play("MM2", "") // it kept waiting
		c.checkSAs()
	})
	t.Run("IKE1-NTF-10", func(t *testing.T) {
		c := newTester(t, false, setup{})
		c.begin("QM2")
		n := errorOf(isakmp.NoProposalChosen)
		n.Protocol, n.SPI = isakmp.ProtoESP, c.quick.theirs
		c.inform(change{}, n)
		if count[ike.Failed](c.events) != 1 || len(c.sas()) != 0 {
			t.Errorf("the Quick Mode goes on: %v", c.last(3))
		}
		c.sent = nil
		c.pass(5 * time.Minute)
		if len(c.sent) != 0 {
			t.Errorf("%s is sent again", c.sent[0].Message)
		}
		c.p1OK()
	})
	t.Run("IKE1-NTF-10 with the SPI of nothing", func(t *testing.T) {
		c := newTester(t, false, setup{})
		c.begin("QM1")
		n := errorOf(isakmp.InvalidIDInformation)
		n.Protocol, n.SPI = 0, make([]byte, 4) // as charon writes it
		c.inform(change{}, n)
		if count[ike.Failed](c.events) != 1 {
			t.Errorf("the Quick Mode goes on: %v", c.last(3))
		}
		c.p1OK()
	})
	t.Run("IKE1-NTF-10 without SPI", func(t *testing.T) {
		for _, n := range []int{1, 2} { // of two negotiations nobody knows which is meant
			c := newTester(t, false, setup{})
			c.begin("QM1")
			for range n - 1 {
				c.step(ike.Initiate{Conn: c.conn})
			}
			c.inform(change{}, errorOf(isakmp.NoProposalChosen))
			if got, want := count[ike.Failed](c.events), 2-n; got != want {
				t.Errorf("of %d negotiations %d ended, want %d", n, got, want)
			}
			heard := c.last(1)
			if n == 1 {
				heard = c.last(2)
			}
			if e, ok := heard[0].(ike.Notified); !ok || e.Ends != (n == 1) || !e.Protected {
				t.Errorf("%d negotiations: %+v", n, heard[0])
			}
		}
	})
	t.Run("IKE1-NTF-13", func(t *testing.T) {
		c := newTester(t, true, setup{})
		c.begin("")
		c.fresh()
		c.pass(time.Second)
		c.begin("MM5")
		contact := errorOf(isakmp.InitialContact)
		contact.SPI = c.cookies()
		c.send("MM5", with(contact), true)
		c.accept("MM6", c.must("MM6"))
		if len(c.sas()) != 0 {
			t.Errorf("%d SAs of before are left", len(c.sas()))
		}
		if n := len(slices.Collect(c.e.ISAKMPs())); n != 1 {
			t.Errorf("%d ISAKMP SAs", n)
		}
		c.p1OK()
	})
	t.Run("IKE1-NTF-14", func(t *testing.T) {
		c := newTester(t, true, setup{})
		c.begin("QM1")
		contact := errorOf(isakmp.InitialContact)
		contact.SPI = c.cookies()
		c.inform(change{}, contact)
		c.inform(change{}, errorOf(isakmp.InitialContact))
		c.beginQuick(true)
		c.send("QM1", with(contact), true)
		c.play("QM2", "")
		c.checkSAs()
	})
	t.Run("IKE1-NTF-15 IKE1-LIF-05", func(t *testing.T) {
		p := base
		p.Life = time.Minute
		c := newTester(t, true, setup{profile: p})
		c.begin("QM2")
		m := c.must("QM2")
		c.accept("QM2", m)
		n := payload[*isakmp.Notify](m)
		list, err := isakmp.ParseAttributes(n.Data)
		if n.NotifyType != isakmp.ResponderLifetime || n.DOI != isakmp.DOIIPsec || !slices.Equal(n.SPI, c.quick.theirs) || err != nil || len(list) != 2 {
			t.Errorf("notification %+v, %v", n, err)
		}
		if v, _ := list[1].Uint64(); v != 60 {
			t.Errorf("life %d", v)
		}
		if a, _ := payload[*isakmp.SA](m).Proposals[0].Transforms[0].Find(isakmp.P2LifeDuration); a.Value != 3600 {
			t.Errorf("the answer changed the offer: %v", a)
		}
		c.play("QM3", "")
		if got := c.sas()[0].Hard.Add; got != time.Minute {
			t.Errorf("hard limit %v", got)
		}
	})
	t.Run("IKE1-NTF-16", func(t *testing.T) {
		for _, window := range []uint32{0, 32} {
			p := base
			p.Window = window
			c := newTester(t, false, setup{profile: p})
			c.conn.IPsec.NotifyReplay = true
			c.begin("QM1")
			c.beginQuick(false)
			m := c.must("QM1")
			c.accept("QM1", m)
			n := payload[*isakmp.Notify](m)
			if n == nil || n.NotifyType != isakmp.ReplayStatus || n.DOI != isakmp.DOIIPsec || !slices.Equal(n.SPI, c.quick.theirs) || binary.BigEndian.Uint32(n.Data) != min(window, 1) {
				t.Errorf("notification %+v with window %d", n, window)
			}
			c.play("QM2", "")
			if got := c.sas()[0].ReplayWindow; got != window {
				t.Errorf("window %d, want %d", got, window)
			}
		}
	})
	t.Run("IKE1-NTF-17", func(t *testing.T) {
		life := errorOf(isakmp.ResponderLifetime)
		life.Data = isakmp.AppendAttributes(nil, []isakmp.Attribute{isakmp.TV(isakmp.P2LifeType, isakmp.LifeSeconds), isakmp.TV(isakmp.P2LifeDuration, uint16(120))})
		replay := errorOf(isakmp.ReplayStatus)
		replay.Data = []byte{0, 0, 0, 0}
		for _, at := range []string{"QM1", "QM2"} {
			c := newTester(t, at == "QM1", setup{})
			c.begin(at)
			if at == "QM1" {
				c.beginQuick(true)
			}
			other := errorOf(isakmp.Connected) // has the same data, and does not mean it
			other.Data = isakmp.AppendAttributes(nil, []isakmp.Attribute{isakmp.TV(isakmp.P2LifeType, isakmp.LifeSeconds), isakmp.TV(isakmp.P2LifeDuration, uint16(60))})
			c.send(at, items(func(l []isakmp.Item) []isakmp.Item { return append(l, isakmp.Items(life, replay, other)...) }), true)
			c.play(following[at], "")
			c.checkSAs()
			if got := c.sas()[0].Hard.Add; got != 2*time.Minute {
				t.Errorf("%s: hard limit %v", at, got)
			}
		}
	})
}

// A RESPONDER-LIFETIME that comes by itself shortens what stands.
func TestResponderLifetimeInAnInformational(t *testing.T) {
	c := newTester(t, true, setup{})
	c.begin("")
	c.pass(10 * time.Second)
	life := errorOf(isakmp.ResponderLifetime)
	life.Protocol, life.SPI = isakmp.ProtoESP, c.quick.ours
	life.Data = isakmp.AppendAttributes(nil, []isakmp.Attribute{isakmp.TV(isakmp.P2LifeType, isakmp.LifeSeconds), isakmp.TV(isakmp.P2LifeDuration, uint16(60))})
	c.inform(change{}, life)
	if got := c.sas()[0].Hard.Add; got != time.Minute {
		t.Errorf("hard limit %v", got)
	}
	c.pass(49 * time.Second)
	if len(c.sas()) != 2 {
		t.Error("gone too early")
	}
	c.pass(2 * time.Second)
	if len(c.sas()) != 0 {
		t.Error("still there")
	}
	life.Protocol, life.SPI = isakmp.ProtoISAKMP, c.cookies()
	life.Data = isakmp.AppendAttributes(nil, []isakmp.Attribute{isakmp.TV(isakmp.P1LifeType, isakmp.LifeSeconds), isakmp.TV(isakmp.P1LifeDuration, uint16(120))})
	c.inform(change{}, life)
	c.pass(time.Minute)
	if n := len(slices.Collect(c.e.ISAKMPs())); n != 0 {
		t.Errorf("%d ISAKMP SAs after 121 s of 120", n)
	}
}

// count counts the events of a type.
func count[E ike.Event](events []ike.Event) (n int) {
	for _, e := range events {
		if _, ok := e.(E); ok {
			n++
		}
	}
	return n
}

package engine_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"ikewit/impl/ike"
	"ikewit/impl/wire/isakmp"
)

// What the engine sends, in both roles, has the form that the RFCs ask for.
func TestFormOfWhatIsSent(t *testing.T) {
	p := base
	p.IKE = []string{"3des-sha1-modp768", "aes128-md5-modp768", "des-md5-modp768"}
	p.ESP = []string{"3des-sha1", "aes128-md5"}
	p.PFS = "modp768"
	for _, initiator := range []bool{true, false} {
		c := newTester(t, initiator, setup{profile: p})
		var all []ike.Send
		collect := func() { all = append(all, c.sent...) }
		if !initiator {
			c.step(ike.Initiate{Conn: c.conn})
			collect()
		}
		for _, name := range order {
			if name == "QM1" {
				c.beginQuick(initiator)
			}
			if c.mine(name) {
				c.send(name, change{}, true)
				collect()
			} else {
				c.accept(name, c.must(name))
			}
		}
		c.checkSAs()
		for i := range all {
			checkForm(t, c, &all[i])
		}
		if len(all) < 4 {
			t.Errorf("only %d messages", len(all))
		}
	}
}

// checkForm: IKE1-HDR-01 to 10, GPH-01, GPH-02, SAP-01, SAP-03, PAD-01, PAD-02, VID-03, KE-01, NON-01, IDP-01.
func checkForm(t *testing.T, c *tester, s *ike.Send) {
	t.Helper()
	h, body, err := isakmp.Split(s.Octets)
	if err != nil {
		t.Fatalf("%s: %v", s.Message, err)
	}
	main := s.Message[0] == 'M'
	encrypted := s.Message == "MI3" || s.Message == "MR3" || !main
	if h.Version != 0x10 || h.Flags != map[bool]uint8{true: 1}[encrypted] || (h.MessageID == 0) != main || h.Initiator != c.ckyI ||
		h.Exchange != map[bool]uint8{true: 2, false: 32}[main] || s.Local.Port() != 500 || s.Remote.Port() != 500 {
		t.Errorf("%s: header %+v", s.Message, h)
	}
	if s.Message == "MI1" != h.Responder.IsZero() || h.Initiator.IsZero() {
		t.Errorf("%s: cookies %v %v", s.Message, h.Initiator, h.Responder)
	}
	if !encrypted {
		m, err := isakmp.ParseMessage(s.Octets)
		if err != nil || len(m.Tail) != 0 {
			t.Errorf("%s: %v, tail %x", s.Message, err, m.Tail)
		}
		checkPayloads(t, c, s.Message, m)
		if bytes.Contains(body, c.iut.Addr().AsSlice()) {
			t.Errorf("%s: the identity stands in clear", s.Message)
		}
	} else if len(body)%8 != 0 || h.NextPayload != map[bool]uint8{true: 5, false: 8}[main] {
		t.Errorf("%s: %d octets encrypted, first payload %d", s.Message, len(body), h.NextPayload)
	}
}

func checkPayloads(t *testing.T, c *tester, name string, m *isakmp.Message) {
	t.Helper()
	want := map[string]string{"MI1": "SA", "MR1": "SA", "MI2": "KE NONCE", "MR2": "KE NONCE"}[name]
	if m.Summary() != want {
		t.Errorf("%s holds %s", name, m.Summary())
	}
	for i := range m.Items {
		switch p := m.Items[i].Body.(type) {
		case *isakmp.SA:
			checkOffer(t, name, p)
		case *isakmp.KE:
			if len(p.Data) != 96 {
				t.Errorf("%s: KE of %d octets", name, len(p.Data))
			}
		case *isakmp.Nonce:
			if len(p.Data) < 8 || len(p.Data) > 256 {
				t.Errorf("%s: nonce of %d octets", name, len(p.Data))
			}
		}
	}
}

// checkOffer: IKE1-SAP-10, PRP-01, PRP-07, PRP-09, PRP-12, PRP-24, ATR-01, ATR-07, ATR-08.
func checkOffer(t *testing.T, name string, sa *isakmp.SA) {
	t.Helper()
	if sa.DOI != 1 || sa.Situation != 1 || len(sa.Proposals) != 1 || sa.Proposals[0].Protocol != 1 {
		t.Fatalf("%s: %+v", name, sa)
	}
	list := sa.Proposals[0].Transforms
	if name == "MR1" && len(list) != 1 {
		t.Errorf("%d transforms in the answer", len(list))
	}
	for i, tr := range list {
		if tr.ID != 1 || i > 0 && tr.Number <= list[i-1].Number {
			t.Errorf("%s: transform %d has ID %d number %d", name, i, tr.ID, tr.Number)
		}
		for _, class := range []isakmp.AttributeType{1, 2, 3, 4} {
			if a, ok := tr.Find(class); !ok || !a.TV {
				t.Errorf("%s: transform %d, %s: %v", name, i, isakmp.Phase1.AttributeName(class), a)
			}
		}
		cipher, _ := tr.Find(isakmp.P1Encryption)
		bits, has := tr.Find(isakmp.P1KeyLength)
		if has != (cipher.Value == 7) || has && (bits.Value != 128 || !bits.TV) {
			t.Errorf("%s: transform %d, cipher %d, key length %v", name, i, cipher.Value, bits)
		}
	}
}

// IKE1-CKY-01, IKE1-NON-04, IKE1-KE-08, IKE1-QM-12, IKE1-SPI-01, IKE1-SPI-02: nothing random comes twice.
func TestNothingRandomComesTwice(t *testing.T) {
	p := base
	p.PFS = "modp768"
	c := newTester(t, true, setup{profile: p})
	seen := map[string]string{}
	fresh := func(what string, octets []byte) {
		key := what + string(octets)
		if seen[key] != "" {
			t.Errorf("%s %x comes twice", what, octets)
		}
		seen[key] = what
	}
	for range 20 {
		c.fresh()
		c.begin("")
		fresh("cookie", c.ckyR[:])
		fresh("nonce", c.nr)
		fresh("public value", c.gxr)
		for range 2 {
			fresh("nonce", c.quick.nr)
			fresh("SPI", c.quick.theirs)
			if spi := binary.BigEndian.Uint32(c.quick.theirs); spi < 0x1000 {
				t.Errorf("SPI %x", spi)
			}
			c.p1OK()
		}
	}
	d := newTester(t, false, setup{})
	d.begin("")
	for range 10 {
		d.step(ike.Initiate{Conn: d.conn})
		id := d.nextMessageID()
		fresh("message ID", binary.BigEndian.AppendUint32(nil, id))
		if id == 0 {
			t.Error("message ID 0")
		}
		d.sent = nil
	}
}

// IKE1-PFS-02, IKE1-QPR-05, IKE1-ATR-01, IKE1-ATR-08: the offer of Quick Mode.
func TestQuickModeOffer(t *testing.T) {
	p := base
	p.ESP, p.AH, p.PFS = []string{"aes256-sha1", "3des-md5"}, []string{"sha1"}, "modp768"
	c := newTester(t, false, setup{profile: p})
	c.begin("QM1")
	c.beginQuick(false)
	m := c.must("QM1")
	if m.Summary() != "HASH SA NONCE KE ID ID" {
		t.Errorf("QM1 holds %s", m.Summary())
	}
	want := []struct {
		protocol isakmp.Protocol
		id       uint8
		bits     uint16
		auth     uint16
	}{{3, 12, 256, 2}, {3, 3, 0, 1}, {2, 3, 0, 2}}
	list := payload[*isakmp.SA](m).Proposals
	for i, w := range want {
		got := list[i]
		tr := got.Transforms[0]
		bits, _ := tr.Find(isakmp.P2KeyLength)
		auth, _ := tr.Find(isakmp.P2AuthAlgorithm)
		group, _ := tr.Find(isakmp.P2Group)
		mode, _ := tr.Find(isakmp.P2EncapsulationMode)
		if int(got.Number) != i+1 || got.Protocol != w.protocol || tr.ID != w.id || bits.Value != w.bits || auth.Value != w.auth || group.Value != 1 || mode.Value != 1 || len(got.SPI) != 4 {
			t.Errorf("proposal %d: %+v", i, got)
		}
	}
	if len(list) != 3 || !slices.Equal(list[0].SPI, list[1].SPI) || slices.Equal(list[0].SPI, list[2].SPI) {
		t.Errorf("SPIs %x", list)
	}
}

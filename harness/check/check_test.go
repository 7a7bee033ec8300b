package check_test

import (
	"context"
	"crypto/cipher"
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"ikewit/harness/capture"
	"ikewit/harness/capture/crypt"
	"ikewit/harness/capture/ipsec"
	"ikewit/harness/capture/isakmp"
	"ikewit/harness/capture/packet"
	"ikewit/harness/capture/pcapfile"
	"ikewit/harness/check"
	"ikewit/harness/world"
	"ikewit/impl/alg"
	"ikewit/impl/sadb"
)

var (
	alice = netip.MustParseAddr("192.0.2.1")
	bob   = netip.MustParseAddr("192.0.2.2")
)

// evidenceOf is what a world has after these deeds, with its SAs in agreement.
func evidenceOf(t *testing.T, deeds func(w *world.World) []func() error) *check.Evidence {
	t.Helper()
	w := world.New(world.Settings{Fabric: "sim"}, "x", "x", nil, 1)
	for _, do := range append(deeds(w), w.SAsAgree) {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
	e, err := w.Evidence()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &e.Evidence
}

// inSimulator is the evidence of one negotiation of two engines with these profiles.
func inSimulator(t *testing.T, alice, bob string) *check.Evidence {
	t.Helper()
	return evidenceOf(t, func(w *world.World) []func() error {
		return []func() error{
			func() error { return w.Simulate("pair") },
			func() error { return w.Profile("alice", alice) },
			func() error { return w.Profile("bob", bob) },
			func() error { return w.SimInitiate("alice") },
		}
	})
}

// negotiated is the evidence of one negotiation in the simulator, with traffic that the test itself made.
func negotiated(t *testing.T) *check.Evidence {
	t.Helper()
	out := evidenceOf(t, func(w *world.World) []func() error {
		return []func() error{
			func() error { return w.UseTopology("pair") },
			func() error { return w.Plan("alice", "-e 3 -a 3 -s", false) },
			func() error { return w.Plan("bob", "-e 3 -a 3 -s", false) },
			func() error { return w.Initiate(context.Background(), "alice", false) },
		}
	})
	out.Marker = []byte("the marker of this test")
	for seq := uint32(1); seq <= 4; seq++ {
		for _, sa := range out.Wire {
			add(out, sa, seal(sa, seq, iv(seq), append([]byte{8, 0, 0, 0}, out.Marker...)))
		}
	}
	return out
}

// iv is one that looks like no other.
func iv(n uint32) []byte {
	b := make([]byte, 8)
	binary.BigEndian.PutUint64(b, uint64(n)*0x9e3779b97f4a7c15)
	return b
}

// seal makes an ESP packet of an SA with a CBC cipher and an authenticator.
func seal(sa *ipsec.SA, seq uint32, iv, payload []byte) []byte {
	text := slices.Clone(payload)
	for n := byte(1); (len(text)+2)%8 != 0; n++ {
		text = append(text, n)
	}
	text = append(text, byte(len(text)-len(payload)), 1)
	block, err := sa.Cipher.NewBlock(sa.Key)
	if err != nil {
		panic(err)
	}
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(text, text)
	b := binary.BigEndian.AppendUint32(nil, sa.SPI)
	b = binary.BigEndian.AppendUint32(b, seq)
	b = append(append(b, iv...), text...)
	return append(b, sa.Integrity.Sum(sa.AuthKey, b)...)
}

// add puts an ESP packet on the wire of the evidence.
func add(e *check.Evidence, sa *ipsec.SA, esp []byte) {
	addIP(e, packet.WrapIP(sa.Src, sa.Dst, packet.ProtoESP, esp))
}

func addIP(e *check.Evidence, ip []byte) {
	e.Frames = append(e.Frames, ip)
	f := pcapfile.Frame{Number: len(e.Frames), Link: pcapfile.LinkRaw, Data: ip, Length: len(ip)}
	for r := range capture.Decode(&one{f}, capture.Options{}) {
		r.Frame = len(e.Frames)
		e.Records = append(e.Records, r)
	}
}

type one struct{ pcapfile.Frame }

func (o *one) Next() (pcapfile.Frame, error) {
	f := o.Frame
	o.Frame = pcapfile.Frame{}
	if f.Data == nil {
		return f, errEnd
	}
	return f, nil
}

func TestGoodEvidenceHasNoFindings(t *testing.T) {
	e := negotiated(t)
	for _, f := range check.All().Run(e) {
		t.Errorf("%s: %s", f.Check, f)
	}
	if n := len(e.Packets()); n != 8 {
		t.Errorf("%d packets, want 8", n)
	}
}

// message finds a message of the evidence by its name.
func message(e *check.Evidence, name string) *capture.Message {
	for _, c := range e.Conversations {
		for _, m := range c.Messages {
			if m.Name == name {
				return m
			}
		}
	}
	panic("no " + name)
}

func payload[T isakmp.Content](m *capture.Message) T {
	for _, p := range m.Chain() {
		if c, ok := p.Content.(T); ok {
			return c
		}
	}
	panic("no such payload")
}

// Every check finds what it is there for: each row breaks one thing and names the check that must notice.
func TestEveryCheckCanFail(t *testing.T) {
	inbound := func(e *check.Evidence) *sadb.SA {
		for i := range e.Sides[0].SAs {
			if sa := &e.Sides[0].SAs[i]; sa.Dst == e.Sides[0].Addr {
				return sa
			}
		}
		panic("no inbound SA")
	}
	forth := func(e *check.Evidence) *ipsec.SA { return e.Wire[0] }
	rows := []harm{
		{"version", "2.0", func(e *check.Evidence) { message(e, "MI1").ISAKMP.Minor = 1 }},
		{"flags", "bit 3", func(e *check.Evidence) { message(e, "MI1").ISAKMP.Flags |= 8 }},
		{"encryption-bit", "MI1 says it is encrypted", func(e *check.Evidence) { message(e, "MI1").ISAKMP.Flags |= isakmp.FlagEncryption }},
		{"length", "4 too many", func(e *check.Evidence) { message(e, "MI1").ISAKMP.Length += 4 }},
		{"message-id", "not 0 in phase 1", func(e *check.Evidence) { message(e, "MI2").ISAKMP.MessageID = 1 }},
		{"message-id", "0 in phase 2", func(e *check.Evidence) { message(e, "QI1").ISAKMP.MessageID = 0 }},
		{"cookies", "CKY-I is 0", func(e *check.Evidence) { message(e, "MI1").ISAKMP.ICookie = isakmp.Cookie{} }},
		{"cookies", "CKY-R in MI1", func(e *check.Evidence) { message(e, "MI1").ISAKMP.RCookie[3] = 1 }},
		{"cookies", "another CKY-R later", func(e *check.Evidence) { message(e, "QI1").ISAKMP.RCookie[3]++ }},
		{"whole", "broken", func(e *check.Evidence) { message(e, "MI1").ISAKMP.Err = errEnd }},
		{"whole", "broken inside", func(e *check.Evidence) { message(e, "QI1").Err = errEnd }},
		{"whole", "octets behind", func(e *check.Evidence) { message(e, "MI1").ISAKMP.Trailing = []byte{0} }},
		{"reserved", "of a payload", func(e *check.Evidence) { message(e, "MI1").ISAKMP.Payloads[0].Reserved = 1 }},
		{"reserved", "of a transform", func(e *check.Evidence) {
			payload[*isakmp.SA](message(e, "QI1")).Proposals[0].Transforms[0].Reserved2 = 1
		}},
		{"padding", "not 0", func(e *check.Evidence) { message(e, "QI2").Padding = []byte{0, 7} }},
		{"order", "SA is not first", func(e *check.Evidence) {
			m := message(e, "MI1").ISAKMP
			m.Payloads = append([]isakmp.Payload{{Type: isakmp.PayloadVID, Content: &isakmp.VendorID{}}}, m.Payloads...)
		}},
		{"order", "no HASH", func(e *check.Evidence) { m := message(e, "QI1"); m.Plain = m.Plain[1:] }},
		{"nonce", "7 octets", func(e *check.Evidence) { shorten(message(e, "MI2"), isakmp.PayloadNONCE, 7) }},
		{"nonce", "that of another", func(e *check.Evidence) {
			copyBody(message(e, "QI1"), message(e, "MI2"), isakmp.PayloadNONCE)
		}},
		{"public-value", "one octet short", func(e *check.Evidence) { shorten(message(e, "MI2"), isakmp.PayloadKE, 127) }},
		{"doi", "2", func(e *check.Evidence) { payload[*isakmp.SA](message(e, "MI1")).DOI = 2 }},
		{"resent", "not the same octets", func(e *check.Evidence) {
			c := e.Conversations[0]
			again := *message(e, "MI1")
			header := *again.ISAKMP
			header.Octets = append(slices.Clone(header.Octets), 0)
			again.ISAKMP = &header
			c.Messages = append(c.Messages, &again)
		}},
		{"message-id-unique", "used twice", func(e *check.Evidence) {
			c := e.Conversations[0]
			c.Exchanges = append(c.Exchanges, c.Exchanges[len(c.Exchanges)-1])
		}},
		{"opened", "one stays closed", func(e *check.Evidence) { message(e, "QI2").Plain = nil }},
		{"hash", "not what it should be", func(e *check.Evidence) { message(e, "QR1").Checks[0].Good = false }},
		{"sa-present", "gone", func(e *check.Evidence) { e.Sides[0].SAs = e.Sides[0].SAs[1:] }},
		{"sa-unknown", "one more", func(e *check.Evidence) {
			sa := *inbound(e)
			sa.SPI++
			e.Sides[0].SAs = append(e.Sides[0].SAs, sa)
		}},
		{"sa-spi", "reserved", func(e *check.Evidence) { forth(e).SPI = 255 }},
		{"sa-mode", "tunnel", func(e *check.Evidence) { inbound(e).Mode = sadb.Tunnel }},
		{"sa-ends", "another source", func(e *check.Evidence) { inbound(e).Src = netip.MustParseAddr("192.0.2.9") }},
		{"sa-cipher", "des", func(e *check.Evidence) { inbound(e).Cipher = alg.CipherByName("des") }},
		{"sa-cipher-key", "one bit", func(e *check.Evidence) { inbound(e).CipherKey[5] ^= 2 }},
		{"sa-authenticator", "md5", func(e *check.Evidence) { inbound(e).Integrity = alg.IntegrityByAH(2) }},
		{"sa-auth-key", "one bit", func(e *check.Evidence) { inbound(e).AuthKey[5] ^= 1 }},
		{"sa-selector", "a port", func(e *check.Evidence) { inbound(e).Selector.DstPort = 7 }},
		{"sa-seconds", "one more", func(e *check.Evidence) { inbound(e).Hard.Add += 1e9 }},
		{"sa-kilobytes", "none", func(e *check.Evidence) { inbound(e).Hard.Octets = 0 }},
		{"sa-soft", "behind the hard one", func(e *check.Evidence) { inbound(e).Soft.Add = inbound(e).Hard.Add + 1 }},
		{"sa-replay", "on, though it was said to be off", func(e *check.Evidence) {
			for _, w := range e.Wire {
				w.Replay = ipsec.ReplayOff
			}
		}},
		{"packet-sa", "an SPI of nobody", func(e *check.Evidence) {
			other := *forth(e)
			other.SPI++
			add(e, &other, seal(&other, 5, iv(5), nil))
		}},
		{"packet-opens", "ICV", func(e *check.Evidence) {
			b := seal(forth(e), 5, iv(5), nil)
			b[len(b)-1] ^= 1
			add(e, forth(e), b)
		}},
		{"packet-form", "padding", func(e *check.Evidence) {
			add(e, forth(e), seal(forth(e), 5, iv(5), nil)) // good: padding of six
			sa := *forth(e)
			add(e, &sa, sealWith(&sa, 6, []byte{9, 9, 9, 9, 9, 9, 6, 1}))
		}},
		{"sequence", "a gap", func(e *check.Evidence) { add(e, forth(e), seal(forth(e), 6, iv(6), nil)) }},
		{"sequence", "twice", func(e *check.Evidence) { add(e, forth(e), seal(forth(e), 4, iv(6), nil)) }},
		{"iv", "constant", func(e *check.Evidence) { add(e, forth(e), seal(forth(e), 5, iv(4), nil)) }},
		{"iv", "a counter", func(e *check.Evidence) { recount(e) }},
		{"clear-packet", "between the ends", func(e *check.Evidence) { addIP(e, packet.WrapIP(bob, alice, packet.ProtoICMP, make([]byte, 8))) }},
		{"clear-payload", "in a frame", func(e *check.Evidence) {
			addIP(e, packet.WrapIP(bob, netip.MustParseAddr("192.0.2.9"), packet.ProtoICMP, e.Marker))
		}},
	}
	covered := map[string]bool{}
	notice(t, negotiated, rows, covered)
	notice(t, negotiatedAggressively, aggressiveHarm, covered)
	notice(t, askedAlive, aliveHarm, covered)
	for _, name := range check.All().Names() {
		if !covered[name] {
			t.Errorf("no row breaks what %s is there for", name)
		}
	}
}

// Findings about keys say where they differ and not what they are.
func TestFindingsShowNoKeys(t *testing.T) {
	e := negotiated(t)
	key := &e.Sides[0].SAs[0].CipherKey
	(*key)[3] ^= 4
	for _, f := range check.SAs.Run(e) {
		if !strings.Contains(f.String(), "octet 4 of 24 is the first that differs") {
			t.Errorf("%s", f)
		}
	}
}

// The low bit of an octet of a DES key is parity, and local (RFC 2405 section 4).
func TestParityOfDESKeysDoesNotCount(t *testing.T) {
	e := negotiated(t)
	for i := range e.Sides[0].SAs[0].CipherKey {
		e.Sides[0].SAs[0].CipherKey[i] ^= 1
	}
	if found := check.SAs.Run(e); len(found) > 0 {
		t.Errorf("%v", found)
	}
}

// What the harness itself put on the wire accuses nobody.
func TestForgeriesAreLeftOut(t *testing.T) {
	e := negotiated(t)
	b := seal(e.Wire[0], 4, iv(4), nil)
	b[len(b)-1] ^= 1
	add(e, e.Wire[0], b)
	addIP(e, packet.WrapIP(alice, bob, packet.ProtoICMP, e.Marker))
	n := len(e.Frames)
	e.Forged = map[int]bool{n: true, n - 1: true}
	if found := check.All().Run(e); len(found) > 0 {
		t.Errorf("%v", found)
	}
}

// In AH, and under the NULL cipher, the payload may be read: that is no finding.
func TestPayloadMayBeReadWhereNothingIsEncrypted(t *testing.T) {
	e := negotiated(t)
	sa := e.Wire[0]
	sa.Cipher, sa.Key = crypt.CipherByName("null"), nil
	text := append(slices.Clone(e.Marker), 1, 1, 1)
	for len(text)%4 != 2 {
		text = append(text, 0)
	}
	e.Records, e.Frames = nil, nil
	b := binary.BigEndian.AppendUint32(nil, sa.SPI)
	b = append(binary.BigEndian.AppendUint32(b, 1), append(text, 0, 1)...)
	add(e, sa, append(b, sa.Integrity.Sum(sa.AuthKey, b)...))
	if found := check.Clear.Run(e); len(found) > 0 {
		t.Errorf("%v", found)
	}
}

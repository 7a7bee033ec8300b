package dataplane

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"ikewit/impl/alg"
	"ikewit/impl/sadb"
)

var (
	start  = time.Date(1999, 3, 1, 12, 0, 0, 0, time.UTC)
	alice  = netip.MustParseAddr("192.0.2.1") // sends
	bob    = netip.MustParseAddr("192.0.2.2") // receives
	alice6 = netip.MustParseAddr("2001:db8::1")
	bob6   = netip.MustParseAddr("2001:db8::2")
	// Behind alice and behind bob, in tunnel mode.
	left   = netip.MustParseAddr("10.1.0.9")
	right  = netip.MustParseAddr("10.2.0.9")
	left6  = netip.MustParseAddr("2001:db8:1::9")
	right6 = netip.MustParseAddr("2001:db8:2::9")
)

// seeded is a source of octets that repeats itself.
type seeded struct{ *rand.ChaCha8 }

func (s seeded) Fill(p []byte) { s.Read(p) }

func newSeeded(seed byte) seeded { return seeded{rand.NewChaCha8([32]byte{seed})} }

func testKey(n int, seed byte) alg.Key {
	k := make(alg.Key, n)
	for i := range k {
		k[i] = byte(i*7) + 11 + seed
	}
	return k
}

// A shape says what an SA is to be; the zero value of a field is the usual.
type shape struct {
	cipher    string // "" is AH
	bits      int
	integrity string
	tunnel    bool
	outer6    bool // addresses of the SA
	inner6    bool // tunnel mode: what travels in it
	derived   bool
	esn       bool
	window    uint32
}

// sa makes an SA from alice to bob, for what travels from left to right in tunnel mode.
func (f shape) sa() sadb.SA {
	sa := sadb.SA{SPI: 0x12345678, Proto: sadb.ESP, Mode: sadb.Transport, Src: alice, Dst: bob, ReqID: 7,
		DerivedIV: f.derived, ESN: f.esn, ReplayWindow: f.window}
	if f.outer6 {
		sa.Src, sa.Dst = alice6, bob6
	}
	sa.Selector = sadb.Selector{Src: sadb.RangeOf(sa.Src), Dst: sadb.RangeOf(sa.Dst)}
	if f.tunnel {
		sa.Mode = sadb.Tunnel
		sa.Selector = sadb.Selector{Src: sadb.RangeOf(left), Dst: sadb.RangeOf(right)}
		if f.inner6 {
			sa.Selector = sadb.Selector{Src: sadb.RangeOf(left6), Dst: sadb.RangeOf(right6)}
		}
	}
	if f.cipher == "" {
		sa.Proto = sadb.AH
	} else {
		sa.Cipher = alg.CipherByName(f.cipher)
		bits := f.bits
		if bits == 0 {
			bits = sa.Cipher.ESPBits
		}
		sa.CipherKey = testKey(sa.Cipher.KeyOctets(bits), 0)
	}
	if f.integrity != "" {
		sa.Integrity = alg.IntegrityByName(f.integrity)
		sa.AuthKey = testKey(sa.Integrity.KeyOctets(), 1)
	}
	return sa
}

var aesSHA1 = shape{cipher: "aes", integrity: "hmac-sha1-96", window: 64}

// everySA gives an SA of each cipher and key length with each integrity algorithm that goes with it, and
// of each mode, pair of families and way to number packets with a few of them.
func everySA() []sadb.SA {
	var all []sadb.SA
	add := func(f shape) {
		if sa := f.sa(); sa.Check() == nil {
			all = append(all, sa)
		}
	}
	for _, c := range alg.Ciphers() {
		bits := map[int]bool{c.MinBits: true, c.ESPBits: true, c.MaxBits: true}
		for n := range bits {
			add(shape{cipher: c.Name, bits: n})
			for _, g := range alg.Integrities() {
				add(shape{cipher: c.Name, bits: n, integrity: g.Name})
			}
		}
	}
	for i := range 64 {
		on := func(bit int) bool { return i>>bit&1 == 1 }
		f := shape{tunnel: on(0), outer6: on(1), inner6: on(2), derived: on(3), esn: on(4)}
		if f.cipher = "aes"; on(5) {
			f.cipher = "aes-gcm-16"
			add(f)
		}
		for _, g := range alg.Integrities() {
			f.integrity = g.Name
			add(f)
			ah := f
			ah.cipher = ""
			add(ah)
		}
	}
	return all
}

// ivInPacket is how many octets of IV a packet of the SA carries.
func ivInPacket(sa *sadb.SA) int {
	if sa.Cipher == nil || sa.DerivedIV {
		return 0
	}
	return sa.Cipher.IV
}

// A pair is a sender and a receiver of one SA, with the policies that ask for it.
type pair struct {
	t   testing.TB
	sa  sadb.SA
	out *Outbound
	in  *Inbound
	now time.Time
	r   Results // of the last packet
}

func newPair(t testing.TB, sa sadb.SA) *pair {
	t.Helper()
	if err := sa.Check(); err != nil {
		t.Fatal(err)
	}
	sa.Current.Added = start
	p := &pair{t: t, sa: sa, out: NewOutbound(newSeeded(1), 1500), in: NewInbound(), now: start}
	p.out.Put(&sa)
	p.in.Put(&sa)
	p.out.PutPolicy(protect(sadb.Out, sa.Selector, &sa))
	p.in.PutPolicy(protect(sadb.In, sa.Selector, &sa))
	return p
}

// protect makes a policy that asks for SAs like these, innermost first.
func protect(d sadb.Direction, s sadb.Selector, sas ...*sadb.SA) *sadb.Policy {
	p := &sadb.Policy{Selector: s, Direction: d, Do: sadb.Protect}
	for _, sa := range sas {
		t := sadb.Template{Proto: sa.Proto, Mode: sa.Mode, ReqID: sa.ReqID}
		if sa.Mode == sadb.Tunnel {
			t.Src, t.Dst = sa.Src, sa.Dst
		}
		p.Templates = append(p.Templates, t)
	}
	return p
}

// inBuffer copies a packet into a buffer with room around it, and with octets behind it that are none of its
// own.
func inBuffer(packet []byte) Buffer {
	b := newBuffer(len(packet))
	copy(b.Packet(), packet)
	for i := range b.Octets[b.To:] {
		b.Octets[b.To+i] = 0xee
	}
	return b
}

// seal has a clear packet protected, and gives what goes to the network.
func (p *pair) seal(packet []byte) [][]byte {
	p.r.Reset()
	p.out.Process(p.now, inBuffer(packet), &p.r)
	return packetsOf(p.r.Wire)
}

// seal1 is seal for a packet that must become one.
func (p *pair) seal1(packet []byte) []byte {
	p.t.Helper()
	list := p.seal(packet)
	if len(list) != 1 {
		p.t.Fatalf("%d packets, want 1; dropped %v", len(list), drops(p.out.Counters()))
	}
	return list[0]
}

// open has a protected packet opened, and gives what goes inside; nil if nothing does.
func (p *pair) open(packet []byte) []byte {
	p.r.Reset()
	p.in.Process(p.now, inBuffer(packet), &p.r)
	if len(p.r.Inner) == 0 {
		return nil
	}
	return p.r.Inner[0].Packet()
}

func packetsOf(list []Buffer) [][]byte {
	var packets [][]byte
	for _, b := range list {
		packets = append(packets, bytes.Clone(b.Packet()))
	}
	return packets
}

func drops(c Counters) string { return fmt.Sprint(c.Drops()) }

// opens checks that a protected packet becomes the clear one.
func (p *pair) opens(what string, packet, want []byte) {
	p.t.Helper()
	if got := p.open(packet); !bytes.Equal(got, want) {
		p.t.Errorf("%s: opened as\n%x, want\n%x; dropped %v", what, got, want, drops(p.in.Counters()))
	}
}

// refuses checks that a protected packet is dropped for a reason, and nothing else happens.
func (p *pair) refuses(what string, packet []byte, why Reason) {
	p.t.Helper()
	before := p.in.Counters()
	if got := p.open(packet); got != nil {
		p.t.Errorf("%s: let through as %x", what, got)
	}
	want := before
	want.Dropped[why]++
	if got := p.in.Counters(); got != want {
		p.t.Errorf("%s: counted %v, want %v", what, drops(got), drops(want))
	}
}

// datagram makes a clear packet that the SA is for.
func (p *pair) datagram(n int) []byte {
	return refDatagram(p.sa.Selector.Src.From, p.sa.Selector.Dst.From, 1000, 2000, n)
}

// ref makes a packet as the peer would: with a number, and an IV that nobody chose.
func (p *pair) ref(seq uint64, inner []byte) refPacket {
	return refPacket{sa: &p.sa, inner: inner, seq: seq, iv: bytes.Repeat([]byte{byte(seq) + 0x40}, ivInPacket(&p.sa))}
}

func mustAddr(s string) netip.Addr { return netip.MustParseAddr(s) }

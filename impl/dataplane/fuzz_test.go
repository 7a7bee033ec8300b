package dataplane

import (
	"bytes"
	"testing"

	"ikewit/impl/sadb"
	"ikewit/impl/wire/ipsec"
)

// fuzzShapes are the SAs that arbitrary packets go through.
var fuzzShapes = []shape{
	{cipher: "null", integrity: "hmac-md5-96"}, {cipher: "aes-gcm-16"}, {integrity: "hmac-md5-96"},
	{cipher: "aes", integrity: "hmac-sha256-128", tunnel: true}, {integrity: "hmac-sha256-128", tunnel: true},
}

// openPair makes a sender and a receiver of SAs for everything, of both families.
func openPair(f shape) (out *Outbound, in *Inbound) {
	out, in = NewOutbound(newSeeded(1), maxPacket), NewInbound()
	for _, six := range []bool{false, true} {
		f.outer6 = six
		sa := f.sa()
		sa.Selector = sadb.Selector{}
		out.Put(&sa)
		in.Put(&sa)
		s := sadb.Selector{Src: sadb.RangeOf(sa.Src), Dst: sadb.RangeOf(sa.Dst)}
		if f.tunnel { // of which the outer family is the other one than that inside
			s = sadb.Selector{Src: sadb.RangeOf(alice), Dst: sadb.RangeOf(bob)}
			if !six {
				s = sadb.Selector{Src: sadb.RangeOf(alice6), Dst: sadb.RangeOf(bob6)}
			}
		}
		out.PutPolicy(protect(sadb.Out, s, &sa))
	}
	return out, in
}

// readdress makes a packet be from alice to bob.
func readdress(b []byte) {
	switch {
	case len(b) >= 20 && b[0]>>4 == 4:
		copy(b[12:], alice.AsSlice())
		copy(b[16:], bob.AsSlice())
		if n := int(b[0]&15) * 4; n >= 20 && n <= len(b) {
			refChecksum(b[:n])
		}
	case len(b) >= 40 && b[0]>>4 == 6:
		copy(b[8:], alice6.AsSlice())
		copy(b[24:], bob6.AsSlice())
	}
}

// FuzzRoundTrip: what the sender makes of any packet, the receiver makes that packet of again.
func FuzzRoundTrip(f *testing.F) {
	for i := range byte(len(fuzzShapes)) {
		f.Add(refDatagram(alice, bob, 1, 2, 100), i)
		f.Add(refDatagram(alice6, bob6, 1, 2, 100), i)
		f.Add(append([]byte{0x46, 0, 0, 40, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, 148, 4, 0, 0}, make([]byte, 16)...), i)
	}
	f.Fuzz(func(t *testing.T, b []byte, which byte) {
		b = bytes.Clone(b)
		readdress(b)
		out, in := openPair(fuzzShapes[int(which)%len(fuzzShapes)])
		var r Results
		out.Process(start, inBuffer(b), &r)
		if len(r.Wire) == 0 {
			return
		}
		var p ipsec.Packet
		if err := p.Parse(b); err != nil {
			t.Fatalf("sealed, although %v", err)
		}
		if len(r.Wire) != 1 {
			t.Fatalf("%d packets", len(r.Wire))
		}
		var back Results
		in.Process(start, inBuffer(r.Wire[0].Packet()), &back)
		want := bytes.Clone(p.Octets)
		if !p.V6 && !bytes.Equal(want[10:12], refChecksum(bytes.Clone(want[:p.Upper]))[10:12]) {
			return // with a wrong checksum it is not sent by any kernel, and mended here
		}
		c := in.Counters()
		switch {
		case len(back.Inner) == 1 && bytes.Equal(back.Inner[0].Packet(), want):
		case len(back.Inner) == 0 && c.Dropped[Dummy]+c.Dropped[UnknownSPI]+c.Dropped[ShortPacket]+c.Dropped[Malformed]+c.Dropped[TooDeep] == 1:
			// What was inside is IPsec again, or says that it is nothing; or has options that no AH can cover.
		default:
			t.Errorf("sealed as %x\nopened as %d packets, want\n%x; dropped %v", r.Wire[0].Packet(), len(back.Inner), want, drops(c))
		}
	})
}

// FuzzInside: anything may be inside a genuine packet.
func FuzzInside(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 2, 17}, byte(0), false)
	f.Add(append(refDatagram(left, right, 1, 2, 2), 1, 2, 2, 4), byte(3), true)
	f.Add(append(refDatagram(alice, bob, 1, 2, 2), 1, 2, 2, 50), byte(1), false)
	f.Fuzz(func(t *testing.T, text []byte, which byte, tfc bool) {
		kind := fuzzShapes[int(which)%len(fuzzShapes)]
		if kind.cipher == "" {
			kind = fuzzShapes[0]
		}
		sa := kind.sa()
		if n := len(text) % max(sa.Cipher.Block, 1); n > 0 {
			text = text[n:]
		}
		if len(text) > 60000 {
			return
		}
		sa.Selector = sadb.Selector{}
		in := NewInbound()
		in.Put(&sa)
		packet := refPacket{sa: &sa, inner: refDatagram(alice, bob, 1, 2, 2), seq: 1, iv: make([]byte, ivInPacket(&sa)), text: append([]byte{}, text...)}.seal()
		var r Results
		in.Process(start, inBuffer(packet), &r)
		for _, b := range r.Inner {
			var p ipsec.Packet
			if err := p.Parse(b.Packet()); err != nil {
				t.Errorf("delivered %x: %v", b.Packet(), err)
			}
			if bytes.Contains(b.Packet(), []byte{0xee, 0xee, 0xee, 0xee, 0xee, 0xee}) && !bytes.Contains(text, []byte{0xee, 0xee}) {
				t.Errorf("octets from outside the packet are delivered: %x", b.Packet())
			}
		}
	})
}

// FuzzArriving: anything may arrive.
func FuzzArriving(f *testing.F) {
	for _, kind := range fuzzShapes {
		sa := kind.sa()
		f.Add(refPacket{sa: &sa, inner: refDatagram(alice, bob, 1, 2, 20), seq: 1, iv: make([]byte, ivInPacket(&sa))}.seal())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		in := NewInbound()
		for i, kind := range fuzzShapes {
			sa := kind.sa()
			sa.SPI += uint32(i)
			in.Put(&sa)
		}
		out := NewOutbound(newSeeded(1), 1500)
		var r Results
		in.Process(start, inBuffer(b), &r)
		out.TooBig(start, b)
		out.Process(start, inBuffer(b), &r)
	})
}

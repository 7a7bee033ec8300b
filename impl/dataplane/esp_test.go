package dataplane

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"ikewit/impl/sadb"
	"ikewit/impl/wire/ipsec"
)

// withUpper replaces what is above IP in a clear packet.
func withUpper(packet []byte, proto byte, upper []byte) []byte {
	head, _, _ := refSplit(packet)
	return refJoin(head, proto, upper)
}

func TestIPS_ESP_01_03_TransportHeaders(t *testing.T) {
	for _, f := range []shape{aesSHA1, {cipher: "aes", integrity: "hmac-sha1-96", outer6: true, window: 64}} {
		p := newPair(t, f.sa())
		protos := []byte{17, 6, 1}
		if f.outer6 {
			protos[2] = 58
		}
		for _, proto := range protos {
			inner := withUpper(p.datagram(0), proto, bytes.Repeat([]byte{proto}, 24))
			got := p.seal1(inner)
			o, err := refOpen(&p.sa, got, 0)
			if err != nil || o.next != proto {
				t.Errorf("protocol %d: next header %d, %v", proto, o.next, err)
			}
			clear, _, _ := refSplit(inner)
			want := refJoin(clear, 50, got[len(clear):]) // the original header, with protocol, length and checksum changed
			if !bytes.Equal(got, want) {
				t.Errorf("protocol %d: header\n%x, want\n%x", proto, got[:40], want[:40])
			}
			if spi := binary.BigEndian.Uint32(got[len(clear):]); spi != p.sa.SPI {
				t.Errorf("SPI %08x", spi)
			}
			p.opens("back", got, inner)
		}
	}
}

func TestIPS_ESP_02_NumbersFromOne(t *testing.T) {
	f := aesSHA1
	f.window = 0 // the receiver does not look, and the field is there
	p := newPair(t, f.sa())
	for want := uint32(1); want < 5; want++ {
		if o, err := refOpen(&p.sa, p.seal1(p.datagram(3)), 0); err != nil || o.seq != want {
			t.Errorf("number %d, want %d (%v)", o.seq, want, err)
		}
	}
}

func TestIPS_ESP_04_TunnelNextHeader(t *testing.T) {
	for _, f := range []shape{{inner6: false, outer6: false}, {inner6: true}, {outer6: true}, {inner6: true, outer6: true}} {
		f.cipher, f.integrity, f.tunnel = "aes", "hmac-sha1-96", true
		p := newPair(t, f.sa())
		inner := p.datagram(50)
		o, err := refOpen(&p.sa, p.seal1(inner), 0)
		want := byte(4)
		if f.inner6 {
			want = 41
		}
		if err != nil || o.next != want || !bytes.Equal(o.packet, inner) {
			t.Errorf("%+v: next header %d, %v, inside %x", f, o.next, err, o.packet)
		}
	}
}

func TestIPS_ESP_05_06_Padding(t *testing.T) {
	for _, f := range []shape{aesSHA1, {cipher: "3des", integrity: "hmac-md5-96"}, {cipher: "null", integrity: "hmac-sha1-96"},
		{cipher: "aes-ctr", integrity: "hmac-sha1-96"}, {cipher: "aes-gcm-16"}} {
		p := newPair(t, f.sa())
		unit := max(4, p.sa.Cipher.Block)
		for n := range 33 {
			inner := withUpper(p.datagram(0), 200, make([]byte, n))
			o, err := refOpen(&p.sa, p.seal1(inner), 0)
			if err != nil {
				t.Fatal(err)
			}
			if o.textSize%unit != 0 || o.textSize != n+len(o.padding)+2 || len(o.padding) >= unit {
				t.Errorf("%s, %d octets: text of %d, padding of %d", f.cipher, n, o.textSize, len(o.padding))
			}
			for i, octet := range o.padding {
				if octet != byte(i+1) {
					t.Errorf("%s, %d octets: padding %x", f.cipher, n, o.padding)
				}
			}
		}
	}
}

func TestIPS_ESP_07_MorePaddingThanNeeded(t *testing.T) {
	for _, f := range []shape{aesSHA1, {cipher: "null", integrity: "hmac-sha1-96", window: 64}, {cipher: "aes-gcm-16", tunnel: true}} {
		p := newPair(t, f.sa())
		unit := max(4, p.sa.Cipher.Block)
		inner := p.datagram(21)
		for n := 0; n+unit <= 255; n += unit {
			r := p.ref(uint64(n+1), inner)
			r.pad = n
			p.opens(fmt.Sprintf("%s, %d more", f.cipher, n), r.seal(), inner)
		}
	}
}

func TestIPS_ESP_08_WrongPadding(t *testing.T) {
	for name, edit := range map[string]func([]byte){
		"zero":            func(b []byte) { clear(b) },
		"random":          func(b []byte) { copy(b, "\x93\x11\x02\xf0\x77\x23") },
		"first is wrong":  func(b []byte) { b[0] ^= 0x80 },
		"last is wrong":   func(b []byte) { b[len(b)-1]++ },
		"counted from 0":  func(b []byte) { b[0], b[1], b[2] = 0, 1, 2 },
		"in the long one": func(b []byte) { b[200]++ },
	} {
		p := newPair(t, aesSHA1.sa())
		r := p.ref(7, p.datagram(4))
		r.pad, r.editPad = 240, edit
		p.refuses(name, r.seal(), BadPadding)
		p.takes(8)
	}
}

func TestIPS_ESP_09_PadLengthBeyondTheText(t *testing.T) {
	for _, f := range []shape{aesSHA1, {cipher: "aes-gcm-16"}, {cipher: "null", integrity: "hmac-sha1-96"}, {cipher: "des-iv64"}} {
		p := newPair(t, f.sa())
		seq := uint64(0)
		for _, pad := range []byte{15, 16, 47, 255} {
			seq++
			r := p.ref(seq, p.datagram(0))
			r.text = make([]byte, 16)
			ipsec.PutPadding(r.text[:14])
			r.text[14], r.text[15] = pad, 17
			p.refuses(fmt.Sprintf("%s, pad length %d of 16", f.cipher, pad), r.seal(), BadPadding)
		}
		r := p.ref(seq+1, p.datagram(0)) // all is padding: legal, and nothing is inside
		r.text = make([]byte, 16)
		ipsec.PutPadding(r.text[:14])
		r.text[14], r.text[15] = 14, 17
		p.opens("nothing but padding", r.seal(), withUpper(p.datagram(0), 17, nil))
	}
}

func TestIPS_ESP_10_11_UnknownSPI(t *testing.T) {
	p := newPair(t, aesSHA1.sa())
	for _, spi := range []uint32{0, 1, 255, 256, p.sa.SPI + 1} {
		other := p.sa
		other.SPI = spi
		r := p.ref(1, p.datagram(8))
		r.sa = &other
		p.refuses(fmt.Sprintf("SPI %d", spi), r.seal(), UnknownSPI)
	}
	p.takes(1)
}

// Every single bit of a packet, from the SPI to the end of the ICV.
func TestIPS_ESP_12_FlippedBits(t *testing.T) {
	for _, f := range []shape{aesSHA1, {cipher: "aes-gcm-16", window: 64}, {cipher: "aes-gcm-8", window: 64},
		{cipher: "null", integrity: "hmac-md5-96", window: 64}, {cipher: "aes-ctr", integrity: "hmac-sha256-128", tunnel: true, window: 64}} {
		p := newPair(t, f.sa())
		second := p.sa // the SPI may become that of another live SA
		second.SPI ^= 1
		second.AuthKey, second.CipherKey = testKey(len(second.AuthKey), 9), testKey(len(second.CipherKey), 9)
		p.in.Put(&second)
		genuine := p.ref(3, p.datagram(2)).seal()
		for bit := 20 * 8; bit < len(genuine)*8; bit++ {
			bad := bytes.Clone(genuine)
			bad[bit/8] ^= 0x80 >> (bit % 8)
			if got := p.open(bad); got != nil {
				t.Fatalf("%s: with bit %d flipped it is let through as %x", f.cipher, bit, got)
			}
		}
		c := p.in.Counters()
		if n := c.Dropped[BadICV] + c.Dropped[UnknownSPI]; n != uint64(len(genuine)-20)*8 {
			t.Errorf("%s: dropped %v", f.cipher, drops(c))
		}
		if u, _ := p.in.Usage(p.sa.ID()); u.IntegrityFail == 0 || u.Packets != 0 || u.Octets != 0 || u.Seq != 0 {
			t.Errorf("%s: usage %+v", f.cipher, u)
		}
		p.opens("unchanged", genuine, p.datagram(2))
	}
}

func TestIPS_ESP_13_ForgeryDoesNotMoveTheWindow(t *testing.T) {
	both(t, func(t *testing.T, f shape) {
		p := newPair(t, f.sa())
		p.takes(1)
		forged := p.numbered(1 << 31)
		forged[len(forged)-1] ^= 0x40
		p.refuses("far ahead", forged, BadICV)
		p.takes(2)
	})
}

func TestIPS_ESP_15_AH_13_FragmentIsNeverOpened(t *testing.T) {
	both(t, func(t *testing.T, f shape) {
		p := newPair(t, f.sa())
		whole := p.ref(1, p.datagram(600)).seal()
		var parsed ipsec.Packet
		if err := parsed.Parse(whole); err != nil {
			t.Fatal(err)
		}
		for i, part := range cut(nil, &parsed, 300, 77) {
			p.refuses(fmt.Sprint("fragment ", i), part.Packet(), Fragment)
		}
		p.takes(1)
	})
}

func TestIPS_ESP_16_ShortPackets(t *testing.T) {
	for _, f := range []shape{aesSHA1, {cipher: "aes-gcm-16"}, {cipher: "null", integrity: "hmac-sha1-96"}, {cipher: "des-iv64"}, {cipher: "des-deriv"}} {
		p := newPair(t, f.sa())
		whole := p.ref(1, p.datagram(3)).seal()
		head, _, esp := refSplit(whole)
		for n := range len(esp) {
			if got := p.open(refJoin(bytes.Clone(head), 50, esp[:n])); got != nil && p.sa.Authenticated() {
				t.Errorf("%s: %d of %d octets are let through as %x", f.cipher, n, len(esp), got)
			}
		}
		c := p.in.Counters()
		if c.Dropped[ShortPacket] == 0 {
			t.Errorf("%s: dropped %v", f.cipher, drops(c))
		}
		p.opens("whole", p.ref(2, p.datagram(3)).seal(), p.datagram(3))
	}
}

func TestIPS_ESP_19_DummyIsDroppedSilently(t *testing.T) {
	for _, f := range []shape{aesSHA1, {cipher: "aes-gcm-16", tunnel: true, window: 64}} {
		p := newPair(t, f.sa())
		r := p.ref(1, p.datagram(77))
		r.next = ipsec.ProtoNone
		p.refuses("dummy", r.seal(), Dummy)
		if u, _ := p.in.Usage(p.sa.ID()); u.Packets != 1 || u.Seq != 1 {
			t.Errorf("usage %+v", u)
		}
		p.takes(2)
	}
}

func TestIPS_ESP_20_DummyIsSent(t *testing.T) {
	for _, f := range []shape{aesSHA1, {cipher: "aes-gcm-16", tunnel: true, outer6: true, window: 64}} {
		p := newPair(t, f.sa())
		p.seal1(p.datagram(1))
		p.r.Reset()
		if !p.out.Dummy(p.now, p.sa.ID(), 99, &p.r) || len(p.r.Wire) != 1 {
			t.Fatalf("%d packets", len(p.r.Wire))
		}
		dummy := bytes.Clone(p.r.Wire[0].Packet())
		transport := p.sa
		transport.Mode = sadb.Transport
		o, err := refOpen(&transport, dummy, 0)
		if err != nil || o.next != ipsec.ProtoNone || o.seq != 2 {
			t.Errorf("next header %d, number %d, %v", o.next, o.seq, err)
		}
		p.refuses("the receiver", dummy, Dummy)
		if p.out.Dummy(p.now, sadb.ID{SPI: 999}, 9, &p.r) {
			t.Error("a dummy of an SA that is not there")
		}
		p.opens("the next", p.seal1(p.datagram(5)), p.datagram(5))
	}
}

func TestIPS_ESP_21_TrafficFlowConfidentiality(t *testing.T) {
	f := aesSHA1
	f.tunnel = true
	p := newPair(t, f.sa())
	for i, n := range []int{1, 16, 300, 1000} {
		r := p.ref(uint64(i+1), p.datagram(30))
		r.tfc = bytes.Repeat([]byte{0xfc}, n)
		p.opens(fmt.Sprintf("%d octets behind", n), r.seal(), p.datagram(30))
	}
	sa := f.sa()
	sa.TFC = 900
	p = newPair(t, sa)
	sizes := map[int]bool{}
	for _, n := range []int{0, 10, 400, 600, 645, 872} {
		packet := p.seal1(p.datagram(n))
		sizes[len(packet)] = true
		p.opens(fmt.Sprintf("sent with %d octets", n), packet, p.datagram(n))
	}
	if len(sizes) != 1 {
		t.Errorf("lengths %v, want one", sizes)
	}
	p.opens("longer than the fill", p.seal1(p.datagram(1200)), p.datagram(1200))
}

// An IPv6 packet with every extension header: ESP and AH go behind those for the way, before the
// destination options that are only for the end.
func TestIPS_ESP_22_ExtensionHeaders(t *testing.T) {
	for _, f := range []shape{{cipher: "aes", integrity: "hmac-sha1-96", outer6: true}, {integrity: "hmac-sha1-96", outer6: true}} {
		p := newPair(t, f.sa())
		head, _, udp := refSplit(p.datagram(20))
		hop := []byte{60, 0, 5, 2, 0, 0, 1, 0}
		before := []byte{43, 0, 1, 4, 0, 0, 0, 0}
		route := append([]byte{60, 2, 0, 0, 0, 0, 0, 0}, alice6.AsSlice()...)
		behind := []byte{17, 0, 1, 4, 9, 9, 9, 9}
		inner := refJoin(head, 0, bytes.Join([][]byte{hop, before, route, behind, udp}, nil))
		got := p.seal1(inner)
		routeAt := 40 + 8 + 8
		if got[6] != 0 || got[40] != 60 || got[48] != 43 || got[routeAt] != byte(p.sa.Proto) {
			t.Errorf("headers %x", got[:96])
		}
		if spi := got[routeAt+24:]; p.sa.Proto == sadb.ESP && binary.BigEndian.Uint32(spi) != p.sa.SPI {
			t.Errorf("behind the routing header: %x", spi[:16])
		}
		if ah := got[routeAt+24:]; p.sa.Proto == sadb.AH && (ah[0] != 60 || binary.BigEndian.Uint32(ah[4:]) != p.sa.SPI) {
			t.Errorf("behind the routing header: %x", ah[:16])
		}
		if n := int(binary.BigEndian.Uint16(got[4:])); n != len(got)-40 {
			t.Errorf("payload length %d of %d octets", n, len(got))
		}
		p.opens("back", got, inner)
	}
}

func TestIPS_ESP_24_ContradictionsInside(t *testing.T) {
	f := aesSHA1
	f.tunnel = true
	p := newPair(t, f.sa())
	four := p.datagram(20)
	six := refDatagram(left6, right6, 1, 2, 20)
	long := bytes.Clone(four)
	long[3]++ // total length one more than there is
	tooLong := bytes.Clone(four)
	binary.BigEndian.PutUint16(tooLong[2:], 0xffff)
	tiny := bytes.Clone(four)
	binary.BigEndian.PutUint16(tiny[2:], 19)
	for i, row := range []struct {
		name  string
		inner []byte
		next  int
	}{
		{"IPv4 named IPv6", four, 41}, {"IPv6 named IPv4", six, 4}, {"version 0", make([]byte, 40), 4},
		{"length beyond the text", tooLong, 4}, {"length one beyond the text", long, 4}, {"length under the header", tiny, 4},
		{"half a header", four[:10], 4}, {"nothing", nil, 4}, {"UDP without IP", four[20:], 17}, {"TCP named", four, 6},
	} {
		r := p.ref(uint64(i+1), four)
		next := byte(row.next)
		padding := (16 - (len(row.inner)+2)%16) % 16
		r.text = append(bytes.Clone(row.inner), make([]byte, padding+2)...)
		ipsec.PutPadding(r.text[len(row.inner):][:padding])
		r.text[len(r.text)-2], r.text[len(r.text)-1] = byte(padding), next
		p.refuses(row.name, r.seal(), BadInner)
	}
	p.opens("the next", p.ref(100, four).seal(), four)
}

// What is inside in transport mode is not ours to judge: the host answers that it has no such protocol.
// IPsec again, with an SA that is not there, is dropped.
func TestIPS_ESP_25_StrangeNextHeader(t *testing.T) {
	p := newPair(t, aesSHA1.sa())
	strange := withUpper(p.datagram(0), 253, make([]byte, 24))
	p.opens("protocol 253", p.ref(1, strange).seal(), strange)
	for i, proto := range []byte{50, 51} {
		inner := withUpper(p.datagram(0), proto, bytes.Repeat([]byte{0x77}, 60))
		p.refuses(fmt.Sprintf("protocol %d", proto), p.ref(uint64(i+2), inner).seal(), UnknownSPI)
	}
	p.takes(9)
}

func TestIPS_ESP_18_OuterHeaderIsNotCovered(t *testing.T) {
	f := aesSHA1
	f.tunnel = true
	p := newPair(t, f.sa())
	packet := p.ref(1, p.datagram(30)).seal()
	head, _, rest := refSplit(packet)
	head[1], head[4], head[5], head[8] = 0x10, 0x99, 0x88, 3 // TOS, identification, TTL
	p.opens("outer header changed", refJoin(head, 50, rest), p.datagram(30))
}

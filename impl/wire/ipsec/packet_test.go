package ipsec

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

// octets reads hex laid out like a drawing: spaces and line ends do not count, -- begins a comment.
func octets(t testing.TB, drawing string) []byte {
	t.Helper()
	var digits strings.Builder
	for line := range strings.Lines(drawing) {
		line, _, _ = strings.Cut(line, "--")
		digits.WriteString(strings.Join(strings.Fields(line), ""))
	}
	b, err := hex.DecodeString(digits.String())
	if err != nil {
		t.Fatalf("%v in %q", err, drawing)
	}
	return b
}

var packetRows = []struct {
	name, drawing string
	want          Packet // Octets, Src and Dst are looked at on their own
	ports         [2]uint16
	hasPorts      bool
}{
	{"IPv4, UDP", `
		45 00 001e 1234 4000 40 11 0000
		c0000201 c0000202
		01f4 0035 000a 0000 6869`,
		Packet{Proto: 17, Upper: 20, UpperAt: 9, Split: 20, SplitAt: 9, Fragment: FragmentInfo{ID: 0x1234}}, [2]uint16{500, 53}, true},
	{"IPv4 with options, ESP", `
		46 00 0020 0001 0000 40 32 0000
		c0000201 c0000202
		94040000                                 -- router alert
		00001001 00000001`,
		Packet{Proto: 50, Upper: 24, UpperAt: 9, Split: 24, SplitAt: 9, Fragment: FragmentInfo{ID: 1}}, [2]uint16{}, false},
	{"IPv4, first fragment", `
		45 00 001c 0007 2000 40 11 0000
		c0000201 c0000202
		01f4 0035 0100 0000`,
		Packet{Proto: 17, Upper: 20, UpperAt: 9, Split: 20, SplitAt: 9, Fragment: FragmentInfo{ID: 7, More: true}}, [2]uint16{500, 53}, true},
	{"IPv4, last fragment", `
		45 00 001c 0007 0003 40 11 0000
		c0000201 c0000202
		01f4 0035 0100 0000`,
		Packet{Proto: 17, Upper: 20, UpperAt: 9, Split: 20, SplitAt: 9, Fragment: FragmentInfo{ID: 7, Offset: 24}}, [2]uint16{}, false},
	{"IPv6, TCP", `
		60000000 0014 06 40
		20010db8000000000000000000000001 20010db8000000000000000000000002
		c000 0016 00000000 00000000 50020000 00000000`,
		Packet{V6: true, Proto: 6, Upper: 40, UpperAt: 6, Split: 40, SplitAt: 6}, [2]uint16{0xc000, 22}, true},
	{"IPv6, hop-by-hop, destination options, routing, destination options, ICMPv6", `
		60000000 0040 00 40
		20010db8000000000000000000000001 20010db8000000000000000000000002
		3c 00 0502 0000 0100                     -- hop-by-hop: router alert
		2b 00 0104 00000000                      -- destination options: PadN
		3c 02 00 01 00000000 20010db8000000000000000000000003
		3a 00 0104 00000000                      -- destination options
		8000 0000 0001 0001 00000000 00000000`,
		Packet{V6: true, Proto: 58, Upper: 88, UpperAt: 80, Split: 80, SplitAt: 56}, [2]uint16{}, false},
	{"IPv6, second fragment", `
		60000000 0010 2c 40
		20010db8000000000000000000000001 20010db8000000000000000000000002
		11 00 0010 0000002a
		0102030405060708`,
		Packet{V6: true, Proto: 17, Upper: 48, UpperAt: 40, Split: 48, SplitAt: 40, Fragment: FragmentInfo{ID: 42, Offset: 16, At: 40, NamedAt: 6}}, [2]uint16{}, false},
}

func TestParse(t *testing.T) {
	for _, row := range packetRows {
		b := octets(t, row.drawing)
		var p Packet
		if err := p.Parse(append(b[:len(b):len(b)], 1, 2, 3)); err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		if len(p.Octets) != len(b) {
			t.Errorf("%s: %d octets, want %d: what follows the packet is not part of it", row.name, len(p.Octets), len(b))
		}
		src, dst := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
		if row.want.V6 {
			src, dst = netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2")
		}
		if p.Src != src || p.Dst != dst {
			t.Errorf("%s: %v -> %v", row.name, p.Src, p.Dst)
		}
		from, to, ok := p.Ports()
		if [2]uint16{from, to} != row.ports || ok != row.hasPorts {
			t.Errorf("%s: ports %d %d %v", row.name, from, to, ok)
		}
		got := p
		got.Octets, got.Src, got.Dst = nil, netip.Addr{}, netip.Addr{}
		if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", row.want); g != w {
			t.Errorf("%s: %s\nwant %s", row.name, g, w)
		}
		for n := range b {
			if err := p.Parse(b[:n:n]); err == nil {
				t.Errorf("%s: %d of %d octets are taken for a packet", row.name, n, len(b))
			}
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, row := range []struct{ name, drawing string }{
		{"version 5", "55 00 0014 0000 0000 40 11 0000 c0000201 c0000202"},
		{"header length 4 words", "44 00 0014 0000 0000 40 11 0000 c0000201 c0000202"},
		{"total length under the header's", "45 00 0013 0000 0000 40 11 0000 c0000201 c0000202"},
		{"hop-by-hop not first", "60000000 0010 3c 40 20010db8000000000000000000000001 20010db8000000000000000000000002" +
			"00 00 0104 00000000 3b 00 0104 00000000"},
		{"extension header beyond the packet", "60000000 0008 3c 40 20010db8000000000000000000000001 20010db8000000000000000000000002" +
			"3b 01 0104 00000000"},
	} {
		var p Packet
		if err := p.Parse(octets(t, row.drawing)); err == nil {
			t.Errorf("%s: taken", row.name)
		}
	}
}

func TestParseQuoteTakesAPacketThatIsCutShort(t *testing.T) {
	whole := octets(t, packetRows[0].drawing)
	var p Packet
	if err := p.ParseQuote(whole[:28]); err != nil || len(p.Octets) != 28 {
		t.Errorf("%v, %d octets", err, len(p.Octets))
	}
	if from, to, ok := p.Ports(); from != 500 || to != 53 || !ok {
		t.Errorf("ports %d %d %v", from, to, ok)
	}
	if err := p.ParseQuote(whole[:19]); err == nil {
		t.Error("19 octets are taken for a header")
	}
}

func TestHeaderIsWhatParseReads(t *testing.T) {
	for _, h := range []Header{
		{Src: netip.MustParseAddr("192.0.2.1"), Dst: netip.MustParseAddr("192.0.2.2"), TOS: 0xb9, TTL: 63, Proto: 50, Payload: 12, ID: 0xfffe, DontFragment: true},
		{Src: netip.MustParseAddr("2001:db8::1"), Dst: netip.MustParseAddr("2001:db8::2"), TOS: 0xb9, TTL: 63, Proto: 51, Payload: 12},
	} {
		b := make([]byte, h.Size()+12)
		h.Put(b)
		var p Packet
		if err := p.Parse(b); err != nil {
			t.Fatal(err)
		}
		if p.Src != h.Src || p.Dst != h.Dst || p.TOS() != h.TOS || p.TTL() != h.TTL || p.Proto != h.Proto ||
			len(p.Payload()) != 12 || !p.DontFragment() {
			t.Errorf("%+v is read as %+v", h, p)
		}
		if !p.V6 && Checksum(b[:20], 0) != 0 {
			t.Errorf("header checksum is wrong: %x", b[:20])
		}
		p.SetTOS(0x47)
		if p.TOS() != 0x47 || !p.V6 && Checksum(b[:20], 0) != 0 {
			t.Errorf("after SetTOS: %x", b)
		}
		SetLength(b, p.Upper, p.Upper+5)
		if err := p.Parse(b); err != nil || len(p.Payload()) != 5 || !p.V6 && Checksum(b[:20], 0) != 0 {
			t.Errorf("after SetLength: %v %x", err, b)
		}
	}
}

// RFC 1071 section 3 has this example; the rest is against the obvious sum.
func TestChecksum(t *testing.T) {
	if got := Checksum(octets(t, "0001 f203 f4f5 f6f7"), 0); got != ^uint16(0xddf2) {
		t.Errorf("RFC 1071: %04x", got)
	}
	var b [67]byte
	for i := range b {
		b[i] = byte(i*i + 3)
	}
	for n := range len(b) + 1 {
		sum := uint32(0x1234)
		for i, o := range b[:n] {
			sum += uint32(o) << (8 * (1 - i%2))
		}
		for sum > 0xffff {
			sum = sum>>16 + sum&0xffff
		}
		if got := Checksum(b[:n], 0x1234); got != ^uint16(sum) {
			t.Errorf("%d octets: %04x, want %04x", n, got, ^uint16(sum))
		}
	}
}

func TestPadding(t *testing.T) {
	b := make([]byte, 255)
	PutPadding(b)
	if b[0] != 1 || b[254] != 255 || !IsPadding(b) || !IsPadding(nil) {
		t.Errorf("%x", b)
	}
	for i := range b {
		b[i]++
		if IsPadding(b) {
			t.Errorf("octet %d is wrong and nobody sees it", i)
		}
		b[i]--
	}
}

func TestAHSize(t *testing.T) {
	for _, row := range []struct {
		icv, v4, v6 int
	}{{12, 24, 24}, {16, 28, 32}, {20, 32, 32}, {24, 36, 40}, {32, 44, 48}} {
		if v4, v6 := AHSize(row.icv, false), AHSize(row.icv, true); v4 != row.v4 || v6 != row.v6 {
			t.Errorf("ICV of %d: %d and %d octets, want %d and %d", row.icv, v4, v6, row.v4, row.v6)
		}
	}
}

func FuzzPacket(f *testing.F) {
	for _, row := range packetRows {
		f.Add(octets(f, row.drawing))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var p Packet
		if p.ParseQuote(b) == nil {
			p.ICMPError()
			p.Ports()
		}
		if p.Parse(b) != nil {
			return
		}
		if p.Split > p.Upper || p.Upper > len(p.Octets) || p.SplitAt >= p.Split || p.UpperAt >= p.Upper {
			t.Errorf("places are out of order: %+v", p)
		}
		p.ICMPError()
		p.TOS()
		kept := append([]byte(nil), p.Octets...)
		if out, err := AppendImmutable(nil, p.Octets[:p.Upper]); err == nil && len(out) != p.Upper {
			t.Errorf("%d octets became %d", p.Upper, len(out))
		}
		if p.MayAnswer() {
			var q, quoted Packet
			if err := q.Parse(AppendTooBig(nil, &p, p.Dst, 1280)); err != nil {
				t.Fatalf("our own ICMP message: %v", err)
			}
			e, ok := q.ICMPError()
			if !ok || e.MTU != 1280 || quoted.ParseQuote(e.Quote) != nil || quoted.Src != p.Src {
				t.Errorf("our own ICMP message is read as %+v", e)
			}
		}
		if string(kept) != string(p.Octets) {
			t.Error("looking at a packet changed it")
		}
	})
}

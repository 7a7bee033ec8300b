package dataplane

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"

	"ikewit/impl/sadb"
	"ikewit/impl/wire/ipsec"
)

// openUDP opens a packet of ESP in UDP.
func (p *pair) openUDP(packet []byte) []byte {
	p.r.Reset()
	p.in.ProcessUDP(p.now, inBuffer(packet), &p.r)
	if len(p.r.Inner) == 0 {
		return nil
	}
	return p.r.Inner[0].Packet()
}

// inUDPOf makes the SAs of a pair travel in UDP, from port 40001 as the receiver sees it.
func inUDPOf(f shape) sadb.SA {
	sa := f.sa()
	sa.Encap = sadb.Encap{SrcPort: 4500, DstPort: 40001}
	return sa
}

// EXT-UDPE-01, -02, -03: between the ports of the SA, without a checksum in IPv4 and with one in IPv6, whatever is in it.
// What is behind the UDP header is what there would be without it.
func TestESPInUDP(t *testing.T) {
	for _, f := range []shape{aesSHA1, aesTunnel, {cipher: "aes-gcm-16", tunnel: true, outer6: true, inner6: true}, {cipher: "des", integrity: "hmac-md5-96", outer6: true}} {
		p, bare := newPair(t, inUDPOf(f)), newPair(t, f.sa())
		for _, n := range []int{0, 1, 100, 1300} {
			inner := p.datagram(n)
			got, want := p.seal1(inner), bare.seal1(inner)
			var outer, plain ipsec.Packet
			if outer.Parse(got) != nil || plain.Parse(want) != nil || outer.Proto != protoUDP || len(outer.Octets) != len(got) {
				t.Fatalf("%+v: made %x", f, got)
			}
			udp := outer.Payload()
			head := []byte{4500 >> 8, 4500 & 255, 40001 >> 8, 40001 & 255, byte(len(udp) >> 8), byte(len(udp))}
			if !bytes.Equal(udp[:6], head) || len(udp) != len(plain.Payload())+udpHeader {
				t.Errorf("%+v, %d octets: UDP header %x", f, n, udp[:8])
			}
			sum := binary.BigEndian.Uint16(udp[6:])
			if whole := ipsec.Checksum(udp, ipsec.PseudoSum(outer.Src, outer.Dst, protoUDP, len(udp))); f.outer6 && (sum == 0 || whole != 0) || !f.outer6 && sum != 0 {
				t.Errorf("%+v: checksum %04x, over all %04x", f, sum, whole)
			}
			if back := p.openUDP(slices.Clone(got)); !bytes.Equal(back, inner) {
				t.Errorf("%+v, %d octets: opened as %x, want %x; dropped %v", f, n, back, inner, drops(p.in.Counters()))
			}
			other := p.seal1(inner)
			other[len(other)-len(udp)+6] ^= 0x55
			if !bytes.Equal(p.openUDP(other), inner) {
				t.Errorf("%+v: another checksum: dropped %v", f, drops(p.in.Counters()))
			}
		}
	}
}

// ESP without UDP is none of an SA in UDP, nor the other way round; what is too short is dropped (EXT-UDPE-07).
func TestESPInUDPIsNotESP(t *testing.T) {
	p, bare := newPair(t, inUDPOf(aesTunnel)), newPair(t, aesTunnel.sa())
	p.refuses("in none", bare.seal1(p.datagram(8)), UnknownSPI)
	sealed := p.seal1(p.datagram(8))
	if bare.openUDP(slices.Clone(sealed)) != nil || bare.in.Counters().Dropped[UnknownSPI] != 1 {
		t.Errorf("an SA without UDP takes ESP in UDP: %v", drops(bare.in.Counters()))
	}
	for n := 20; n < 20+udpHeader+12; n++ {
		short := slices.Clone(sealed[:n])
		ipsec.SetLength(short, 20, n)
		if p.openUDP(short) != nil || len(p.r.Moved) != 0 {
			t.Errorf("%d octets are let through", n)
		}
	}
	if p.openUDP(sealed) == nil {
		t.Errorf("the packet itself is dropped: %v", drops(p.in.Counters()))
	}
}

// EXT-NATT-39, -41: genuine packets from another port or address are told of, once; forged ones are not.
func TestMovedPeer(t *testing.T) {
	sa := inUDPOf(aesTunnel)
	p := newPair(t, sa)
	from := func(port uint16, forged bool) []Moved {
		packet := p.seal1(p.datagram(8))
		binary.BigEndian.PutUint16(packet[20:], port)
		if forged {
			packet[len(packet)-1] ^= 1
		}
		if (p.openUDP(packet) == nil) != forged {
			t.Fatalf("port %d: dropped %v", port, drops(p.in.Counters()))
		}
		return slices.Clone(p.r.Moved)
	}
	news := Moved{sa.ID(), netip.AddrPortFrom(alice, 40077)}
	for i, step := range []struct {
		port   uint16
		forged bool
		want   []Moved
	}{{4500, false, nil}, {40077, true, nil}, {40077, false, []Moved{news}}, {40077, false, nil}, {4500, false, nil}, {40077, false, []Moved{news}}} {
		if got := from(step.port, step.forged); !slices.Equal(got, step.want) {
			t.Errorf("step %d: told %v, want %v", i, got, step.want)
		}
	}
	sa.Encap.SrcPort = 40077
	p.in.Put(&sa)
	if got := from(40077, false); len(got) != 0 {
		t.Errorf("told %v of what is known", got)
	}
}

// EXT-UDPE-15, -16: in transport mode the checksum inside, made with the addresses before the NAT, is made right; in tunnel
// mode a wrong one stays wrong.
func TestChecksumBehindNAT(t *testing.T) {
	for _, f := range []shape{aesSHA1, aesTunnel} {
		for _, proto := range []uint8{protoTCP, protoUDP} {
			p := newPair(t, inUDPOf(f))
			inner := p.datagram(32)
			inner[9] = proto
			ipsec.SetLength(inner, 20, len(inner))
			segment, at := inner[20:], 6
			if proto == protoTCP {
				at = 16
			}
			private := netip.MustParseAddr("10.9.9.9")
			putChecksum(segment, at, private, p.sa.Selector.Dst.From, proto)
			wrong := binary.BigEndian.Uint16(segment[at:])
			putChecksum(segment, at, p.sa.Selector.Src.From, p.sa.Selector.Dst.From, proto)
			right := binary.BigEndian.Uint16(segment[at:])
			binary.BigEndian.PutUint16(segment[at:], wrong)
			back := p.openUDP(p.seal1(inner))
			if back == nil {
				t.Fatalf("dropped %v", drops(p.in.Counters()))
			}
			want := wrong
			if !f.tunnel {
				want = right
			}
			if got := binary.BigEndian.Uint16(back[20+at:]); got != want || wrong == right {
				t.Errorf("tunnel %t, protocol %d: checksum %04x, want %04x", f.tunnel, proto, got, want)
			}
		}
	}
}

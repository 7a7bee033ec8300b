package packet

import (
	"bytes"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"ikewit/harness/capture/pcapfile"
)

var (
	a4 = netip.MustParseAddrPort("192.0.2.1:500")
	b4 = netip.MustParseAddrPort("192.0.2.2:4500")
	a6 = netip.MustParseAddrPort("[2001:db8::1]:500")
	b6 = netip.MustParseAddrPort("[2001:db8::2]:4500")
)

// TestWrapUDPIsReadByGopacket holds our builder and our parser against another decoder, checksums included.
func TestWrapUDPIsReadByGopacket(t *testing.T) {
	for _, ends := range [][2]netip.AddrPort{{a4, b4}, {a6, b6}} {
		for _, payload := range []string{"", "x", "an even number of octets"} {
			raw, err := WrapUDP(ends[0], ends[1], []byte(payload))
			if err != nil {
				t.Fatal(err)
			}
			first := gopacket.LayerType(layers.LayerTypeIPv4)
			if ends[0].Addr().Is6() {
				first = layers.LayerTypeIPv6
			}
			g := gopacket.NewPacket(raw, first, gopacket.Default)
			u, ok := g.Layer(layers.LayerTypeUDP).(*layers.UDP)
			if !ok || uint16(u.SrcPort) != ends[0].Port() || string(u.Payload) != payload {
				t.Fatalf("gopacket reads %v", g)
			}
			u.SetNetworkLayerForChecksum(g.NetworkLayer())
			sum, buffer := u.Checksum, gopacket.NewSerializeBuffer()
			err = gopacket.SerializeLayers(buffer, gopacket.SerializeOptions{ComputeChecksums: true}, u, gopacket.Payload(payload))
			if err != nil || u.Checksum != sum {
				t.Errorf("checksum %04x, gopacket computes %04x (%v)", sum, u.Checksum, err)
			}
			p, err := ParseIP(raw)
			if err != nil {
				t.Fatal(err)
			}
			if back, err := ParseUDP(p); err != nil || back.Src != ends[0] || back.Dst != ends[1] || string(back.Payload) != payload {
				t.Errorf("read back: %+v, %v", back, err)
			}
		}
	}
	if _, err := WrapUDP(a4, b6, nil); err == nil {
		t.Error("IPv4 to IPv6 passes")
	}
}

func TestUnwrapKnowsEveryLinkType(t *testing.T) {
	raw, _ := WrapUDP(a4, b4, []byte("ike"))
	for name, f := range map[string]pcapfile.Frame{
		"Ethernet":    {Link: pcapfile.LinkEthernet, Data: append([]byte("dstdstsrcsrc\x08\x00"), raw...)},
		"VLAN":        {Link: pcapfile.LinkEthernet, Data: append([]byte("dstdstsrcsrc\x88\xa8\x00\x01\x81\x00\x00\x02\x08\x00"), raw...)},
		"SLL":         {Link: pcapfile.LinkSLL, Data: append([]byte("01234567890123\x08\x00"), raw...)},
		"SLL2":        {Link: pcapfile.LinkSLL2, Data: append([]byte("\x08\x00345678901234567890"), raw...)},
		"NULL":        {Link: pcapfile.LinkNull, Data: append([]byte("\x02\x00\x00\x00"), raw...)},
		"raw":         {Link: pcapfile.LinkRaw, Data: raw},
		"raw, padded": {Link: pcapfile.LinkRaw, Data: append(bytes.Clone(raw), 0, 0, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := Unwrap(f)
			if err != nil {
				t.Fatal(err)
			}
			p, err := ParseIP(b)
			if err != nil {
				t.Fatal(err)
			}
			if u, err := ParseUDP(p); err != nil || string(u.Payload) != "ike" {
				t.Errorf("%+v, %v", u, err)
			}
		})
	}
	if _, err := Unwrap(pcapfile.Frame{Link: pcapfile.LinkEthernet, Data: []byte("dstdstsrcsrc\x08\x06arp")}); !errors.Is(err, ErrNotIP) {
		t.Errorf("ARP: %v", err)
	}
	if _, err := Unwrap(pcapfile.Frame{Link: 42, Data: raw}); err == nil || !strings.Contains(err.Error(), "link type 42") {
		t.Errorf("unknown link type: %v", err)
	}
}

// cut makes fragments of an IPv4 or IPv6 packet, size octets of payload each.
func cut(t *testing.T, raw []byte, size int) []IP {
	t.Helper()
	whole, err := ParseIP(raw)
	if err != nil {
		t.Fatal(err)
	}
	var out []IP
	for at := 0; at < len(whole.Payload); at += size {
		part := whole.Payload[at:min(at+size, len(whole.Payload))]
		more := at+size < len(whole.Payload)
		var b []byte
		if whole.Version == 4 {
			b = WrapIP(whole.Src, whole.Dst, whole.Protocol, part)
			offset := at / 8
			if more {
				offset |= 0x2000
			}
			b[5], b[6], b[7] = 7, byte(offset>>8), byte(offset)
		} else {
			offset := at
			if more {
				offset |= 1
			}
			b = WrapIP(whole.Src, whole.Dst, ProtoFragment, append([]byte{whole.Protocol, 0, byte(offset >> 8), byte(offset), 0, 0, 0, 7}, part...))
		}
		p, err := ParseIP(b)
		if err != nil || !p.Fragment {
			t.Fatalf("%+v, %v", p, err)
		}
		out = append(out, p)
	}
	return out
}

func TestReassemblyInAnyOrderGivesTheWholePacket(t *testing.T) {
	payload := bytes.Repeat([]byte("0123456789"), 30)
	for _, ends := range [][2]netip.AddrPort{{a4, b4}, {a6, b6}} {
		raw, _ := WrapUDP(ends[0], ends[1], payload)
		want, _ := ParseIP(raw)
		parts := cut(t, raw, 80)
		for _, order := range [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 0, 3, 1}} {
			var r Reassembler
			done := 0
			for i, n := range order {
				got, ok, err := r.Add(parts[n])
				if err != nil {
					t.Fatal(err)
				}
				if !ok {
					continue
				}
				done++
				if i != len(order)-1 || !bytes.Equal(got.Payload, want.Payload) || got.Fragment || got.Protocol != ProtoUDP {
					t.Errorf("order %v: whole after %d: %+v", order, i, got)
				}
				if again, err := ParseIP(append(bytes.Clone(got.Header), got.Payload...)); err != nil || again.Missing != 0 || len(again.Payload) != len(want.Payload) {
					t.Errorf("order %v: the header of the whole does not fit it: %+v, %v", order, again, err)
				}
			}
			if done != 1 || len(r.piles) != 0 || len(r.order) != 0 {
				t.Errorf("order %v: whole %d times, %d piles left", order, done, len(r.piles))
			}
		}
	}
}

func TestReassemblyRefusesOverlapsAndForgetsTheOldest(t *testing.T) {
	raw, _ := WrapUDP(a4, b4, make([]byte, 200))
	parts := cut(t, raw, 80)
	var r Reassembler
	liar := parts[1]
	liar.Offset -= 8
	r.Add(parts[0])
	if _, _, err := r.Add(liar); err == nil || !strings.Contains(err.Error(), "overlap") {
		t.Errorf("overlap: %v", err)
	}
	var beyond Reassembler // a fragment behind the last one: never whole
	late := parts[2]
	late.More, late.Payload = true, make([]byte, 80)
	last := parts[1]
	last.More = false
	for _, p := range []IP{late, parts[0], last} {
		if _, done, err := beyond.Add(p); done || err != nil {
			t.Errorf("octets behind the last fragment: %v %v", done, err)
		}
	}
	for id := range uint32(3 * maxPiles) {
		p := parts[0]
		p.ID = id
		r.Add(p)
	}
	if len(r.piles) != maxPiles || len(r.order) != maxPiles {
		t.Errorf("%d piles kept", len(r.piles))
	}
	cutShort := parts[0]
	cutShort.Missing = 1
	if _, _, err := r.Add(cutShort); err == nil {
		t.Error("a fragment that the capture cut passes")
	}
}

func TestTruncatedHeadersAreNamed(t *testing.T) {
	for _, ends := range [][2]netip.AddrPort{{a4, b4}, {a6, b6}} {
		raw, _ := WrapUDP(ends[0], ends[1], []byte("payload"))
		for n := range raw {
			p, err := ParseIP(raw[:n])
			if err != nil {
				if !strings.Contains(err.Error(), "IP") {
					t.Errorf("%d octets: %v", n, err)
				}
				continue
			}
			if p.Missing != len(raw)-n {
				t.Errorf("%d octets: %d missing", n, p.Missing)
			}
			if u, err := ParseUDP(p); err == nil && u.Missing != len(raw)-n {
				t.Errorf("%d octets: UDP misses %d", n, u.Missing)
			}
		}
	}
	hop := WrapIP(a6.Addr(), b6.Addr(), ProtoHopByHop, []byte{ProtoESP, 1, 0, 0, 0, 0, 0, 0})
	if _, err := ParseIP(hop); err == nil || !strings.Contains(err.Error(), "extension header 0") {
		t.Errorf("hop-by-hop header of 16 octets in 8: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, ends := range [][2]netip.AddrPort{{a4, b4}, {a6, b6}} {
		raw, _ := WrapUDP(ends[0], ends[1], []byte("payload"))
		f.Add(uint16(pcapfile.LinkRaw), raw)
	}
	f.Add(uint16(pcapfile.LinkEthernet), []byte("dstdstsrcsrc\x88\xa8\x00\x01\x86\xdd"))
	f.Fuzz(func(t *testing.T, link uint16, b []byte) {
		raw, err := Unwrap(pcapfile.Frame{Link: pcapfile.LinkType(link), Data: b})
		if err != nil {
			return
		}
		p, err := ParseIP(raw)
		if err != nil {
			return
		}
		var r Reassembler
		if whole, ok, err := r.Add(p); ok && err == nil {
			ParseUDP(whole)
		}
	})
}

package world

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"

	"ikewit/harness/capture/crypt"
	"ikewit/harness/capture/ipsec"
	"ikewit/harness/capture/packet"
	"ikewit/harness/check"
)

// forgeInUDP makes a packet of ESP in UDP like one that was seen, and sends it.
func (w *World) forgeInUDP(ctx context.Context, from, to string, f Forgery, p check.Packet, frame []byte) error {
	b := slices.Clone(p.Record.ESP.Octets)
	if f.Inner != nil {
		var err error
		if b, err = reseal(p.SA, p.Opened, f.Inner(slices.Clone(p.Opened.Inner))); err != nil {
			return err
		}
	}
	if f.SPI != 0 {
		binary.BigEndian.PutUint32(b, f.SPI)
	}
	if f.Seq != 0 {
		binary.BigEndian.PutUint32(b[4:], f.Seq)
	}
	if err := sign(p.SA, nil, b); err != nil {
		return err
	}
	if f.Flip != "" {
		place, err := flipAt(p, f.Flip, len(b))
		if err != nil {
			return err
		}
		b[place] ^= 1
	}
	src := p.Record.Src
	if f.Port != 0 {
		src = netip.AddrPortFrom(src.Addr(), f.Port)
	}
	ip, err := packet.WrapUDP(src, p.Record.Dst, b)
	if err != nil {
		return err
	}
	if !f.Checksum {
		const checksum = 6
		clear(ip[len(ip)-len(b)-8+checksum:][:2])
	}
	if err := w.put(from, append(slices.Clone(frame[:etherHeader]), ip...)); err != nil {
		return err
	}
	return w.settleTraffic(ctx, w.endOf(from), w.endOf(to))
}

// reseal puts another packet into ESP without cipher; its ICV is still to be made. RFC 2406 section 2.
func reseal(sa *ipsec.SA, o *ipsec.Opened, inner []byte) ([]byte, error) {
	if sa.Cipher == nil || sa.Cipher.Mode != crypt.Null || sa.Integrity == nil {
		return nil, &Unsupported{"what is inside is changed in ESP without cipher only: -e 11"}
	}
	b := binary.BigEndian.AppendUint32(nil, o.SPI)
	b = append(binary.BigEndian.AppendUint32(b, o.Seq), inner...)
	pad := byte(0)
	for (len(b)+2)%4 != 0 {
		pad++
		b = append(b, pad)
	}
	b = append(b, pad, o.NextHeader)
	return append(b, make([]byte, sa.Integrity.ICV)...), nil
}

// onWire is the host by which a peer is on the wire: itself, or the NAT before it.
func (w *World) onWire(name string) string {
	if nat := w.natBefore(name); nat != "" {
		return nat
	}
	return name
}

// endOf is who sends traffic by a peer: itself, or in tunnel mode the host behind it.
func (w *World) endOf(name string) string {
	one, other := w.top.Ends[0], w.top.Ends[1]
	if w.traffic.pinged[one+" "+other]+w.traffic.pinged[other+" "+one] == 0 {
		return name
	}
	if name == w.top.Peers[0] {
		return one
	}
	return other
}

// From gives a packet another source address. The checksum of its IP header is made again.
func From(a netip.Addr) func([]byte) []byte {
	return func(ip []byte) []byte {
		if a.Is4() && len(ip) >= 20 && ip[0]>>4 == 4 {
			dst, _ := netip.AddrFromSlice(ip[16:20])
			return packet.WrapIP(a, dst, ip[9], ip[20:])
		}
		return ip
	}
}

// TCP begins a TCP connection in the place of what a packet carried: with the checksum that it must have, or with another.
// RFC 793 section 3.1.
func TCP(port uint16, good bool) func([]byte) []byte {
	return func(ip []byte) []byte {
		src, _ := netip.AddrFromSlice(ip[12:16])
		dst, _ := netip.AddrFromSlice(ip[16:20])
		t := binary.BigEndian.AppendUint16(nil, tcpFrom)
		t = binary.BigEndian.AppendUint16(t, port)
		t = append(t, 0, 0, 0, 1, 0, 0, 0, 0, 5<<4, flagSYN, 0x10, 0, 0, 0, 0, 0)
		sum := ^packet.Checksum(append(packet.Pseudo(src, dst, packet.ProtoTCP, len(t)), t...))
		if good {
			sum = ^sum
		}
		binary.BigEndian.PutUint16(t[16:], sum)
		return packet.WrapIP(src, dst, packet.ProtoTCP, t)
	}
}

// Of TCP segments that the harness makes.
const (
	tcpFrom = 7070
	flagSYN = 2
	flagRST = 4
)

// TCPAnswers counts what a host behind a peer, or the peer itself, has answered to such segments.
func (w *World) TCPAnswers(name string, want int) error {
	e, err := w.Evidence()
	if err != nil {
		return err
	}
	n := 0
	for _, p := range e.Packets() {
		if p.Opened == nil || p.Record.Src.Addr() != w.wireAddr(name) {
			continue
		}
		ip, err := packet.ParseIP(p.Opened.Inner)
		if err == nil && ip.Protocol == packet.ProtoTCP && len(ip.Payload) >= 20 && binary.BigEndian.Uint16(ip.Payload[2:]) == tcpFrom && ip.Payload[13]&flagRST != 0 {
			n++
		}
	}
	if n != want {
		return &Mismatch{Code: "delivered", What: "answers to TCP segments that came by way of " + name, Expected: fmt.Sprint(want), Actual: fmt.Sprint(n)}
	}
	return nil
}

// NoChecksums checks that a host leaves the UDP checksum of ESP at zero over IPv4, and has one over IPv6. RFC 3948 section 2.1, RFC
// 8200 section 8.1.
func (w *World) NoChecksums(name string) error {
	e, err := w.Evidence()
	if err != nil {
		return err
	}
	n := 0
	for _, r := range e.Records {
		if r.ESP == nil || !r.NATT || e.Forged[r.Frame] || !w.isAt(name, r.Src.Addr()) || len(r.IP.Payload) < 8 {
			continue
		}
		n++
		sum := binary.BigEndian.Uint16(r.IP.Payload[6:])
		if v4 := r.Src.Addr().Is4(); v4 != (sum == 0) {
			return &Mismatch{Code: "udp-checksum", What: fmt.Sprintf("UDP checksum of ESP of %s in frame %d", name, r.Frame),
				Expected: map[bool]string{true: "0000", false: "not 0000"}[v4], Actual: fmt.Sprintf("%04x", sum)}
		}
	}
	const few = 3
	if n < few {
		return &Unresolved{fmt.Sprintf("%s sent %d packets of ESP in UDP, %d are needed", name, n, few)}
	}
	return nil
}

// WrongInside is a guard: TCP segments of a host have crossed the wire in ESP in transport mode whose checksum is not that of the
// addresses outside.
func (w *World) WrongInside(name string) error {
	e, err := w.Evidence()
	if err != nil {
		return err
	}
	segments, wrong := 0, 0
	for _, p := range e.Packets() {
		if p.Opened == nil || p.Opened.NextHeader != packet.ProtoTCP || !w.isAt(name, p.Record.Src.Addr()) {
			continue
		}
		segments++
		t := p.Opened.Inner
		if packet.Checksum(append(packet.Pseudo(p.Record.Src.Addr(), p.Record.Dst.Addr(), packet.ProtoTCP, len(t)), t...)) != 0 {
			wrong++
		}
	}
	if segments == 0 || wrong != segments {
		return &Unresolved{fmt.Sprintf("of %d TCP segments of %s, %d have a checksum that is not that of the addresses outside", segments, name, wrong)}
	}
	return nil
}

package packet

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// A UDP is one datagram.
type UDP struct {
	Src, Dst netip.AddrPort
	Payload  []byte
	Missing  int // octets that the length field promises and the capture lacks
}

// ParseUDP reads the payload of an IP packet as UDP.
//
//	+-------------------------------+-------------------------------+
//	|          Source Port          |       Destination Port        |
//	+-------------------------------+-------------------------------+
//	|             Length            |            Checksum           |
//	+-------------------------------+-------------------------------+
func ParseUDP(p IP) (UDP, error) {
	b := p.Payload
	if len(b) < 8 {
		return UDP{}, fmt.Errorf("UDP header: %d octets, 8 are needed", len(b))
	}
	length := int(binary.BigEndian.Uint16(b[4:]))
	if length < 8 || length > len(b)+p.Missing {
		return UDP{}, fmt.Errorf("UDP Length: %d octets, the packet has %d", length, len(b)+p.Missing)
	}
	return UDP{
		Src:     netip.AddrPortFrom(p.Src, binary.BigEndian.Uint16(b)),
		Dst:     netip.AddrPortFrom(p.Dst, binary.BigEndian.Uint16(b[2:])),
		Payload: b[8:min(length, len(b))],
		Missing: max(0, length-len(b)),
	}, nil
}

// WrapUDP builds the IP packet that carries payload from src to dst, for frames of link type LinkRaw: what a
// simulated network sends has no frame of its own.
func WrapUDP(src, dst netip.AddrPort, payload []byte) ([]byte, error) {
	if src.Addr().Is4() != dst.Addr().Is4() || !src.IsValid() || !dst.IsValid() {
		return nil, fmt.Errorf("UDP from %v to %v: two addresses of one family are needed", src, dst)
	}
	if len(payload) > 0xffff-28 {
		return nil, fmt.Errorf("UDP payload of %d octets", len(payload))
	}
	u := binary.BigEndian.AppendUint16(nil, src.Port())
	u = binary.BigEndian.AppendUint16(u, dst.Port())
	u = binary.BigEndian.AppendUint16(u, uint16(8+len(payload)))
	u = append(binary.BigEndian.AppendUint16(u, 0), payload...)
	sum := Checksum(append(Pseudo(src.Addr(), dst.Addr(), ProtoUDP, len(u)), u...))
	if sum == 0 {
		sum = 0xffff
	}
	binary.BigEndian.PutUint16(u[6:], sum)
	return WrapIP(src.Addr(), dst.Addr(), ProtoUDP, u), nil
}

// WrapIP puts a plain IP header before a payload: no options, hop limit 64.
func WrapIP(src, dst netip.Addr, protocol uint8, payload []byte) []byte {
	if src.Is4() {
		b := binary.BigEndian.AppendUint16([]byte{0x45, 0}, uint16(20+len(payload)))
		b = append(b, 0, 0, 0x40, 0, 64, protocol, 0, 0)
		b = append(append(b, src.AsSlice()...), dst.AsSlice()...)
		binary.BigEndian.PutUint16(b[10:], Checksum(b))
		return append(b, payload...)
	}
	b := binary.BigEndian.AppendUint16([]byte{0x60, 0, 0, 0}, uint16(len(payload)))
	b = append(b, protocol, 64)
	b = append(append(b, src.AsSlice()...), dst.AsSlice()...)
	return append(b, payload...)
}

// Pseudo is the header over which upper-layer checksums go too: length octets of a protocol. RFC 768, RFC 8200 section 8.1.
func Pseudo(src, dst netip.Addr, protocol uint8, length int) []byte {
	b := append(append([]byte{}, src.AsSlice()...), dst.AsSlice()...)
	return append(binary.BigEndian.AppendUint32(b, uint32(length)), 0, 0, 0, protocol)
}

// Checksum is the ones' complement of the ones' complement sum of 16-bit words.
func Checksum(b []byte) uint16 {
	var sum uint32
	for ; len(b) > 1; b = b[2:] {
		sum += uint32(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

package ipsec

import (
	"encoding/binary"
	"net/netip"
)

// Bits of the flags and fragment offset field of IPv4.
const (
	dontFragment  = 0x4000
	moreFragments = 0x2000
)

// A Header is an IP header without options: the outer header that tunnel mode makes, or that of a
// packet which we send ourselves. The version is that of the addresses.
type Header struct {
	Src, Dst     netip.Addr
	TOS          uint8 // traffic class in IPv6
	TTL          uint8 // hop limit in IPv6
	Proto        uint8
	Payload      int    // octets behind the header
	ID           uint16 // IPv4 only
	DontFragment bool   // IPv4 only
}

// Size is the length of the header: 20 or 40 octets.
func (h *Header) Size() int { return HeaderSize(h.Dst) }

// HeaderSize is the length of a header without options to that address: 20 or 40 octets.
func HeaderSize(a netip.Addr) int {
	if a.Is4() {
		return 20
	}
	return 40
}

// Put writes the header to the first Size octets of b.
func (h *Header) Put(b []byte) {
	if !h.Dst.Is4() {
		h.put6(b)
		return
	}
	b[0], b[1] = 0x45, h.TOS
	binary.BigEndian.PutUint16(b[2:], uint16(20+h.Payload))
	binary.BigEndian.PutUint16(b[4:], h.ID)
	flags := uint16(0)
	if h.DontFragment {
		flags = dontFragment
	}
	binary.BigEndian.PutUint16(b[6:], flags)
	b[8], b[9] = h.TTL, h.Proto
	src, dst := h.Src.As4(), h.Dst.As4()
	copy(b[12:16], src[:])
	copy(b[16:20], dst[:])
	putHeaderChecksum(b[:20])
}

func (h *Header) put6(b []byte) {
	binary.BigEndian.PutUint32(b, 6<<28|uint32(h.TOS)<<20)
	binary.BigEndian.PutUint16(b[4:], uint16(h.Payload))
	b[6], b[7] = h.Proto, h.TTL
	src, dst := h.Src.As16(), h.Dst.As16()
	copy(b[8:24], src[:])
	copy(b[24:40], dst[:])
}

// SetLength writes the length of an IP packet into its header and mends the checksum. head is the
// length of the IPv4 header with options; b begins with the header and is n octets long in all.
func SetLength(b []byte, head, n int) {
	if b[0]>>4 == 6 {
		binary.BigEndian.PutUint16(b[4:], uint16(n-40))
		return
	}
	binary.BigEndian.PutUint16(b[2:], uint16(n))
	putHeaderChecksum(b[:head])
}

// putHeaderChecksum writes the checksum of an IPv4 header, options included.
func putHeaderChecksum(head []byte) {
	head[10], head[11] = 0, 0
	binary.BigEndian.PutUint16(head[10:], Checksum(head, 0))
}

// Checksum is the Internet checksum (RFC 1071) of b, after a sum that was begun elsewhere: that of a
// pseudo header, or 0.
func Checksum(b []byte, sum uint64) uint16 {
	for len(b) >= 8 {
		v := binary.BigEndian.Uint64(b)
		sum += v>>32 + v&0xffffffff
		b = b[8:]
	}
	for ; len(b) >= 2; b = b[2:] {
		sum += uint64(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		sum += uint64(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// PseudoSum is the sum over the pseudo header of IPv6 (RFC 8200 section 8.1), for Checksum.
func PseudoSum(src, dst netip.Addr, proto uint8, n int) uint64 {
	sum := uint64(proto) + uint64(n)
	for _, a := range [2]netip.Addr{src, dst} {
		b := a.As16()
		for i := 0; i < 16; i += 2 {
			sum += uint64(binary.BigEndian.Uint16(b[i:]))
		}
	}
	return sum
}

package dataplane

import (
	"encoding/binary"
	"net/netip"
	"time"

	"ikewit/impl/sadb"
	"ikewit/impl/wire/ipsec"
)

// ESP in UDP, so that it passes NATs: a UDP header stands before that of ESP, between the ports of IKE.
//
//	| IP | UDP | SPI, seq | IV | text | padding | pad length, next header | ICV |
//
// RFC 3948 section 2.1.
const (
	udpHeader = 8  // octets: RFC 768
	protoUDP  = 17 // in IP headers
	protoTCP  = 6
)

// inUDP reports whether the packets of an SA travel in UDP.
func (s *sa) inUDP() bool { return s.Encap != sadb.Encap{} }

// carrier is the IP protocol of the SA's packets.
func (s *sa) carrier() uint8 {
	if s.inUDP() {
		return protoUDP
	}
	return uint8(s.Proto)
}

// putUDP writes the header at the front of b, which ends with the packet. RFC 3948 section 2.1: in IPv4 without a
// checksum; in IPv6 there must be one (RFC 8200 section 8.1).
func (s *outSA) putUDP(b []byte) {
	binary.BigEndian.PutUint16(b, s.Encap.SrcPort)
	binary.BigEndian.PutUint16(b[2:], s.Encap.DstPort)
	binary.BigEndian.PutUint16(b[4:], uint16(len(b)))
	b[6], b[7] = 0, 0
	if s.Dst.Is6() {
		putChecksum(b, 6, s.Src, s.Dst, protoUDP)
	}
}

// putChecksum writes the checksum of an upper-layer header at an offset in b.
func putChecksum(b []byte, at int, src, dst netip.Addr, proto uint8) {
	b[at], b[at+1] = 0, 0
	sum := ipsec.Checksum(b, ipsec.PseudoSum(src, dst, proto, len(b)))
	if sum == 0 && proto == protoUDP {
		sum = 0xffff
	}
	binary.BigEndian.PutUint16(b[at:], sum)
}

// A Moved says that genuine packets of an SA have come from another end than is known: a NAT before the peer has changed its mind.
type Moved struct {
	ID     sadb.ID
	Remote netip.AddrPort
}

// ProcessUDP opens the packet in b, ESP in UDP, a whole datagram with its IP header. What is too short to be that is dropped.
// Whether the UDP header has a checksum, and which, does not matter: that of ESP counts.
func (in *Inbound) ProcessUDP(now time.Time, b Buffer, r *Results) {
	p := &in.packet
	if p.Parse(b.Packet()) != nil || p.Proto != protoUDP || p.IsFragment() || len(p.Payload()) < udpHeader {
		in.counters.Dropped[Malformed]++
		return
	}
	b.To = b.From + len(p.Octets)
	udp, octets := p.Payload(), b.Octets
	in.from = netip.AddrPortFrom(p.Src, binary.BigEndian.Uint16(udp))
	octets[b.From+p.UpperAt] = ipsec.ProtoESP
	copy(octets[b.From+udpHeader:], octets[b.From:b.From+p.Upper])
	b.From += udpHeader
	ipsec.SetLength(b.Packet(), p.Upper, b.To-b.From)
	in.Process(now, b, r)
	in.from = netip.AddrPort{}
}

// moved notes where a genuine packet of an SA came from, if that is news.
func (s *inSA) moved(from netip.AddrPort, r *Results) {
	if !from.IsValid() || from == netip.AddrPortFrom(s.Src, s.Encap.SrcPort) || from == s.seenAt {
		s.seenAt = from
		return
	}
	s.seenAt = from
	r.Moved = append(r.Moved, Moved{s.id, from})
}

// mend makes the checksum right of what came through a NAT in transport mode: the addresses that it covers are not those that
// the packet has now. That nobody has changed it otherwise, ESP has made sure of. RFC 3948 section 3.1.2.
func mend(p *ipsec.Packet) {
	b := p.Payload()
	switch {
	case p.IsFragment():
	case p.Proto == protoTCP && len(b) >= 20:
		putChecksum(b, 16, p.Src, p.Dst, protoTCP)
	case p.Proto == protoUDP && len(b) >= udpHeader && b[6]|b[7] != 0:
		putChecksum(b, 6, p.Src, p.Dst, protoUDP)
	case p.Proto == ipsec.ProtoICMPv6 && p.V6 && len(b) >= 4:
		putChecksum(b, 2, p.Src, p.Dst, ipsec.ProtoICMPv6)
	}
}

package dataplane

import (
	"time"

	"ikewit/impl/alg"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/ipsec"
)

// outerTTL is the time to live of the header that tunnel mode makes (RFC 2401 section 5.1.2.1 leaves it
// to us).
const outerTTL = 64

// An outSA protects packets.
type outSA struct {
	sa
	ivSalt     uint64 // XORed to the number of a packet where the IV only must not repeat
	prev, next *outSA // of the SAs to the same destination, the newest first
}

// sizes says how long a packet of n octets becomes: how many octets come in front of it, how many of
// padding, and how long it is in the end. headers is the length of the IP headers that stay in
// front in transport mode.
func (s *outSA) sizes(n, headers int) (front, pad, whole int) {
	if s.Mode == sadb.Tunnel {
		headers, front = 0, ipsec.HeaderSize(s.Dst)
	}
	if s.Proto == sadb.AH {
		front += ipsec.AHSize(s.icv, s.Dst.Is6())
		return front, 0, front + n
	}
	front += s.head + s.iv
	if s.inUDP() {
		front += udpHeader
	}
	text := n - headers
	if s.Mode == sadb.Tunnel && text < int(s.TFC) {
		pad = int(s.TFC) - text
	}
	fill := (s.unit - (text+pad+2)%s.unit) % s.unit
	return front, pad + fill, front + n + pad + fill + 2 + s.icv
}

// seal protects the packet p, which is the one in b. False: the SA can carry no more.
func (s *outSA) seal(now time.Time, b *Buffer, p *ipsec.Packet, o *Outbound, r *Results) bool {
	front, pad, whole := s.sizes(len(p.Octets), p.Split)
	run := whole // octets that the algorithm runs over
	if s.Proto == sadb.ESP {
		run = len(p.Octets) + pad + 2
		if s.Mode == sadb.Transport {
			run -= p.Split
		}
	}
	seq := s.Current.Seq + 1
	if !s.may(now, run) || seq>>32 != 0 && !s.ESN && !s.NoOverflow {
		s.spend(r)
		return false
	}
	s.Current.Seq = seq
	if seq == sadb.LowNumbers && !s.ESN && !s.NoOverflow {
		s.tell(r)
	}
	b.reserve(front, pad+2+s.icv)
	if s.Proto == sadb.AH {
		s.sealAH(b, p, front, seq, o)
	} else {
		s.sealESP(b, p, front, pad, seq, o)
	}
	s.count(now, run, r)
	return true
}

// sealESP: front octets go in before the text, which is the whole packet in tunnel mode and what is
// behind the IP headers in transport mode.
//
//	| IP headers | SPI, seq | IV | text | padding | pad length, next header | ICV |
//	             |<- head ->|<iv>|<------------- body, of an AEAD with ICV ------>|
func (s *outSA) sealESP(b *Buffer, p *ipsec.Packet, front, pad int, seq uint64, o *Outbound) {
	text := b.From
	next := s.open(b, p, front, o)
	if s.Mode == sadb.Transport {
		text += p.Split
	}
	octets := b.Octets
	putTrailer(octets[b.To:b.To+pad+2], next)
	b.To += pad + 2

	iv := octets[text-s.iv : text]
	head := octets[text-s.iv-s.head : text-s.iv]
	putUint32(head, s.SPI)
	if s.head == ipsec.ESPHeaderSize {
		putUint32(head[4:], uint32(seq))
	}
	if !s.DerivedIV {
		s.cipher.FillIV(iv, seq^s.ivSalt, o.rnd)
	}
	body := octets[text : b.To+s.Cipher.ICV]
	// The error of Seal is about lengths, and they are right here.
	_ = s.cipher.Seal(s.authenticated(head, seq), s.cipherIV(iv, uint32(seq)), body)
	b.To += s.Cipher.ICV
	if s.mac != nil {
		icv := s.mac.Sum(s.icvBuf[:0], octets[text-s.iv-s.head:b.To], s.notSent(seq))
		b.To += copy(octets[b.To:b.To+len(icv)], icv)
	}
	s.close(b)
	if s.inUDP() {
		s.putUDP(octets[text-s.iv-s.head-udpHeader : b.To])
	}
}

// putTrailer writes padding, pad length and next header. What is more than padding can be is zeros behind
// the packet in the tunnel (RFC 4303 section 2.7).
func putTrailer(b []byte, next uint8) {
	pad := min(len(b)-2, 255)
	fill := len(b) - 2 - pad
	clear(b[:fill])
	b = b[fill:]
	ipsec.PutPadding(b[:pad])
	b[pad], b[pad+1] = byte(pad), next
}

// sealAH puts an Authentication Header between the IP headers and the rest.
func (s *outSA) sealAH(b *Buffer, p *ipsec.Packet, front int, seq uint64, o *Outbound) {
	next := s.open(b, p, front, o)
	s.close(b) // the ICV covers the length
	octets := b.Packet()
	at := p.Split
	if s.Mode == sadb.Tunnel {
		at = ipsec.HeaderSize(s.Dst)
	}
	size := ipsec.AHSize(s.icv, s.Dst.Is6())
	ah := octets[at : at+size]
	clear(ah)
	ipsec.AHHeader{Next: next, PayloadLen: uint8(size/4 - 2), SPI: s.SPI, Seq: uint32(seq)}.Put(ah)
	// The error is about options that Parse has not looked into; a receiver will refuse them too.
	s.scratch, _ = ipsec.AppendImmutable(s.scratch[:0], octets[:at])
	icv := s.mac.Sum(s.icvBuf[:0], s.scratch, octets[at:], s.notSent(seq))
	copy(ah[ipsec.AHHeaderSize:], icv)
}

// open makes room for front octets: the IP headers of transport mode move forward, tunnel mode gets a
// new one. It returns what the next header field inside must say.
func (s *outSA) open(b *Buffer, p *ipsec.Packet, front int, o *Outbound) (next uint8) {
	from := b.From
	b.From -= front
	if s.Mode == sadb.Tunnel {
		s.putOuter(b, p, o)
		if p.V6 {
			return ipsec.ProtoIPv6
		}
		return ipsec.ProtoIPv4
	}
	next = b.Octets[from+p.SplitAt]
	copy(b.Octets[b.From:], b.Octets[from:from+p.Split])
	b.Octets[b.From+p.SplitAt] = s.carrier()
	return next
}

// putOuter writes the header of tunnel mode: RFC 2401 section 5.1.2, RFC 6040 section 4.1 for ECN. The
// time to live of the packet inside was counted down by whoever forwarded it to us.
func (s *outSA) putOuter(b *Buffer, p *ipsec.Packet, o *Outbound) {
	o.ident++
	h := ipsec.Header{
		Src: s.Src, Dst: s.Dst,
		TOS: p.TOS(), TTL: outerTTL, Proto: s.carrier(),
		ID: o.ident, DontFragment: s.outerDF(p),
	}
	h.Put(b.Octets[b.From:])
}

// outerDF says if the outer packet must not be fragmented: RFC 2401 section 6.1.1. In IPv6 there
// is no such bit, but we follow the rule as the sender of the outer packet.
func (s *outSA) outerDF(p *ipsec.Packet) bool {
	switch {
	case s.Mode == sadb.Transport || s.DF == sadb.DFCopy:
		return p.DontFragment()
	default:
		return s.DF == sadb.DFSet
	}
}

// close writes the length of the packet into its header.
func (s *outSA) close(b *Buffer) {
	octets := b.Packet()
	head := 20
	if octets[0]>>4 == 4 {
		head = int(octets[0]&15) * 4
	}
	ipsec.SetLength(octets, head, len(octets))
}

// newOutSA takes over an SA.
func newOutSA(from *sadb.SA, rnd alg.Random) *outSA {
	s := &outSA{sa: sa{SA: *from, id: from.ID()}}
	s.setLife()
	var salt [8]byte
	rnd.Fill(salt[:])
	for _, b := range salt {
		s.ivSalt = s.ivSalt<<8 | uint64(b)
	}
	return s
}

package dataplane

import (
	"net/netip"
	"time"

	"ikewit/impl/sadb"
	"ikewit/impl/wire/ipsec"
)

// An inSA unprotects packets.
type inSA struct {
	sa
	window window
	seenAt netip.AddrPort // where its last packet in UDP came from
	next   *inSA          // of the SAs with the same SPI and protocol
}

// Two Reasons for what is not dropped.
const (
	none = reasons + iota // all went well
	held                  // a fragment waits for the others
)

// noNumber stands for an extended sequence number that would lie before the first.
const noNumber = ^uint64(0)

// unprotect opens the packet p, which is the one in b, and takes IPsec off it: b and p are then what was
// inside in tunnel mode, the packet without ESP or AH in transport mode. Any Reason but none drops it.
//
// The order is that of RFC 2406 section 3.4: number, ICV, and only then does the window move.
func (s *inSA) unprotect(now time.Time, b *Buffer, p *ipsec.Packet, r *Results) Reason {
	if !s.ready {
		s.window = newWindow(s.ReplayWindow, s.Current.Seq)
	}
	if !s.prepare() {
		return UnknownSPI
	}
	payload := p.Payload()
	seq, ok := s.number(payload)
	switch {
	case !ok:
		return ShortPacket
	case s.over || !s.end.IsZero() && !now.Before(s.end):
		s.spend(r)
		return Spent
	case s.Numbered() && (seq == noNumber || !s.window.fresh(seq)):
		s.Current.ReplayDrops++
		return Replayed
	}
	var c content
	var why Reason
	if s.Proto == sadb.AH {
		c, why = s.openAH(p, payload, seq)
	} else {
		c, why = s.openESP(payload, seq)
	}
	switch {
	case why == BadICV:
		s.Current.IntegrityFail++
		return BadICV
	case why != none:
		return why
	case !s.may(now, c.run):
		s.spend(r)
		return Spent
	}
	if s.Numbered() {
		s.window.take(seq)
	}
	s.Current.Seq = max(s.Current.Seq, seq)
	s.count(now, c.run, r)
	if s.Proto == sadb.ESP && !c.trim(payload, s.Cipher.OldESP) {
		return BadPadding
	}
	return s.uncover(b, p, &c)
}

// content says what was found inside a packet that is genuine.
type content struct {
	run         int // octets that the algorithm ran over
	front, back int // octets of IPsec before the content, and behind it
	next        uint8
}

// number reads the sequence number and, if it is extended, guesses the rest of it.
func (s *inSA) number(payload []byte) (uint64, bool) {
	at, least := 4, s.head
	if s.Proto == sadb.AH {
		at, least = 8, ipsec.AHHeaderSize
	}
	switch {
	case len(payload) < least:
		return 0, false
	case least < at+4:
		return 0, true // RFC 1827: there is none
	}
	low := getUint32(payload[at:])
	if !s.ESN {
		return uint64(low), true
	}
	if seq, ok := s.window.extend(low); ok {
		return seq, true
	}
	return noNumber, true
}

// openESP checks and decrypts an ESP packet in place.
func (s *inSA) openESP(payload []byte, seq uint64) (content, Reason) {
	c := content{front: s.head + s.iv, back: s.icv}
	c.run = len(payload) - c.front - c.back
	if c.run < 2 || c.run%s.Cipher.Block != 0 {
		return c, ShortPacket
	}
	end := len(payload)
	if s.mac != nil {
		end -= s.mac.Size()
		if !s.mac.Verify(payload[end:], payload[:end], s.notSent(seq)) {
			return c, BadICV
		}
	}
	head, iv := payload[:s.head], payload[s.head:c.front]
	if s.cipher.Open(s.authenticated(head, seq), s.cipherIV(iv, uint32(seq)), payload[c.front:end]) != nil {
		return c, BadICV
	}
	return c, none
}

// trim takes the trailer off, and reports whether it is as it should be. RFC 1829 section 2 leaves what
// the padding is to the sender.
func (c *content) trim(payload []byte, old bool) bool {
	text := payload[c.front : c.front+c.run]
	pad := int(text[c.run-2])
	c.next = text[c.run-1]
	c.back += pad + 2
	return pad+2 <= c.run && (old || ipsec.IsPadding(text[c.run-2-pad:c.run-2]))
}

// openAH checks an Authentication Header.
func (s *inSA) openAH(p *ipsec.Packet, payload []byte, seq uint64) (content, Reason) {
	h, _ := ipsec.ParseAH(payload)
	c := content{run: len(p.Octets), front: ipsec.AHSize(s.icv, p.V6), next: h.Next}
	if h.Size() != c.front || len(payload) < c.front {
		return c, ShortPacket
	}
	var err error
	if s.scratch, err = ipsec.AppendImmutable(s.scratch[:0], p.Octets[:p.Upper]); err != nil {
		return c, Malformed
	}
	// The ICV was made over zeros in its own place.
	field := payload[ipsec.AHHeaderSize:][:s.icv]
	icv := append(s.icvBuf[:0], field...)
	clear(field)
	genuine := s.mac.Verify(icv, s.scratch, payload, s.notSent(seq))
	copy(field, icv)
	if !genuine {
		return c, BadICV
	}
	return c, none
}

// uncover leaves in b and p what was protected.
func (s *inSA) uncover(b *Buffer, p *ipsec.Packet, c *content) Reason {
	if c.next == ipsec.ProtoNone {
		return Dummy
	}
	b.To -= c.back
	if s.Mode == sadb.Transport {
		octets := b.Octets
		octets[b.From+p.UpperAt] = c.next
		copy(octets[b.From+c.front:], octets[b.From:b.From+p.Upper])
		b.From += c.front
		ipsec.SetLength(b.Packet(), p.Upper, b.To-b.From)
		if p.Parse(b.Packet()) != nil {
			return BadInner
		}
		if s.inUDP() {
			mend(p)
		}
		return none
	}
	outside := p.TOS()
	b.From += p.Upper + c.front
	if b.To <= b.From || p.Parse(b.Packet()) != nil {
		return BadInner
	}
	if c.next == ipsec.ProtoIPv6 != p.V6 || c.next != ipsec.ProtoIPv6 && c.next != ipsec.ProtoIPv4 {
		return BadInner
	}
	b.To = b.From + len(p.Octets) // what follows is there to hide the length (RFC 4303 section 2.7)
	return mergeECN(p, outside)
}

// mergeECN takes over into the packet that came out of a tunnel what routers have marked outside: RFC
// 6040 section 4.2. A mark on a packet that cannot carry one drops it, as the loss that it stands for.
func mergeECN(p *ipsec.Packet, outside uint8) Reason {
	const notECT, ect1, ect0, ce = 0, 1, 2, 3
	tos := p.TOS()
	switch inside, outside := tos&3, outside&3; {
	case outside == ce && inside == notECT:
		return Congested
	case outside == ce && inside != ce, outside == ect1 && inside == ect0:
		p.SetTOS(tos&^3 | outside)
	}
	return none
}

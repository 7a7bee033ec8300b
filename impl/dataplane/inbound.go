package dataplane

import (
	"net/netip"
	"time"

	"ikewit/impl/sadb"
	"ikewit/impl/wire/ipsec"
)

// maxLayers is how many times IPsec is taken off one packet.
const maxLayers = 8

// An Inbound unprotects packets that arrive. NewInbound makes it.
type Inbound struct {
	policies sadb.Index        // of the directions in and forward
	sas      map[uint64]*inSA  // by SPI and protocol
	byID     map[sadb.ID]*inSA // the same
	parts    reassembler
	memory   memory[layers]
	limit    int    // of packets for the inside, octets; 0: none
	ident    uint32 // of IPv6 fragments that we make
	counters Counters
	packet   ipsec.Packet
	from     netip.AddrPort // of the packet at hand, if it came in UDP; else not valid
}

// NewInbound makes an Inbound that knows no SA and no policy.
func NewInbound() *Inbound {
	return &Inbound{sas: map[uint64]*inSA{}, byID: map[sadb.ID]*inSA{}}
}

// Process opens the ESP or AH packet in b, a whole datagram with its IP header. A packet without
// either comes through if no policy wants it protected.
func (in *Inbound) Process(now time.Time, b Buffer, r *Results) {
	switch why := in.process(now, &b, r); why {
	case none:
		in.counters.Packets++
		in.counters.Octets += uint64(b.To - b.From)
		in.emit(b, r)
	case held:
	default:
		in.counters.Dropped[why]++
	}
}

// SetLimit says how long a packet for the inside may be. Longer ones, which were put together before they were
// sealed, or whose sender has a wider way inside, are taken apart again.
func (in *Inbound) SetLimit(octets int) { in.limit = octets }

func (in *Inbound) emit(b Buffer, r *Results) {
	if in.limit == 0 || b.To-b.From <= in.limit || in.packet.IsFragment() {
		r.Inner = append(r.Inner, b)
		return
	}
	in.ident++
	r.Inner = cut(r.Inner, &in.packet, in.limit, in.ident)
}

// layers are the SAs that a packet came through, the outermost first.
type layers struct {
	sas [maxLayers]*inSA
	n   int
	// inside is where the present packet begins: those before it were around another packet, and are
	// done with.
	inside int
}

func (l *layers) last() *inSA { return l.sas[l.n-1] }

func (in *Inbound) process(now time.Time, b *Buffer, r *Results) Reason {
	p := &in.packet
	if p.Parse(b.Packet()) != nil {
		return Malformed
	}
	b.To = b.From + len(p.Octets)
	if p.IsFragment() {
		return Fragment // RFC 2406 section 3.4.1, RFC 2402 section 3.4.1
	}
	var l layers
	for {
		s, why := in.find(p)
		switch {
		case s == nil && l.n == 0 && !isIPsec(p):
			return in.admit(p)
		case s == nil && (l.n == 0 || isIPsec(p) && l.last().Mode == sadb.Transport):
			return why
		case s == nil:
			return in.deliver(now, b, &l)
		case l.n == maxLayers:
			return TooDeep
		}
		if l.n > 0 && l.last().Mode == sadb.Tunnel {
			// What came out of the tunnel is for us again; it must be what the tunnel is for.
			if why := in.belongs(p, &l); why != none {
				return why
			}
			l.inside = l.n
		}
		if why := s.unprotect(now, b, p, r); why != none {
			return why
		}
		s.moved(in.from, r)
		in.from = netip.AddrPort{} // what is inside is in no UDP
		l.sas[l.n] = s
		l.n++
	}
}

func isIPsec(p *ipsec.Packet) bool { return p.Proto == ipsec.ProtoESP || p.Proto == ipsec.ProtoAH }

// find gives the SA of an ESP or AH packet; nil if there is none, or the packet is no such one.
func (in *Inbound) find(p *ipsec.Packet) (*inSA, Reason) {
	if !isIPsec(p) || p.IsFragment() {
		return nil, none
	}
	payload := p.Payload()
	if p.Proto == ipsec.ProtoAH {
		payload = payload[min(4, len(payload)):]
	}
	if len(payload) < 4 {
		return nil, ShortPacket
	}
	for s := in.sas[slot(getUint32(payload), p.Proto)]; s != nil; s = s.next {
		if s.Dst == p.Dst && s.inUDP() == in.from.IsValid() {
			return s, none
		}
	}
	return nil, UnknownSPI
}

// slot is where the SAs of an SPI and protocol hang.
func slot(spi uint32, proto uint8) uint64 { return uint64(spi)<<8 | uint64(proto) }

// deliver checks that what was opened is what its SAs are for, and what policy asks for: RFC 2401 section
// 5.2.1.
func (in *Inbound) deliver(now time.Time, b *Buffer, l *layers) Reason {
	p := &in.packet
	if p.IsFragment() {
		return in.deliverFragment(now, b, l)
	}
	k := keyOf(p)
	if before, ok := in.memory.find(&k); ok && before == *l {
		return none
	}
	f := flowOf(p)
	switch why := in.belongs(p, l); {
	case why == none:
		if why = in.satisfied(&f, l); why == none {
			in.memory.keep(&k, *l)
		}
		return why
	case in.answers(p, l):
		return none // and the next such message is looked at again
	default:
		return why
	}
}

// belongs checks a packet against the selectors of the SAs around it. In a bundle of transport mode, an
// SA may be for the packet or for the IPsec packet that was in it.
func (in *Inbound) belongs(p *ipsec.Packet, l *layers) Reason {
	f := flowOf(p)
	for _, s := range l.sas[l.inside:l.n] {
		if s.Selector.Selects(&f) {
			continue
		}
		if s != l.last() && s.Mode == sadb.Transport && s.carries(l.last()) {
			continue
		}
		return BadSelector
	}
	return none
}

// carries reports whether the selector of an SA in transport mode is for the packets of another.
func (s *inSA) carries(other *inSA) bool {
	f := sadb.Flow{Src: other.Src, Dst: other.Dst, Proto: uint8(other.Proto)}
	return s.Selector.Selects(&f)
}

// answers reports whether a packet is an ICMP error about a packet that the SA's peer could have had
// from us: its sender may be any router on the way (RFC 2401 section 5.2.1, RFC 4301 section 6.2).
func (in *Inbound) answers(p *ipsec.Packet, l *layers) bool {
	var about ipsec.Packet
	e, ok := p.ICMPError()
	if !ok || l.last().Mode != sadb.Tunnel || about.ParseQuote(e.Quote) != nil {
		return false
	}
	f := flowOf(&about)
	f.Src, f.Dst, f.SrcPort, f.DstPort = f.Dst, f.Src, f.DstPort, f.SrcPort
	return l.last().Selector.Selects(&f) && in.satisfied(&f, l) == none
}

// satisfied checks a packet against the inbound policy. Without one, the selectors of its SAs are what
// was agreed.
func (in *Inbound) satisfied(f *sadb.Flow, l *layers) Reason {
	policy := in.policies.Match(f)
	switch {
	case policy == nil, policy.Do == sadb.Bypass:
		return none
	case policy.Do == sadb.Discard:
		return Discarded
	}
	at := l.n
	for _, t := range policy.Templates { // innermost first
		if at > 0 && l.sas[at-1].fits(&t) {
			at--
		} else if !t.Optional {
			return Unprotected
		}
	}
	return none
}

// fits reports whether the SA is one that a template asks for.
func (s *inSA) fits(t *sadb.Template) bool {
	return s.Proto == t.Proto && s.Mode == t.Mode && (t.ReqID == 0 || t.ReqID == s.ReqID) &&
		(t.Mode == sadb.Transport || t.Src == s.Src && t.Dst == s.Dst)
}

// admit checks a packet that came in clear: IPS-SEL-02.
func (in *Inbound) admit(p *ipsec.Packet) Reason {
	f := flowOf(p)
	why := in.satisfied(&f, &layers{})
	if why == none {
		in.counters.Bypassed++
	}
	return why
}

// deliverFragment lets a fragment through that came out of a tunnel, if nothing depends on its ports;
// otherwise the datagram is put together first (RFC 4301 section 7).
func (in *Inbound) deliverFragment(now time.Time, b *Buffer, l *layers) Reason {
	p := &in.packet
	f := flowOf(p)
	policy := in.policies.Match(&f)
	if !l.last().Selector.HasPorts() && (policy == nil || !policy.Selector.HasPorts()) {
		if why := in.belongs(p, l); why != none {
			return why
		}
		return in.satisfied(&f, l)
	}
	lost := in.parts.lost
	whole, ok := in.parts.add(now, p, l.last().SPI)
	in.counters.Dropped[Unreassembled] += in.parts.lost - lost
	if !ok {
		return held
	}
	if *b = whole; p.Parse(b.Packet()) != nil {
		return BadInner
	}
	return in.deliver(now, b, l)
}

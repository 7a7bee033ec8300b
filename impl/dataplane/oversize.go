package dataplane

import (
	"time"

	"ikewit/impl/sadb"
	"ikewit/impl/wire/ipsec"
)

// The least that a path may be said to carry. An ICMP message with less is not believed (RFC 8200 section
// 5; for IPv4, RFC 791 says that every host takes 576 octets).
const (
	minMTU4 = 576
	minMTU6 = 1280
)

// fits decides about a packet that is longer than its way allows when it is sealed. True: seal it, and
// then cut it. Otherwise all is done here: it was cut first, or its sender was told.
//
// RFC 2401 section 6.1, RFC 4301 section 8.2.
func (o *Outbound) fits(now time.Time, p *ipsec.Packet, todo *bundle, whole int, cuttable bool, r *Results) bool {
	first := todo.sas[0]
	if whole <= maxPacket && (cuttable || !first.outerDF(p)) {
		return true
	}
	room := todo.room(len(p.Octets), p.Split)
	switch {
	case whole <= maxPacket && p.V6 && room < minMTU6:
		return true // nobody may be told less than that: RFC 2473 section 7.1
	case !p.DontFragment() && first.Mode == sadb.Tunnel && room >= p.Upper+8:
		o.carryParts(now, cut(nil, p, room, 0), todo, r)
		return false
	}
	o.drop(TooBig)
	if room > p.Upper && p.MayAnswer() {
		r.Inner = append(r.Inner, tooBig(p, room))
	}
	return false
}

// carryParts seals what was cut before.
func (o *Outbound) carryParts(now time.Time, parts []Buffer, todo *bundle, r *Results) {
	for _, part := range parts {
		if o.packet.Parse(part.Packet()) != nil || !o.carry(now, part, &o.packet, todo, true, r) {
			o.drop(Spent)
		}
	}
}

// tooBig makes the ICMP message that tells the sender of a packet how long it may be. It comes from the
// packet's destination: we may have no address that the sender knows.
func tooBig(p *ipsec.Packet, room int) Buffer {
	if p.V6 {
		room = max(room, minMTU6)
	}
	b := Buffer{Octets: make([]byte, Headroom, Headroom+minMTU6+Tailroom), From: Headroom}
	b.Octets = ipsec.AppendTooBig(b.Octets, p, p.Dst, room)
	b.To = len(b.Octets)
	return b
}

// whole is how long a packet of n octets is when the bundle is done with it. headers is the length of
// its IP headers that stay in front in transport mode.
func (todo *bundle) whole(n, headers int) int {
	for _, s := range todo.sas {
		_, _, n = s.sizes(n, headers)
		if s.Mode == sadb.Tunnel {
			headers = ipsec.HeaderSize(s.Dst)
		}
	}
	return n
}

// room is how long a packet may be so that it fits its way in the end; 0 if nothing fits.
func (todo *bundle) room(n, headers int) int {
	n = min(n, todo.mtu)
	for n > headers && todo.whole(n, headers) > todo.mtu {
		n--
	}
	return n
}

// TooBig reads an ICMP message that came from the network. If it says that a packet of one of our SAs
// was too big for a link, the way is Narrowed. It reports whether that was news.
func (o *Outbound) TooBig(now time.Time, octets []byte) bool {
	var p ipsec.Packet
	if p.Parse(octets) != nil {
		return false
	}
	e, ok := p.ICMPError()
	return ok && e.TooBig() && o.Narrowed(now, e.Quote, e.MTU)
}

// Narrowed says that a packet, of which about is the front, was too big, and that mtu octets are not. If it is
// a packet of one of our SAs, that is believed, within limits and for pathLife: RFC 2401 section 6.1.2,
// RFC 1191. It reports whether it was news.
func (o *Outbound) Narrowed(now time.Time, about []byte, mtu int) bool {
	var p ipsec.Packet
	if p.ParseQuote(about) != nil {
		return false
	}
	id := sadb.ID{Dst: p.Dst, Proto: sadb.Protocol(p.Proto)}
	switch payload := p.Payload(); {
	case p.Proto == ipsec.ProtoESP && len(payload) >= 4:
		id.SPI = getUint32(payload)
	case p.Proto == ipsec.ProtoAH && len(payload) >= 8:
		id.SPI = getUint32(payload[4:])
	case p.Proto == protoUDP && len(payload) >= udpHeader+4:
		id.Proto, id.SPI = sadb.ESP, getUint32(payload[udpHeader:])
	}
	if s := o.sas[id]; s == nil || s.Src != p.Src || !o.paths.narrow(now, p.Dst, mtu) {
		return false
	}
	o.memory.forget()
	return true
}

// SetMTU says how large a packet for the network may be.
func (o *Outbound) SetMTU(mtu int) {
	o.paths.link = mtu
	o.memory.forget()
}

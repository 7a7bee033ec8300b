package ike1

import (
	"bytes"
	"encoding/binary"

	"ikewit/impl/ike"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/ikehdr"
	"ikewit/impl/wire/isakmp"
)

// takeDelete takes one protected Delete in: each SA that it names and that is one with this peer goes.
// Nothing is answered. RFC 2408 section 5.15.
func (m *Machine) takeDelete(s *association, msg *message, d *isakmp.Delete) {
	if err := m.checkDelete(d); err != nil {
		m.refused(s, msg, err)
		return
	}
	for _, spi := range d.SPIs {
		found := false
		if d.Protocol == isakmp.ProtoISAKMP {
			found = m.deleteISAKMP(s, spi)
		} else {
			found = m.deletePair(s, d.Protocol, binary.BigEndian.Uint32(spi))
		}
		if m.core.Broken(CheckDeleteOwner, !found) {
			m.refused(s, msg, refuse(CheckDeleteOwner, silently, isakmp.TypeDelete, "this peer has no SA with SPI %x", spi))
		}
	}
}

// checkDelete looks at the form of a Delete.
func (m *Machine) checkDelete(d *isakmp.Delete) error {
	if m.core.Broken(CheckDeleteDOI, d.DOI != isakmp.DOIIPsec && d.DOI != isakmp.DOIISAKMP) {
		return refuse(CheckDeleteDOI, silently, isakmp.TypeDelete, "delete of %v", d.DOI)
	}
	size := 0
	switch d.Protocol {
	case isakmp.ProtoISAKMP:
		size = 16
	case isakmp.ProtoESP, isakmp.ProtoAH:
		size = 4
	}
	if m.core.Broken(CheckDeleteProtocol, size == 0) || size == 0 {
		return refuse(CheckDeleteProtocol, silently, isakmp.TypeDelete, "delete for %v", d.Protocol)
	}
	if m.core.Broken(CheckDeleteSPI, int(d.SPISize) != size) || int(d.SPISize) != size {
		return refuse(CheckDeleteSPI, silently, isakmp.TypeDelete, "delete with SPIs of %d octets, %v has %d", d.SPISize, d.Protocol, size)
	}
	return nil
}

// deleteISAKMP ends the ISAKMP SA with these cookies, if it is one with the same peer. The one that
// carries the message goes when the message is done with.
func (m *Machine) deleteISAKMP(s *association, cookies []byte) bool {
	for o := m.byCookie[ikehdr.Cookie(cookies[:8])]; o != nil; o = o.sibling {
		if !o.up() || o.ends() != s.ends() || o.peerID != s.peerID || !bytes.Equal(o.spi(), cookies) {
			continue
		}
		if o.doomed {
			return true
		}
		m.core.Emit(ike.Gone{Exchange: o.event(0, o.role), SA: "ISAKMP SA", Reason: "deleted by the peer"})
		if o == s {
			s.doomed = true
		} else {
			m.drop(o)
		}
		return true
	}
	return false
}

// deletePair ends the pair, or the negotiation, in which the peer receives under an SPI.
func (m *Machine) deletePair(s *association, p isakmp.Protocol, spi uint32) bool {
	for _, proto := range []sadb.Protocol{sadb.ESP, sadb.AH} {
		if protocolOf(proto) != p {
			continue
		}
		if pair := m.pairs.Outbound(proto, spi, s.remote.Addr()); pair != nil && pair.PeerID == s.peerID && pair.Up() {
			m.goneEvents(pair, "deleted by the peer")
			m.pairs.Lose(pair)
			return true
		}
	}
	for _, q := range s.quicks {
		for i := range q.specs {
			if q.specs[i].theirs == spi && q.specs[i].protocol() == p {
				q.lose("deleted by the peer")
				return true
			}
		}
	}
	return false
}

// endPair removes a pair and tells of it.
func (m *Machine) endPair(p *ike.Pair, why string) {
	m.goneEvents(p, why)
	m.pairs.Remove(p)
}

// goneEvents tells of the end of every SA of a pair.
func (m *Machine) goneEvents(p *ike.Pair, why string) {
	e := pairExchange(p)
	for _, list := range [][]sadb.SA{p.In, p.Out} {
		for i := range list {
			m.core.Emit(ike.Gone{Exchange: e, SA: list[i].ID().String(), Reason: why})
		}
	}
}

// pairExchange names the pair where events have an exchange.
func pairExchange(p *ike.Pair) ike.Exchange {
	return ike.Exchange{Conn: p.Conn.Name, Local: p.Local, Remote: p.Remote, Initiator: p.Initiator}
}

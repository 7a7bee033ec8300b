package ike1

import (
	"bytes"
	"encoding/binary"

	"ikewit/impl/ike"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/isakmp"
)

// takeNotify takes one protected notification in. RFC 2408 section 5.14.
func (m *Machine) takeNotify(s *association, msg *message, n *isakmp.Notify) {
	err := m.checkNotify(s, n)
	if err == nil {
		err = s.alive.check(n)
	}
	if err != nil {
		m.refused(s, msg, err)
		return
	}
	e := ike.Notified{
		Exchange: s.event(msg.header.MessageID, responder), Type: uint16(n.NotifyType), Name: n.NotifyType.String(), Protected: true,
	}
	var ended *quick
	if n.NotifyType.IsError() && n.NotifyType != 0 {
		ended = s.quickAbout(n)
	}
	e.Ends = ended != nil
	m.core.Emit(e)
	switch n.NotifyType {
	case isakmp.InitialContact:
		m.initialContact(s)
	case isakmp.ResponderLifetime:
		m.shorten(s, n)
	case isakmp.RUThere:
		s.alive.answer(n)
	case isakmp.RUThereAck:
		s.alive.answered(n)
	}
	if ended != nil {
		ended.lose("the peer refuses: " + n.NotifyType.String())
	}
}

// checkNotify looks whether a notification can be about anything of ours.
func (m *Machine) checkNotify(s *association, n *isakmp.Notify) error {
	if m.core.Broken(CheckNotifyDOI, n.DOI != isakmp.DOIIPsec && n.DOI != isakmp.DOIISAKMP) {
		return refuse(CheckNotifyDOI, silently, isakmp.TypeNotify, "notification of %v", n.DOI)
	}
	if m.core.Broken(CheckNotifyProtocol, n.Protocol > isakmp.ProtoIPCOMP) {
		return refuse(CheckNotifyProtocol, silently, isakmp.TypeNotify, "notification for %v", n.Protocol)
	}
	known := noSPI(n.SPI)
	switch {
	case known:
	case n.Protocol <= isakmp.ProtoISAKMP:
		known = bytes.Equal(n.SPI, s.spi())
	case len(n.SPI) == 4:
		spi := binary.BigEndian.Uint32(n.SPI)
		known = s.quickWith(spi) != nil || m.pairOf(s, n.Protocol, spi) != nil
	}
	if m.core.Broken(CheckNotifySPI, !known) {
		return refuse(CheckNotifySPI, silently, isakmp.TypeNotify, "notification for SPI %x, which is none of ours", n.SPI)
	}
	return nil
}

// noSPI reports whether a notification names no SA: its SPI has no octets, or is that of an IPsec SA and zero, which is
// the SPI of nothing (RFC 2406 section 2.1) and what charon writes when it refuses before it has looked at the proposals.
func noSPI(spi []byte) bool {
	return len(spi) == 0 || len(spi) == 4 && binary.BigEndian.Uint32(spi) == 0
}

// quickWith finds the negotiation in which one side has chosen an SPI, nil if there is none.
func (s *association) quickWith(spi uint32) *quick {
	for _, q := range s.quicks {
		for _, t := range q.taken {
			if t.spi == spi {
				return q
			}
		}
		for i := range q.specs {
			if q.specs[i].theirs == spi {
				return q
			}
		}
	}
	return nil
}

// quickAbout finds the negotiation that an error is about: by its SPI or, without one, the only one that
// waits for the peer's answer.
func (s *association) quickAbout(n *isakmp.Notify) *quick {
	if len(n.SPI) == 4 && !noSPI(n.SPI) {
		return s.quickWith(binary.BigEndian.Uint32(n.SPI))
	}
	var found *quick
	for _, q := range s.quicks {
		if q.state == sentQI1 {
			if found != nil {
				return nil
			}
			found = q
		}
	}
	return found
}

// pairOf finds the pair with the peer of an SA in which the peer receives, or we do, under an SPI.
func (m *Machine) pairOf(s *association, p isakmp.Protocol, spi uint32) *ike.Pair {
	for _, proto := range []sadb.Protocol{sadb.ESP, sadb.AH} {
		if protocolOf(proto) != p {
			continue
		}
		for _, pair := range []*ike.Pair{m.pairs.Outbound(proto, spi, s.remote.Addr()), m.pairs.Inbound(proto, spi, s.local.Addr())} {
			if pair != nil && pair.PeerID == s.peerID && pair.Remote.Addr() == s.remote.Addr() {
				return pair
			}
		}
	}
	return nil
}

// initialContact: the peer knows of no other SA with us, so what else we have with it is dead. RFC 2407
// section 4.6.3.3.
func (m *Machine) initialContact(s *association) {
	for o := range m.all.all {
		if o != s && (o.ends() == s.ends() || s.wanders()) && o.up() && o.peerID == s.peerID {
			m.core.Emit(ike.Gone{Exchange: o.event(0, o.role), SA: "ISAKMP SA", Reason: "the peer has started afresh"})
			m.drop(o)
		}
	}
	for p := range m.pairs.All {
		if (p.Local.Addr() == s.local.Addr() && p.Remote.Addr() == s.remote.Addr() || s.wanders()) && p.PeerID == s.peerID && p.Since.Before(s.since) {
			m.endPair(p, "the peer has started afresh")
		}
	}
}

// shorten takes over a life that the responder has told. RFC 2407 section 4.6.3.1.
func (m *Machine) shorten(s *association, n *isakmp.Notify) {
	attributes, err := isakmp.ParseAttributes(n.Data)
	if err != nil {
		return
	}
	if n.Protocol <= isakmp.ProtoISAKMP {
		if l, err := readLife(isakmp.Phase1, attributes); err == nil && l.time > 0 && s.up() {
			if left := s.since.Add(l.time).Sub(m.core.Now()); s.life.Running() && m.core.Now().Add(left).Before(s.life.At()) {
				m.core.Set(&s.life, left, "life", s)
			}
		}
		return
	}
	l, err := readLife(isakmp.Phase2, attributes)
	if err != nil || len(n.SPI) != 4 {
		return
	}
	if pair := m.pairOf(s, n.Protocol, binary.BigEndian.Uint32(n.SPI)); pair != nil && pair.Up() {
		m.pairs.Shorten(pair, l.time, l.octets)
	}
}

// takeNotices takes in the notifications that came with a message of Quick Mode, which is proved.
func (q *quick) takeNotices(msg *message) {
	for _, item := range msg.all(isakmp.TypeNotify) {
		n := item.Body.(*isakmp.Notify)
		if n.NotifyType == isakmp.ResponderLifetime && n.DOI == isakmp.DOIIPsec {
			if attributes, err := isakmp.ParseAttributes(n.Data); err == nil {
				if l, err := readLife(isakmp.Phase2, attributes); err == nil {
					q.life = life{shorter(l.time, q.life.time), shorter(l.octets, q.life.octets)}
				}
			}
		}
		if n.NotifyType == isakmp.InitialContact {
			q.s.m.initialContact(q.s)
		}
		q.core().Emit(ike.Notified{Exchange: q.event(), Type: uint16(n.NotifyType), Name: n.NotifyType.String(), Protected: true})
	}
}

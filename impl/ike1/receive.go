package ike1

import (
	"ikewit/impl/ike"
	"ikewit/impl/wire/ikehdr"
	"ikewit/impl/wire/isakmp"
)

// Receive takes a datagram in. It keeps no reference to its octets.
func (m *Machine) Receive(d ike.Datagram) {
	msg := &message{local: d.Local, remote: d.Remote, octets: d.Octets, name: "message"}
	var s *association
	var err error
	if msg.header, err = ikehdr.Parse(d.Octets); err == nil {
		msg.body = d.Octets[ikehdr.Size:]
		if name := nameOf[msg.exchange()]; name != "" {
			msg.name = name
		}
		s = m.associationOf(msg)
		err = m.checkHeader(s, msg)
	} else {
		m.core.Broken(CheckLength, true)
		err = refuse(CheckLength, silently, isakmp.None, "%w", err)
	}
	if err == nil {
		err = m.dispatch(s, msg)
	}
	if err != nil {
		m.refused(s, msg, err)
	}
}

// nameOf is what a message is called until its row is known.
var nameOf = map[isakmp.Exchange]string{
	isakmp.IdentityProtection: "Main Mode message", isakmp.Aggressive: "Aggressive Mode message", isakmp.QuickMode: "Quick Mode message", isakmp.Informational: "INFO",
}

// associationOf finds the SA that the cookies name, or nil. A message without responder cookie belongs to
// the negotiation that the same peer began with that cookie, if there is one. RFC 2408 section 2.5.3.
func (m *Machine) associationOf(msg *message) *association {
	for s := m.byCookie[msg.header.Initiator]; s != nil; s = s.sibling {
		switch {
		case s.ckyR == msg.header.Responder, s.ckyR.IsZero():
			return s
		case msg.header.Responder.IsZero() && s.role == responder && s.remote.Addr() == msg.remote.Addr():
			return s
		}
	}
	return nil
}

// checkHeader makes the checks of RFC 2408 sections 5.1 and 5.2 that need no knowledge of the exchange.
func (m *Machine) checkHeader(s *association, msg *message) error {
	h := &msg.header
	broken := m.core.Broken
	switch {
	case broken(CheckMajorVersion, h.Major() != version>>4):
		return refuse(CheckMajorVersion, isakmp.InvalidMajorVersion, isakmp.None, "major version %d", h.Major())
	case broken(CheckMinorVersion, h.Minor() != version&15):
		return refuse(CheckMinorVersion, isakmp.InvalidMinorVersion, isakmp.None, "minor version %d", h.Minor())
	case broken(CheckLength, uint64(h.Length) != uint64(len(msg.octets))):
		return refuse(CheckLength, isakmp.UnequalPayloadLengths, isakmp.None, "length is %d, datagram has %d octets", h.Length, len(msg.octets))
	case broken(CheckLength, len(msg.body) == 0):
		return refuse(CheckLength, silently, isakmp.None, "header without payloads")
	case broken(CheckInitiatorCookie, h.Initiator.IsZero()):
		return refuse(CheckInitiatorCookie, isakmp.InvalidCookie, isakmp.None, "initiator cookie is zero")
	case broken(CheckPeerAddress, s != nil && s.remote.Addr() != msg.remote.Addr() && !s.mayMove()):
		return refuse(CheckPeerAddress, silently, isakmp.None, "comes from %v, the peer of this SA is at %v", msg.remote, s.remote)
	case broken(CheckFloated, s != nil && s.natt.floated && msg.local.Port() != s.local.Port()):
		return refuse(CheckFloated, silently, isakmp.None, "comes to port %d, this SA has moved to %d", msg.local.Port(), s.local.Port())
	case broken(CheckNextPayload, !isakmp.PayloadType(h.NextPayload).Known()):
		return refuse(CheckNextPayload, isakmp.InvalidPayloadType, isakmp.None, "first payload is of type %d", h.NextPayload)
	case broken(CheckExchangeType, nameOf[msg.exchange()] == ""):
		return refuse(CheckExchangeType, isakmp.InvalidExchangeType, isakmp.None, "exchange type %d is not ours", h.Exchange)
	case broken(CheckFlags, !flagsFit(isakmp.Flags(h.Flags), msg.exchange())):
		return refuse(CheckFlags, isakmp.InvalidFlags, isakmp.None, "flags %v", isakmp.Flags(h.Flags))
	case broken(CheckMessageID, msg.exchange() != isakmp.Informational && (h.MessageID == 0) != phase1Exchange(msg.exchange())):
		return refuse(CheckMessageID, isakmp.InvalidMessageID, isakmp.None, "message ID is %08x", h.MessageID)
	}
	return nil
}

// flagsFit tells whether the flags are defined ones, and the authentication-only bit stands where it may.
// The commit bit is let pass and changes nothing. RFC 2408 section 3.1.
func flagsFit(f isakmp.Flags, kind isakmp.Exchange) bool {
	return f&^isakmp.KnownFlags == 0 && (f&isakmp.AuthOnly == 0 || kind == isakmp.Informational)
}

// dispatch hands a message to its exchange.
func (m *Machine) dispatch(s *association, msg *message) error {
	switch msg.exchange() {
	case isakmp.Informational:
		return m.takeInformational(s, msg)
	case isakmp.IdentityProtection, isakmp.Aggressive:
		if s == nil && msg.header.Responder.IsZero() {
			return m.respond(msg)
		}
	}
	if m.core.Broken(CheckResponderCookie, s == nil || !s.answersTo(msg)) || s == nil {
		return refuse(CheckResponderCookie, isakmp.InvalidCookie, isakmp.None,
			"no SA has the cookies %v %v", msg.header.Initiator, msg.header.Responder)
	}
	if msg.exchange() == isakmp.QuickMode {
		return s.takeQuick(msg)
	}
	if s.phase1 != nil && m.core.Broken(CheckExchangeType, s.phase1.kind != msg.exchange()) {
		return refuse(CheckExchangeType, isakmp.InvalidExchangeType, isakmp.None, "negotiation of exchange type %d goes on with %d", s.phase1.kind, msg.header.Exchange)
	}
	if s.phase1 != nil {
		return s.phase1.receive(msg)
	}
	if e := s.echoOf(0); e != nil && e.hear(msg) {
		return nil
	}
	m.core.Broken(CheckState, true)
	return refuse(CheckState, silently, isakmp.None, "phase 1 is over")
}

// answersTo tells whether the responder cookie of a message is the one that it must be now: a first
// message has none, the first answer brings it, and from then on it stays.
func (s *association) answersTo(msg *message) bool {
	zero := msg.header.Responder.IsZero()
	switch {
	case s.ckyR.IsZero():
		return !zero && phase1Exchange(msg.exchange())
	case zero:
		return s.role == responder && phase1Exchange(msg.exchange())
	}
	return true
}

// phase1Exchange tells whether an exchange negotiates an ISAKMP SA.
func phase1Exchange(x isakmp.Exchange) bool {
	return x == isakmp.IdentityProtection || x == isakmp.Aggressive
}

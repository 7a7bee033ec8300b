package ike1

import (
	"errors"
	"fmt"

	"ikewit/impl/ike"
	"ikewit/impl/wire/isakmp"
)

// silently is the notification of a refusal that the peer is not told of.
const silently isakmp.NotifyType = 0

// refuse makes the error of a message that fails a check. notify is what the peer may be told, payload
// what the fault is in.
func refuse(check ike.Check, notify isakmp.NotifyType, payload isakmp.PayloadType, format string, args ...any) error {
	return &ike.Refusal{
		Notify: uint16(notify), Payload: uint8(payload), Check: check, Err: fmt.Errorf(format, args...),
	}
}

// unreadable makes the refusal of a message that cannot be taken apart.
func unreadable(err error) error {
	var bad *isakmp.ParseError
	if errors.As(err, &bad) {
		return refuse(CheckSyntax, bad.Notify, bad.Payload, "%w", err)
	}
	return refuse(CheckSyntax, isakmp.PayloadMalformed, isakmp.None, "%w", err)
}

// refused tells of a message that was refused: an event for us and, where that is due, a notification
// for the peer. s is nil if the message belongs to no SA.
//
// An Informational is never answered (RFC 2409 section 9), and for cookies that nobody knows one answer
// per second and peer is enough.
func (m *Machine) refused(s *association, msg *message, err error) {
	var r *ike.Refusal
	if !errors.As(err, &r) {
		r = &ike.Refusal{Check: CheckSyntax, Err: err}
	}
	e := ike.Refused{Exchange: msg.event(), Message: msg.name, Refusal: r, Ends: msg.ends}
	if s != nil {
		e.Exchange = s.event(msg.header.MessageID, s.role)
	}
	e.Notified = m.mayNotify(msg, r)
	m.core.Emit(e)
	var sent ike.Send
	if e.Notified {
		sent = m.notify(s, msg, r)
	}
	switch {
	case s == nil || !msg.ends:
	case s.phase1 != nil:
		s.phase1.close(msg, sent)
	case msg.exchange() == isakmp.QuickMode:
		last := &echo{id: msg.header.MessageID, sent: sent, event: e.Exchange}
		last.heard.add(msg)
		s.keep(last)
	}
}

// notify tells the peer of a refusal, protected if there are keys that it has proved to have.
func (m *Machine) notify(s *association, msg *message, r *ike.Refusal) ike.Send {
	n := &isakmp.Notify{
		DOI: isakmp.DOIIPsec, Protocol: isakmp.ProtoISAKMP, NotifyType: isakmp.NotifyType(r.Notify),
	}
	if msg.about != nil {
		n.Protocol, n.SPI = msg.about.Protocol, msg.about.SPI
	}
	if s != nil && s.up() {
		return m.inform(s, n)
	}
	return m.informInClear(msg, n)
}

func (m *Machine) mayNotify(msg *message, r *ike.Refusal) bool {
	if r.Notify == 0 || msg.exchange() == isakmp.Informational {
		return false
	}
	if isakmp.NotifyType(r.Notify) == isakmp.InvalidCookie {
		return m.cookies.Allow(m.core.Now(), msg.remote.Addr(), cookieInterval)
	}
	return true
}

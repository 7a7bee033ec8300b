package ike1

import (
	"ikewit/impl/ike"
	"ikewit/impl/keymat"
	"ikewit/impl/wire/isakmp"
)

// takeInformational takes an Informational in: notifications and deletes. It is never answered, whatever
// is wrong with it.
//
//	HDR*, HASH(1), N/D   -->       under an ISAKMP SA
//	HDR, N               -->       before there is one: anybody may have sent it
//
// RFC 2409 section 5.7, RFC 2408 section 4.8.
func (m *Machine) takeInformational(s *association, msg *message) error {
	if m.core.Broken(CheckResponderCookie, s == nil) || s == nil {
		return refuse(CheckResponderCookie, silently, isakmp.None, "no SA has the cookies %v %v", msg.header.Initiator, msg.header.Responder)
	}
	if !msg.encrypted() {
		return m.takeClear(s, msg)
	}
	if m.core.Broken(CheckEstablished, !s.up()) || !s.up() {
		return refuse(CheckEstablished, silently, isakmp.None, "protected before the ISAKMP SA stands")
	}
	id := msg.header.MessageID
	if m.core.Broken(CheckMessageID, id == 0) {
		return refuse(CheckMessageID, silently, isakmp.None, "message ID is zero")
	}
	if m.core.Broken(CheckReplay, s.wasUsed(id)) {
		return refuse(CheckReplay, silently, isakmp.None, "message ID %08x has served already", id)
	}
	if err := m.proveInformational(s, msg); err != nil {
		return err
	}
	s.use(id)
	s.trust()
	s.follow(msg)
	m.obey(s, msg)
	return nil
}

// proveInformational reads a protected message and makes sure that it is the peer's.
func (m *Machine) proveInformational(s *association, msg *message) error {
	err := m.read(msg, encrypted, s.protection, s.firstIV(msg.header.MessageID))
	s.rest()
	if err != nil {
		return err
	}
	if m.core.Trace.Messages {
		m.core.Emit(ike.Received{
			Exchange: s.event(msg.header.MessageID, responder), Message: msg.name, Payloads: describe(msg.name, true, msg.items),
		})
	}
	if err := m.checkContent(msg, hash, notify|delete_|vid); err != nil {
		return err
	}
	if m.core.Broken(CheckPayloadOrder, msg.items[0].Type != isakmp.TypeHash) {
		return refuse(CheckPayloadOrder, silently, isakmp.TypeHash, "HASH is not first")
	}
	got, _ := one[*isakmp.Hash](msg)
	want := s.secrets.Hash1(msg.header.MessageID, msg.after(0))
	if m.core.Broken(CheckInfoHash, got == nil || !keymat.Equal(got.Data, want)) {
		return refuse(CheckInfoHash, silently, isakmp.TypeHash, "HASH(1) of an Informational is wrong")
	}
	if m.core.Broken(CheckInfoContent, len(msg.items) < 2) {
		return refuse(CheckInfoContent, silently, isakmp.None, "neither notification nor delete")
	}
	return nil
}

// takeClear takes an unprotected Informational in. It is told of, and changes nothing; at most, if the peer is said
// to have forgotten the SA and then does not answer, nothing new is begun under it.
func (m *Machine) takeClear(s *association, msg *message) error {
	if err := m.read(msg, inClear, nil, keymat.IV{}); err != nil {
		return err
	}
	if m.core.Trace.Messages {
		m.core.Emit(ike.Received{
			Exchange: s.event(msg.header.MessageID, responder), Message: msg.name, Payloads: describe(msg.name, false, msg.items),
		})
	}
	for i := range msg.items {
		switch p := msg.items[i].Body.(type) {
		case *isakmp.Notify:
			s.doubted = s.doubted || p.NotifyType == isakmp.InvalidCookie
			m.core.Emit(ike.Notified{Exchange: s.event(msg.header.MessageID, responder), Type: uint16(p.NotifyType), Name: p.NotifyType.String()})
		case *isakmp.Delete:
			if m.core.Broken(CheckDeleteClear, true) {
				return refuse(CheckDeleteClear, silently, isakmp.TypeDelete, "unprotected Delete")
			}
			m.takeDelete(s, msg, p)
		}
	}
	return nil
}

// obey does what a proved message says. What of it makes no sense is left out; the rest holds.
func (m *Machine) obey(s *association, msg *message) {
	for i := range msg.items {
		switch p := msg.items[i].Body.(type) {
		case *isakmp.Notify:
			m.takeNotify(s, msg, p)
		case *isakmp.Delete:
			m.takeDelete(s, msg, p)
		}
	}
	if s.doomed {
		m.drop(s)
	}
}

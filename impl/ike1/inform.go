package ike1

import (
	"time"

	"ikewit/impl/ike"
	"ikewit/impl/wire/ikehdr"
	"ikewit/impl/wire/isakmp"
)

// cookieInterval is how often a peer is told that we do not know its cookies.
const cookieInterval = time.Second

// inform sends a protected Informational and gives what it sent. It is sent once; nothing is awaited.
//
//	HDR*, HASH(1), N/D   -->
//
// RFC 2409 section 5.7.
func (m *Machine) inform(s *association, payload isakmp.Payload) ike.Send {
	id := s.newMessageID()
	cbc, err := s.protection()
	if err != nil {
		return ike.Send{}
	}
	d := draft{
		name: "INFO", header: s.header(isakmp.Informational, id, isakmp.Encryption),
		items: isakmp.Items(&isakmp.Hash{}, payload), cbc: cbc, iv: s.firstIV(id),
		finish: func(msg *isakmp.Message) error {
			m.fillHash(msg, func(rest []byte) []byte { return s.secrets.Hash1(id, rest) })
			return nil
		},
	}
	octets, msg, _, err := m.seal(d)
	if err != nil {
		return ike.Send{}
	}
	send := ike.Send{Local: s.local, Remote: s.remote, Octets: octets, Message: "INFO"}
	m.transmit(s.event(id, initiator), send, msg)
	s.rest()
	return send
}

// informInClear answers a message for which there are no keys.
//
//	HDR, N   -->
func (m *Machine) informInClear(to *message, n *isakmp.Notify) ike.Send {
	id := uint32(0)
	for id == 0 {
		b := m.core.Draw("msgid", 4)
		id = uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	}
	h := ikehdr.Header{
		Initiator: to.header.Initiator, Responder: to.header.Responder, Version: version,
		Exchange: uint8(isakmp.Informational), MessageID: id,
	}
	octets, msg, _, err := m.seal(draft{name: "INFO", header: h, items: isakmp.Items(n)})
	if err != nil {
		return ike.Send{}
	}
	e := to.event()
	e.MessageID, e.Initiator = id, true
	send := ike.Send{Local: to.local, Remote: to.remote, Octets: octets, Message: "INFO"}
	m.transmit(e, send, msg)
	return send
}

// sayDelete tells the peer that we no longer keep an SA: of ISAKMP by both cookies, else by the SPI
// under which we received. RFC 2408 section 3.15.
func (m *Machine) sayDelete(s *association, p isakmp.Protocol, spi []byte) {
	m.inform(s, &isakmp.Delete{DOI: isakmp.DOIIPsec, Protocol: p, SPISize: uint8(len(spi)), SPIs: [][]byte{spi}})
}

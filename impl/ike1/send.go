package ike1

import (
	"encoding/binary"

	"ikewit/impl/alg"
	"ikewit/impl/ike"
	"ikewit/impl/keymat"
	"ikewit/impl/wire/ikehdr"
	"ikewit/impl/wire/isakmp"
)

// A draft is a message about to be sent.
type draft struct {
	name   string
	header ikehdr.Header
	items  []isakmp.Item
	cbc    alg.CBC // nil: in clear
	iv     keymat.IV

	// finish looks at the payloads as they really are and fills in the HASH; may be nil.
	finish func(msg *isakmp.Message) error
}

// seal makes the octets of a message and the IV for the next one. It is the one place where the seams
// Built, Hashed and Sealed are called.
func (m *Machine) seal(d draft) (octets []byte, msg *isakmp.Message, next keymat.IV, err error) {
	msg = &isakmp.Message{Header: d.header, Items: d.items}
	if m.seams.Built != nil {
		m.seams.Built(d.name, msg)
	}
	if d.finish != nil {
		if err := d.finish(msg); err != nil {
			return nil, nil, d.iv, err
		}
	}
	if m.seams.Hashed != nil {
		m.seams.Hashed(d.name, msg)
	}
	next = d.iv
	m.scratch = msg.Append(m.scratch[:0])
	if d.cbc != nil {
		m.scratch = pad(m.scratch, d.cbc.BlockSize())
	}
	octets = append(make([]byte, 0, len(m.scratch)), m.scratch...)
	clear(m.scratch) // it held what is secret
	if d.cbc != nil {
		if next, err = d.iv.Encrypt(d.cbc, octets[ikehdr.Size:]); err != nil {
			return nil, nil, d.iv, err
		}
	}
	if m.seams.Sealed != nil {
		octets = m.seams.Sealed(d.name, octets)
	}
	return octets, msg, next, nil
}

// pad fills up a message with zeros to whole blocks behind the header, and counts them in its length.
// RFC 2409 appendix B.
func pad(octets []byte, block int) []byte {
	const lengthAt = 24
	for (len(octets)-ikehdr.Size)%block != 0 {
		octets = append(octets, 0)
	}
	binary.BigEndian.PutUint32(octets[lengthAt:], uint32(len(octets)))
	return octets
}

// header begins the header of a message under an SA.
func (s *association) header(kind isakmp.Exchange, id uint32, flags isakmp.Flags) ikehdr.Header {
	return ikehdr.Header{
		Initiator: s.ckyI, Responder: s.ckyR, Version: version, Exchange: uint8(kind), Flags: uint8(flags), MessageID: id,
	}
}

// version is 1.0. RFC 2408 section 3.1.
const version = 0x10

// send builds a message of the exchange and sends it. With answerDue it is sent again until an answer
// comes.
func (x *exchange) send(name string, encrypted, answerDue bool, finish func(*isakmp.Message) error, payloads ...isakmp.Payload) error {
	m := x.s.m
	d := draft{name: name, items: isakmp.Items(payloads...), iv: x.iv, finish: finish}
	flags := isakmp.Flags(0)
	if encrypted {
		var err error
		if d.cbc, err = x.protect(); err != nil {
			return err
		}
		flags = isakmp.Encryption
	}
	d.header = x.s.header(x.kind, x.id, flags)
	octets, msg, next, err := m.seal(d)
	if err != nil {
		return err
	}
	if encrypted {
		x.iv = next
	}
	x.sent = ike.Send{Local: x.s.local, Remote: x.s.remote, Octets: octets, Message: name}
	x.said, x.tries = m.core.Now(), 0
	m.transmit(x.event(), x.sent, msg)
	if answerDue {
		x.awaitAnswer()
	}
	return nil
}

// transmit sends octets, and tells of them.
func (m *Machine) transmit(e ike.Exchange, send ike.Send, msg *isakmp.Message) {
	if m.core.Trace.Messages {
		encrypted := isakmp.Flags(msg.Header.Flags)&isakmp.Encryption != 0
		m.core.Emit(ike.Sent{Exchange: e, Message: send.Message, Payloads: describe(send.Message, encrypted, msg.Items)})
	}
	m.usedMapping(send.Local, send.Remote)
	m.core.Emit(send)
}

// resend sends octets that were sent before.
func (m *Machine) resend(e ike.Exchange, send ike.Send) {
	if m.core.Trace.Messages {
		m.core.Emit(ike.Sent{Exchange: e, Message: send.Message, Retransmission: true})
	}
	send.Retransmission = true
	m.usedMapping(send.Local, send.Remote)
	m.core.Emit(send)
}

// bodyAsSent gives the body of the first payload of a type in a message of ours, nil if there is none.
func bodyAsSent(msg *isakmp.Message, t isakmp.PayloadType) []byte {
	for i := range msg.Items {
		if msg.Items[i].Type == t {
			return isakmp.AppendItems(nil, msg.Items[i:i+1])[genericSize:]
		}
	}
	return nil
}

// fillHash writes the HASH of a message of ours, which hash makes of the octets behind the HASH payload; it
// does not keep them.
func (m *Machine) fillHash(msg *isakmp.Message, hash func(rest []byte) []byte) {
	for i := range msg.Items {
		if p, ok := msg.Items[i].Body.(*isakmp.Hash); ok {
			m.scratch = isakmp.AppendItems(m.scratch[:0], msg.Items[i+1:])
			p.Data = hash(m.scratch)
			return
		}
	}
}

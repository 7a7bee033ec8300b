package ike1

import (
	"net/netip"

	"ikewit/impl/alg"
	"ikewit/impl/ike"
	"ikewit/impl/keymat"
	"ikewit/impl/wire/ikehdr"
	"ikewit/impl/wire/isakmp"
)

// A message is a received datagram on its way through the checks.
type message struct {
	local, remote netip.AddrPort
	header        ikehdr.Header
	octets        []byte // the datagram; belongs to the caller of Receive
	body          []byte // behind the header, encrypted or not

	plain  []byte // the body in clear, which items lie in one behind the other
	name   string // MI1, QR1 ..., once that is known
	items  []isakmp.Item
	tail   []byte
	nextIV keymat.IV // what the exchange continues with if this message proves good
	ends   bool      // its refusal ends the negotiation: its HASH is right, or nothing began yet

	about *isakmp.Proposal // what a refusal is about, in phase 2; nil: nothing in particular
}

func (msg *message) exchange() isakmp.Exchange { return isakmp.Exchange(msg.header.Exchange) }

func (msg *message) encrypted() bool {
	return isakmp.Flags(msg.header.Flags)&isakmp.Encryption != 0
}

// digest tells datagrams apart, so that a repeated one is known (64-bit FNV-1a).
func (msg *message) digest() uint64 {
	h := uint64(14695981039346656037)
	for _, octet := range msg.octets {
		h = (h ^ uint64(octet)) * 1099511628211
	}
	return h
}

// one gives the first payload of a type with the octets of its body as received, nil if there is none.
func one[P isakmp.Payload](msg *message) (payload P, body []byte) {
	for i := range msg.items {
		if p, ok := msg.items[i].Body.(P); ok {
			return p, bodyOf(&msg.items[i])
		}
	}
	return payload, nil
}

// genericSize is the length of a payload's generic header. RFC 2408 section 3.2.
const genericSize = 4

// bodyOf gives the octets of a received payload without its generic header: what hashes cover.
func bodyOf(item *isakmp.Item) []byte { return item.Raw[genericSize:] }

// detached gives a copy that outlives the datagram, without its payloads: for a refusal that comes later.
func (msg *message) detached() *message {
	late := *msg
	late.octets = keep(msg.octets)
	late.body, late.plain, late.items, late.tail = nil, nil, nil, nil
	return &late
}

// after gives the octets of all payloads behind the i-th, with their generic headers, as received and
// without the padding that follows them.
func (msg *message) after(i int) []byte {
	from, to := 0, 0
	for j := range msg.items {
		to += len(msg.items[j].Raw)
		if j == i {
			from = to
		}
	}
	return msg.plain[from:to]
}

// read takes the message apart: decrypted first if it is encrypted, with what protection gives, and then
// its chain. protection is nil where there are no keys yet.
func (m *Machine) read(msg *message, c cover, protection func() (alg.CBC, error), iv keymat.IV) error {
	if m.core.Broken(CheckEncrypted, !c.admits(msg.encrypted())) {
		return refuse(CheckEncrypted, isakmp.InvalidFlags, isakmp.None, "message is encrypted: %t, must be: %t", msg.encrypted(), !msg.encrypted())
	}
	msg.plain = msg.body
	if msg.encrypted() && protection != nil {
		if err := m.decrypt(msg, protection, iv); err != nil {
			return err
		}
	}
	var err error
	msg.items, msg.tail, err = isakmp.ParseChain(isakmp.PayloadType(msg.header.NextPayload), msg.plain)
	m.core.Broken(CheckSyntax, err != nil)
	if err != nil {
		return unreadable(err)
	}
	return m.checkChain(msg)
}

// decrypt makes the clear body of an encrypted one, and the IV with which the exchange goes on.
func (m *Machine) decrypt(msg *message, protection func() (alg.CBC, error), iv keymat.IV) error {
	cbc, err := protection()
	if err != nil {
		return err
	}
	msg.plain = append([]byte(nil), msg.body...)
	msg.nextIV, err = iv.Decrypt(cbc, msg.plain)
	m.core.Broken(CheckBlocks, err != nil)
	if err != nil {
		return refuse(CheckBlocks, isakmp.PayloadMalformed, isakmp.None, "%w", err)
	}
	return nil
}

// checkChain makes the checks of RFC 2408 section 5.3 that need no knowledge of the exchange.
func (m *Machine) checkChain(msg *message) error {
	for i := range msg.items {
		item := &msg.items[i]
		if m.core.Broken(CheckPayloadType, setOf(item.Type) == 0 || !item.Type.Known()) {
			return refuse(CheckPayloadType, isakmp.InvalidPayloadType, item.Type, "no payload of type %d was agreed", uint8(item.Type))
		}
		if m.core.Broken(CheckReserved, reservedSet(item)) {
			return refuse(CheckReserved, isakmp.PayloadMalformed, item.Type, "a reserved field is not zero")
		}
	}
	if m.core.Broken(CheckTail, !msg.encrypted() && !alignment(msg.tail)) {
		return refuse(CheckTail, isakmp.PayloadMalformed, isakmp.None, "%d octets behind the last payload", len(msg.tail))
	}
	return nil
}

// reservedSet looks for a reserved field that is not zero: in the generic header, and in those of
// proposals and transforms. RFC 2408 sections 3.2, 3.5, 3.6.
func reservedSet(item *isakmp.Item) bool {
	if item.Reserved != 0 {
		return true
	}
	sa, ok := item.Body.(*isakmp.SA)
	if !ok {
		return false
	}
	for i := range sa.Proposals {
		if sa.Proposals[i].Reserved != 0 {
			return true
		}
		for j := range sa.Proposals[i].Transforms {
			if t := &sa.Proposals[i].Transforms[j]; t.Reserved != 0 || t.Reserved2 != 0 {
				return true
			}
		}
	}
	return false
}

// alignment tells whether what follows a clear message brings it to a multiple of four octets, as some
// senders do, and is nothing else.
func alignment(tail []byte) bool {
	for _, octet := range tail {
		if octet != 0 {
			return false
		}
	}
	return len(tail) < 4
}

// checkContent holds the message's payloads against what a row of a table wants.
func (m *Machine) checkContent(msg *message, needed, allowed set) error {
	var have set
	for i := range msg.items {
		t := msg.items[i].Type
		bit := setOf(t)
		if m.core.Broken(CheckPayloadUnexpected, bit&(needed|allowed) == 0) {
			return refuse(CheckPayloadUnexpected, isakmp.InvalidPayloadType, t, "%s has no place in %s", t, msg.name)
		}
		if m.core.Broken(CheckPayloadTwice, have&bit&(once|needed) != 0) {
			return refuse(CheckPayloadTwice, isakmp.PayloadMalformed, t, "%s stands twice in %s", t, msg.name)
		}
		have |= bit
	}
	missing := needed &^ have
	if m.core.Broken(CheckPayloadMissing, missing != 0) || missing&^hash != 0 {
		return refuse(CheckPayloadMissing, isakmp.PayloadMalformed, isakmp.None, "%s lacks %s", msg.name, missing)
	}
	return nil
}

// event begins an event that belongs to no SA of ours.
func (msg *message) event() ike.Exchange {
	e := ike.Exchange{Local: msg.local, Remote: msg.remote, MessageID: msg.header.MessageID}
	copy(e.Cookies[:8], msg.header.Initiator[:])
	copy(e.Cookies[8:], msg.header.Responder[:])
	return e
}

// all gives the payloads of a type, in order.
func (msg *message) all(t isakmp.PayloadType) []*isakmp.Item {
	var list []*isakmp.Item
	for i := range msg.items {
		if msg.items[i].Type == t {
			list = append(list, &msg.items[i])
		}
	}
	return list
}

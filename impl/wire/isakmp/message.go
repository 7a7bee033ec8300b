package isakmp

import (
	"fmt"
	"strings"

	"ikewit/impl/wire/ikehdr"
)

// A Message is a whole IKEv1 message in clear.
type Message struct {
	Header ikehdr.Header
	Items  []Item

	// Tail is what follows the last payload: cipher padding in a decrypted message (RFC 2409
	// appendix B), alignment in a clear one (RFC 2408 section 3.6). Its content is not judged.
	Tail []byte
}

// An Item is one payload in its place in a chain.
type Item struct {
	Type     PayloadType // written into the chain as it stands; None means Body.Type()
	Reserved uint8       // of the generic header: 0, if the sender keeps to RFC 2408 section 3.2
	Body     Payload

	// Raw is, after parsing, the payload as received with its generic header. It aliases what was
	// parsed, and the Raws of a chain lie one behind the other there. Encoding does not look at it.
	Raw []byte
}

// Items makes a chain of payloads with nothing odd about it.
func Items(bodies ...Payload) []Item {
	items := make([]Item, len(bodies))
	for i, body := range bodies {
		items[i] = Item{Type: body.Type(), Body: body}
	}
	return items
}

// Split reads the header of a datagram and returns it with the octets behind it, encrypted or not.
// It judges one thing, that Length is the datagram's: else the error is a [*ParseError] with
// [ErrLength], and the header is good all the same. The body aliases b.
func Split(b []byte) (h ikehdr.Header, body []byte, err error) {
	h, err = ikehdr.Parse(b)
	if err != nil {
		return h, nil, refuse(None, PayloadMalformed, err)
	}
	if uint64(h.Length) != uint64(len(b)) {
		err = &ParseError{
			Field: "Length", Offset: ikehdr.Size - 4, Notify: UnequalPayloadLengths,
			Err: fmt.Errorf("%w: says %d, has %d", ErrLength, h.Length, len(b)),
		}
	}
	return h, b[ikehdr.Size:], err
}

// ParseMessage reads a datagram whose payloads are in clear; it does not look at the flags, nor at
// any other value of the header but Length. Offsets in errors count from the front of b, which the
// message aliases.
//
// With an error comes what could be read before it: the header if there was one, and the payloads in
// front of the bad one. Without a header the message is nil.
func ParseMessage(b []byte) (*Message, error) {
	h, body, err := Split(b)
	if body == nil {
		return nil, err
	}
	m := &Message{Header: h}
	if err != nil {
		return m, err
	}
	m.Items, m.Tail, err = parseChain(PayloadType(h.NextPayload), body, ikehdr.Size)
	return m, err
}

// Append encodes the message. NextPayload and Length of the header are computed; to lie about these,
// use [ikehdr.Header.Append] and [Message.AppendBody]. The message is not changed.
func (m *Message) Append(b []byte) []byte {
	h := m.Header
	h.NextPayload = uint8(First(m.Items))
	start := len(b)
	b = m.AppendBody(h.Append(b))
	h.Length = uint32(len(b) - start)
	h.Append(b[:start])
	return b
}

// AppendBody encodes what follows the header: the payloads and the tail.
func (m *Message) AppendBody(b []byte) []byte {
	return append(AppendItems(b, m.Items), m.Tail...)
}

// Summary names the payloads in order, as in "HASH SA NONCE KE ID ID". A type without a name is "#"
// and its number.
func (m *Message) Summary() string {
	var s strings.Builder
	for i := range m.Items {
		if i > 0 {
			s.WriteByte(' ')
		}
		t := m.Items[i].chainType()
		if name, ok := payloadNames.name(t); ok {
			s.WriteString(name)
		} else {
			fmt.Fprintf(&s, "#%d", uint8(t))
		}
	}
	return s.String()
}

package isakmp

import (
	"cmp"
	"encoding/binary"
	"fmt"
)

// A Payload is one payload of a chain: its generic header, and what it says.
//
//	+---------------+---------------+-------------------------------+
//	|  Next Payload |    RESERVED   |         Payload Length        |
//	+---------------+---------------+-------------------------------+
//
// RFC 2408 section 3.2.
type Payload struct {
	Type     PayloadType // as whatever stands before it says
	Next     PayloadType
	Reserved uint8  // IKEv2: bit 7 is Critical
	Octets   []byte // generic header included
	Body     []byte // generic header left out
	Content  Content
	Err      error // why Body did not decode; Content then has the fields before it
}

// Content is the fields of a payload: *SA, *KeyExchange, *Identification and so on, *Unknown for a type that is not
// known and for every payload of IKEv2.
type Content interface {
	// Fields lists the fields in order, nested ones with their path.
	Fields() []Field
}

// A Field is one decoded field.
type Field struct {
	Name  string // "Proposal 1 Transform 2 Group Description"
	Value string
}

// ParseChain reads payloads until one says that nothing follows. first is the type of the first, major the version.
// What is left over is padding. On an error the payloads before the broken one are given with it.
func ParseChain(first PayloadType, b []byte, major uint8) (chain []Payload, padding []byte, err error) {
	for n, next := 1, first; next != PayloadNone; n++ {
		p, rest, broken := parsePayload(next, b, major)
		if broken == nil {
			chain, b, next = append(chain, p), rest, p.Next
		}
		if wrong := cmp.Or(broken, p.Err); wrong != nil && err == nil {
			err = fmt.Errorf("payload %d (%s): %w", n, p.Type, wrong)
		}
		if broken != nil {
			return chain, nil, err
		}
		if major == 2 && (p.Type == PayloadSK || p.Type == PayloadSKF) {
			break // its Next Payload is that of the first one inside
		}
	}
	return chain, b, err
}

// parsePayload takes one payload off the front of b. It fails where the chain cannot go on.
func parsePayload(t PayloadType, b []byte, major uint8) (Payload, []byte, error) {
	if len(b) < 4 {
		return Payload{Type: t}, nil, fmt.Errorf("generic header: %d octets are left, 4 are needed", len(b))
	}
	n := int(binary.BigEndian.Uint16(b[2:]))
	if n < 4 || n > len(b) {
		return Payload{Type: t}, nil, fmt.Errorf("Payload Length: %d octets, %d are left", n, len(b))
	}
	p := Payload{Type: t, Next: PayloadType(b[0]), Reserved: b[1], Octets: b[:n:n], Body: b[4:n:n]}
	p.Content, p.Err = parseContent(t, p.Body, major)
	return p, b[n:], nil
}

// Types lists the types of a chain in order.
func Types(chain []Payload) []PayloadType {
	out := make([]PayloadType, len(chain))
	for i, p := range chain {
		out[i] = p.Type
	}
	return out
}

// Find gives the first payload of a type in a chain; false if there is none.
func Find(chain []Payload, t PayloadType) (Payload, bool) {
	for _, p := range chain {
		if p.Type == t {
			return p, true
		}
	}
	return Payload{}, false
}

// parseContent decodes a body by its type.
func parseContent(t PayloadType, body []byte, major uint8) (Content, error) {
	if major != 1 {
		return &Unknown{body}, nil
	}
	c := &cursor{b: body}
	var content Content
	switch t {
	case PayloadSA:
		content = parseSA(c)
	case PayloadKE:
		content = &KeyExchange{c.rest()}
	case PayloadID:
		content = parseIdentification(c)
	case PayloadCERT:
		content = &Certificate{Encoding: c.uint8("Cert Encoding"), Data: c.rest()}
	case PayloadCR:
		content = &CertificateRequest{Type: c.uint8("Cert. Type"), Authority: c.rest()}
	case PayloadHASH:
		content = &Hash{c.rest()}
	case PayloadSIG:
		content = &Signature{c.rest()}
	case PayloadNONCE:
		content = &Nonce{c.rest()}
	case PayloadN:
		content = parseNotification(c)
	case PayloadD:
		content = parseDelete(c)
	case PayloadVID:
		content = &VendorID{c.rest()}
	case PayloadATTR:
		content = parseConfig(c)
	case PayloadNATD, PayloadNATDDraft, PayloadNATDBad:
		content = &NATDetection{c.rest()}
	case PayloadNATOA, PayloadNATOADraft:
		content = parseNATOriginalAddress(c)
	case PayloadFragment:
		content = parseFragment(c)
	default:
		content = &Unknown{c.rest()}
	}
	return content, c.err
}

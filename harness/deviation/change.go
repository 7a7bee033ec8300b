package deviation

import (
	"encoding/binary"
	"slices"

	"ikewit/impl/wire/isakmp"
)

// Small changes of messages, of which the rows are made.

// The places of fields in a datagram. RFC 2408 section 3.1.
const (
	atCookieI  = 0
	atCookieR  = 8
	atNext     = 16
	atVersion  = 17
	atExchange = 18
	atFlags    = 19
	atID       = 20
	atLength   = 24
)

// octet sets one octet of the datagram.
func octet(at int, value byte) func([]byte) []byte {
	return func(b []byte) []byte {
		b = slices.Clone(b)
		b[at] = value
		return b
	}
}

// number sets four octets.
func number(at int, value uint32) func([]byte) []byte {
	return func(b []byte) []byte {
		b = slices.Clone(b)
		binary.BigEndian.PutUint32(b[at:], value)
		return b
	}
}

// payload makes a change of the first payload of a type.
func payload[P isakmp.Payload](f func(p P)) func(*isakmp.Message) {
	return func(m *isakmp.Message) {
		for i := range m.Items {
			if p, ok := m.Items[i].Body.(P); ok {
				f(p)
				return
			}
		}
	}
}

// transform makes a change of a copy of the first transform.
func transform(f func(t *isakmp.Transform)) func(*isakmp.Message) {
	return payload(func(sa *isakmp.SA) {
		p := &sa.Proposals[0]
		p.Transforms = slices.Clone(p.Transforms)
		t := &p.Transforms[0]
		t.Attributes = slices.Clone(t.Attributes)
		f(t)
	})
}

// attribute sets the value of a basic attribute of the first transform, or adds it.
func attribute(class isakmp.AttributeType, value uint16) func(*isakmp.Message) {
	return transform(func(t *isakmp.Transform) {
		for i := range t.Attributes {
			if t.Attributes[i].Type == class {
				t.Attributes[i] = isakmp.TV(class, value)
				return
			}
		}
		t.Attributes = append(t.Attributes, isakmp.TV(class, value))
	})
}

// withoutAttribute leaves an attribute of the first transform out.
func withoutAttribute(class isakmp.AttributeType) func(*isakmp.Message) {
	return transform(func(t *isakmp.Transform) {
		t.Attributes = slices.DeleteFunc(t.Attributes, func(a isakmp.Attribute) bool { return a.Type == class })
	})
}

// without leaves payloads of a type out.
func without(t isakmp.PayloadType) func(*isakmp.Message) {
	return func(m *isakmp.Message) {
		m.Items = slices.DeleteFunc(m.Items, func(i isakmp.Item) bool { return i.Type == t })
	}
}

// with adds a payload at the end.
func with(p func() isakmp.Payload) func(*isakmp.Message) {
	return func(m *isakmp.Message) { m.Items = append(m.Items, isakmp.Items(p())...) }
}

// exchanged lets two payloads change places.
func exchanged(i, j int) func(*isakmp.Message) {
	return func(m *isakmp.Message) { m.Items[i], m.Items[j] = m.Items[j], m.Items[i] }
}

// flippedHash changes one bit of the HASH.
var flippedHash = payload(func(p *isakmp.Hash) {
	p.Data = slices.Clone(p.Data)
	p.Data[0] ^= 1
})

// inClear leaves the encryption flag out; what is sent is still encrypted, but says that it is not.
var inClear = octet(atFlags, 0)

// reserved sets the reserved octet of a payload.
func reserved(i int) func(*isakmp.Message) {
	return func(m *isakmp.Message) { m.Items[i].Reserved = 1 }
}

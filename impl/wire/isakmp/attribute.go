package isakmp

import (
	"encoding/binary"
	"fmt"

	"ikewit/impl/wire/bin"
)

// An Attribute is one number and its value, in a transform, a notification or a transaction.
//
//	+-+-----------------------------+-------------------------------+
//	|A|       Attribute Type        |  TLV (A = 0): length in octets|
//	|F|                             |  TV  (A = 1): value           |
//	+-+-----------------------------+-------------------------------+
//	~                      TLV: value, TV: nothing                  ~
//	+---------------------------------------------------------------+
//
// RFC 2408 section 3.3.
type Attribute struct {
	Type   AttributeType // 15 bits; what it means depends on where it stands, see [Phase]
	TV     bool          // the short form
	Value  uint16        // of the short form
	Octets []byte        // of the long form
}

// TV makes an attribute in the short form.
func TV[V ~uint16](t AttributeType, v V) Attribute {
	return Attribute{Type: t, TV: true, Value: uint16(v)}
}

// TLV makes an attribute in the long form. It keeps the octets.
func TLV(t AttributeType, octets []byte) Attribute { return Attribute{Type: t, Octets: octets} }

// TLV32 makes an attribute in the long form whose value is a number of four octets, as most senders
// write a life duration.
func TLV32(t AttributeType, v uint32) Attribute {
	return TLV(t, binary.BigEndian.AppendUint32(nil, v))
}

// Uint64 is the value as a number, whichever the form. It is not ok if the long form has no octets,
// or has a number that does not fit.
func (a Attribute) Uint64() (v uint64, ok bool) {
	if a.TV {
		return uint64(a.Value), true
	}
	for _, octet := range a.Octets {
		if v>>56 != 0 {
			return 0, false
		}
		v = v<<8 | uint64(octet)
	}
	return v, len(a.Octets) > 0
}

// Equal tells whether two attributes have the same type and value. The form does not count if both
// are numbers: RFC 2409 appendix A lets an answer use the other one.
func (a Attribute) Equal(other Attribute) bool {
	if a.TV == other.TV {
		return a.Type == other.Type && a.Value == other.Value && string(a.Octets) == string(other.Octets)
	}
	v, ok := a.Uint64()
	w, also := other.Uint64()
	return a.Type == other.Type && ok && also && v == w
}

// String has the number and, for the short form, the value. What the long form holds may be a
// password, so only its length is told.
func (a Attribute) String() string {
	if a.TV {
		return fmt.Sprintf("%v = %d", a.Type, a.Value)
	}
	return fmt.Sprintf("%v, %d octets", a.Type, len(a.Octets))
}

// ParseAttributes reads attributes that are all there is in b, as in the data of a RESPONDER-LIFETIME
// notification; what is read aliases b. The error is a [*ParseError].
func ParseAttributes(b []byte) ([]Attribute, error) {
	r := bin.New(b)
	all := parseAttributes(r)
	if err := r.End(); err != nil {
		return nil, refuse(TypeNotify, PayloadMalformed, err)
	}
	return all, nil
}

// AppendAttributes encodes attributes one behind the other.
func AppendAttributes(b []byte, all []Attribute) []byte {
	for _, a := range all {
		if a.TV {
			b = binary.BigEndian.AppendUint16(b, uint16(a.Type)|afBit)
			b = binary.BigEndian.AppendUint16(b, a.Value)
			continue
		}
		b = binary.BigEndian.AppendUint16(b, uint16(a.Type)&^afBit)
		b = binary.BigEndian.AppendUint16(b, uint16(len(a.Octets)))
		b = append(b, a.Octets...)
	}
	return b
}

// afBit marks the short form in the type.
const afBit = 0x8000

// parseAttributes reads attributes to the end of r.
func parseAttributes(r *bin.Reader) []Attribute {
	const size, usual = 4, 8 // octets of the shortest; attributes in most transforms
	all := make([]Attribute, 0, min(r.Len()/size, usual))
	for r.Len() > 0 {
		t := r.Uint16("Attribute Type")
		a := Attribute{Type: AttributeType(t &^ afBit), TV: t&afBit != 0}
		if a.TV {
			a.Value = r.Uint16("Attribute Value")
		} else {
			a.Octets = r.Octets("Attribute Value", int(r.Uint16("Attribute Length")))
		}
		all = append(all, a)
	}
	return all
}

// find returns the first attribute of a type.
func find(all []Attribute, t AttributeType) (Attribute, bool) {
	for _, a := range all {
		if a.Type == t {
			return a, true
		}
	}
	return Attribute{}, false
}

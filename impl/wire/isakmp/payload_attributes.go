package isakmp

import (
	"encoding/binary"

	"ikewit/impl/wire/bin"
)

// An Attributes payload asks for configuration or gives it, in the transaction exchange of ModeConfig
// and XAUTH.
//
//	+---------------+---------------+-------------------------------+
//	|     Type      |   RESERVED    |          Identifier           |
//	+---------------+---------------+-------------------------------+
//	~                           Attributes                          ~
//	+---------------------------------------------------------------+
//
// draft-ietf-ipsec-isakmp-mode-cfg-02 section 3.2.
type Attributes struct {
	Message    ConfigMessage
	Reserved   uint8
	Identifier uint16 // the same in request and reply
	Attributes []Attribute
}

// Type is TypeAttributes.
func (*Attributes) Type() PayloadType { return TypeAttributes }

// Find returns the first attribute of type t.
func (p *Attributes) Find(t AttributeType) (Attribute, bool) { return find(p.Attributes, t) }

func (p *Attributes) parse(r *bin.Reader) {
	p.Message = ConfigMessage(r.Uint8("Type"))
	p.Reserved = r.Uint8("RESERVED")
	p.Identifier = r.Uint16("Identifier")
	p.Attributes = parseAttributes(r)
}

func (p *Attributes) append(b []byte) []byte {
	b = append(b, uint8(p.Message), p.Reserved)
	b = binary.BigEndian.AppendUint16(b, p.Identifier)
	return AppendAttributes(b, p.Attributes)
}

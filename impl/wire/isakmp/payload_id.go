package isakmp

import (
	"encoding/binary"
	"fmt"

	"ikewit/impl/wire/bin"
)

// An ID says who the sender is (phase 1), or whose traffic an SA is for (phase 2).
//
//	+---------------+---------------+-------------------------------+
//	|    ID Type    |  Protocol ID  |             Port              |
//	+---------------+---------------+-------------------------------+
//	~                      Identification Data                      ~
//	+---------------------------------------------------------------+
//
// RFC 2407 section 4.6.2.
type ID struct {
	IDType   IDType
	Protocol uint8  // of IP; 0 is any
	Port     uint16 // of the protocol; 0 is any
	Data     []byte
}

// Type is TypeID.
func (*ID) Type() PayloadType { return TypeID }

// String is the type and what it says, then protocol and port unless both are any, as in
// "ID_IPV4_ADDR_SUBNET 10.1.0.0/16 6/80". Names are quoted; data that are no text are in hex.
func (p *ID) String() string {
	s := p.IDType.String() + " " + p.text()
	if p.Protocol != 0 || p.Port != 0 {
		s += fmt.Sprintf(" %d/%d", p.Protocol, p.Port)
	}
	return s
}

// text is what the data say.
func (p *ID) text() string {
	switch p.IDType {
	case IDTypeFQDN, IDTypeUserFQDN:
		return fmt.Sprintf("%q", p.Data)
	case IDTypeIPv4Range, IDTypeIPv6Range:
		if first, last, err := p.Range(); err == nil {
			return fmt.Sprintf("%v-%v", first, last)
		}
	}
	if addr, err := p.Addr(); err == nil {
		return addr.String()
	}
	if prefix, err := p.Prefix(); err == nil {
		return prefix.String()
	}
	return fmt.Sprintf("%x", p.Data)
}

func (p *ID) parse(r *bin.Reader) {
	p.IDType = IDType(r.Uint8("ID Type"))
	p.Protocol = r.Uint8("Protocol ID")
	p.Port = r.Uint16("Port")
	p.Data = r.Rest("Identification Data")
}

func (p *ID) append(b []byte) []byte {
	b = append(b, uint8(p.IDType), p.Protocol)
	b = binary.BigEndian.AppendUint16(b, p.Port)
	return append(b, p.Data...)
}

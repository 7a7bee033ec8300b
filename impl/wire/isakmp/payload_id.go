package isakmp

import (
	"encoding/binary"

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

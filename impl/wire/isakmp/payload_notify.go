package isakmp

import (
	"encoding/binary"

	"ikewit/impl/wire/bin"
)

// A Notify tells the peer what went wrong, or how things stand.
//
//	+---------------------------------------------------------------+
//	|                 Domain of Interpretation (DOI)                |
//	+---------------+---------------+-------------------------------+
//	|  Protocol-ID  |   SPI Size    |      Notify Message Type      |
//	+---------------+---------------+-------------------------------+
//	~                              SPI                              ~
//	+---------------------------------------------------------------+
//	~                       Notification Data                       ~
//	+---------------------------------------------------------------+
//
// RFC 2408 section 3.14.
type Notify struct {
	DOI        DOI
	Protocol   Protocol
	NotifyType NotifyType
	SPI        []byte // none or both cookies for ISAKMP, 4 octets for ESP and AH
	Data       []byte // attributes for RESPONDER-LIFETIME, a number for REPLAY-STATUS, mostly none
}

// Type is TypeNotify.
func (*Notify) Type() PayloadType { return TypeNotify }

func (p *Notify) parse(r *bin.Reader) {
	p.DOI = DOI(r.Uint32("DOI"))
	p.Protocol = Protocol(r.Uint8("Protocol-ID"))
	size := r.Uint8("SPI Size")
	p.NotifyType = NotifyType(r.Uint16("Notify Message Type"))
	p.SPI = r.Octets("SPI", int(size))
	p.Data = r.Rest("Notification Data")
}

func (p *Notify) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(p.DOI))
	b = append(b, uint8(p.Protocol), uint8(len(p.SPI)))
	b = binary.BigEndian.AppendUint16(b, uint16(p.NotifyType))
	b = append(b, p.SPI...)
	return append(b, p.Data...)
}

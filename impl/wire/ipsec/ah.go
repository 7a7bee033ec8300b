package ipsec

import "encoding/binary"

// AHHeader is an Authentication Header without its ICV.
//
//	+---------------+---------------+-------------------------------+
//	|  Next Header  |  Payload Len  |          RESERVED             |
//	+---------------+---------------+-------------------------------+
//	|                 Security Parameters Index (SPI)               |
//	+---------------------------------------------------------------+
//	|                    Sequence Number Field                      |
//	+---------------------------------------------------------------+
//	~      ICV, and padding to 4 octets (IPv4) or 8 (IPv6)          ~
//	+---------------------------------------------------------------+
//
// RFC 2402 section 2.
type AHHeader struct {
	Next       uint8
	PayloadLen uint8 // 32-bit words of the whole header, less 2
	Reserved   uint16
	SPI        uint32
	Seq        uint32
}

// AHHeaderSize is the length of an AHHeader in octets: AH without its ICV.
const AHHeaderSize = 12

// ParseAH reads an AH header at the front of b; false if b is too short.
func ParseAH(b []byte) (AHHeader, bool) {
	if len(b) < AHHeaderSize {
		return AHHeader{}, false
	}
	return AHHeader{
		Next:       b[0],
		PayloadLen: b[1],
		Reserved:   binary.BigEndian.Uint16(b[2:]),
		SPI:        binary.BigEndian.Uint32(b[4:]),
		Seq:        binary.BigEndian.Uint32(b[8:]),
	}, true
}

// Put writes the header to the first 12 octets of b.
func (h AHHeader) Put(b []byte) {
	b[0], b[1] = h.Next, h.PayloadLen
	binary.BigEndian.PutUint16(b[2:], h.Reserved)
	binary.BigEndian.PutUint32(b[4:], h.SPI)
	binary.BigEndian.PutUint32(b[8:], h.Seq)
}

// Size is the length of the whole header in octets, ICV and padding included, as PayloadLen has it.
func (h AHHeader) Size() int { return (int(h.PayloadLen) + 2) * 4 }

// AHSize is the length of a whole header with an ICV of so many octets: a multiple of 4 in IPv4, of 8
// in IPv6 (RFC 2402 section 3.3.3.2.1).
func AHSize(icv int, v6 bool) int {
	unit := 4
	if v6 {
		unit = 8
	}
	return (AHHeaderSize + icv + unit - 1) / unit * unit
}

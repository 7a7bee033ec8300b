package ipsec

import "encoding/binary"

// MinSPI is the lowest SPI that an SA may have: 1 to 255 are reserved, 0 is never sent (RFC 2406
// section 2.1).
const MinSPI = 256

// ESPHeader is the front of an ESP packet.
//
//	+---------------------------------------------------------------+
//	|               Security Parameters Index (SPI)                 |
//	+---------------------------------------------------------------+
//	|                      Sequence Number                          |
//	+---------------------------------------------------------------+
//	~              IV, text (payload, padding, pad length,          ~
//	~              next header), ICV                                ~
//	+---------------------------------------------------------------+
//
// RFC 2406 section 2. A packet of RFC 1827 has the SPI alone.
type ESPHeader struct {
	SPI uint32
	Seq uint32 // the low half of an extended sequence number
}

// ESPHeaderSize is the length of an ESPHeader in octets.
const ESPHeaderSize = 8

// ParseESP reads an ESP header at the front of b; false if b is too short.
func ParseESP(b []byte) (ESPHeader, bool) {
	if len(b) < ESPHeaderSize {
		return ESPHeader{}, false
	}
	return ESPHeader{binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])}, true
}

// Put writes the header to the first 8 octets of b.
func (h ESPHeader) Put(b []byte) {
	binary.BigEndian.PutUint32(b, h.SPI)
	binary.BigEndian.PutUint32(b[4:], h.Seq)
}

// PutPadding fills b with the padding of RFC 2406 section 2.4: 1, 2, 3 and so on. At most 255 octets.
func PutPadding(b []byte) {
	for i := range b {
		b[i] = byte(i + 1)
	}
}

// IsPadding reports whether b is what PutPadding would write.
func IsPadding(b []byte) bool {
	for i, p := range b {
		if p != byte(i+1) {
			return false
		}
	}
	return true
}

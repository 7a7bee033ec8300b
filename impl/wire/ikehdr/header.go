// Package ikehdr is what IKE version 1 and version 2 share on the wire: the fixed header, the marker
// and the keepalive of UDP port 4500.
//
// RFC 2408 section 3.1, RFC 3948 section 2.
package ikehdr

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"ikewit/impl/wire/bin"
)

// A Cookie names one side of an SA; IKEv2 calls it SPI.
type Cookie [8]byte

// String is the cookie in hex, as captures print it.
func (c Cookie) String() string { return hex.EncodeToString(c[:]) }

// IsZero tells whether nobody has chosen this cookie yet, as the responder's in a first message.
func (c Cookie) IsZero() bool { return c == Cookie{} }

// Size of the header in octets.
const Size = 28

// A Header begins every message of both versions.
//
//	+---------------------------------------------------------------+
//	|                       Initiator Cookie                        |
//	|                                                               |
//	+---------------------------------------------------------------+
//	|                       Responder Cookie                        |
//	|                                                               |
//	+---------------+-------+-------+---------------+---------------+
//	| Next Payload  | MjVer | MnVer | Exchange Type |     Flags     |
//	+---------------+-------+-------+---------------+---------------+
//	|                          Message ID                           |
//	+---------------------------------------------------------------+
//	|                            Length                             |
//	+---------------------------------------------------------------+
//
// Its numbers are plain: what they mean depends on the version. RFC 2408 section 3.1.
type Header struct {
	Initiator   Cookie // of who began the SA, whoever sends now
	Responder   Cookie
	NextPayload uint8
	Version     uint8 // major version in the high four bits: 0x10 is IKEv1, 0x20 IKEv2
	Exchange    uint8
	Flags       uint8
	MessageID   uint32
	Length      uint32 // octets of the whole message, this header included
}

// Parse reads the header at the front of b and judges none of its values; octets after it are the
// caller's. The error is a [*bin.Error] that names the field at which b ends.
func Parse(b []byte) (Header, error) {
	var h Header
	r := bin.New(b)
	copy(h.Initiator[:], r.Octets("Initiator Cookie", len(h.Initiator)))
	copy(h.Responder[:], r.Octets("Responder Cookie", len(h.Responder)))
	h.NextPayload = r.Uint8("Next Payload")
	h.Version = r.Uint8("Version")
	h.Exchange = r.Uint8("Exchange Type")
	h.Flags = r.Uint8("Flags")
	h.MessageID = r.Uint32("Message ID")
	h.Length = r.Uint32("Length")
	if err := r.Err(); err != nil {
		return Header{}, fmt.Errorf("ISAKMP header: %w", err)
	}
	return h, nil
}

// Append writes the header as it stands.
func (h Header) Append(b []byte) []byte {
	b = append(b, h.Initiator[:]...)
	b = append(b, h.Responder[:]...)
	b = append(b, h.NextPayload, h.Version, h.Exchange, h.Flags)
	b = binary.BigEndian.AppendUint32(b, h.MessageID)
	return binary.BigEndian.AppendUint32(b, h.Length)
}

// Major is the major version, 1 or 2 in what we speak.
func (h Header) Major() uint8 { return h.Version >> 4 }

// Minor is the minor version.
func (h Header) Minor() uint8 { return h.Version & 15 }

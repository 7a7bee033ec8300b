package isakmp

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// HeaderLen is the octets of the ISAKMP header.
const HeaderLen = 28

// LayerType is this layer's number in gopacket.
var LayerType = gopacket.RegisterLayerType(2408, gopacket.LayerTypeMetadata{Name: "ISAKMP", Decoder: gopacket.DecodeFunc(decodePacket)})

// A Cookie is one cookie of IKEv1, or one SPI of IKEv2.
type Cookie [8]byte

// String is lower-case hex.
func (c Cookie) String() string { return hex.EncodeToString(c[:]) }

// IsZero reports whether no cookie was chosen yet.
func (c Cookie) IsZero() bool { return c == Cookie{} }

// Flags of the header. E, C and A are IKEv1's; I, V and R are IKEv2's.
type Flags uint8

// RFC 2408 section 3.1, RFC 7296 section 3.1.
const (
	FlagEncryption Flags = 0x01
	FlagCommit     Flags = 0x02
	FlagAuthOnly   Flags = 0x04
	FlagInitiator  Flags = 0x08
	FlagVersion    Flags = 0x10
	FlagResponse   Flags = 0x20
)

// A Message is one ISAKMP message as it stood in a UDP datagram.
//
//	+---------------------------------------------------------------+
//	|                       Initiator Cookie                        |
//	+---------------------------------------------------------------+
//	|                       Responder Cookie                        |
//	+---------------+-------+-------+---------------+---------------+
//	|  Next Payload | MjVer | MnVer | Exchange Type |     Flags     |
//	+---------------+-------+-------+---------------+---------------+
//	|                          Message ID                           |
//	+---------------------------------------------------------------+
//	|                            Length                             |
//	+---------------------------------------------------------------+
//
// Contents is the header, Payload the rest of the message. All slices are parts of the octets that were decoded.
//
// RFC 2408 section 3.1.
type Message struct {
	layers.BaseLayer
	ICookie, RCookie Cookie
	NextPayload      PayloadType
	Major, Minor     uint8
	Exchange         Exchange
	Flags            Flags
	MessageID        uint32
	Length           uint32

	Octets   []byte    // the message as far as Length says, or as far as there was any
	Trailing []byte    // of the datagram, behind Length
	Payloads []Payload // the clear chain, as far as it makes sense; none if Encrypted
	Padding  []byte    // behind the last payload, counted in Length
	Err      error     // why the message is broken behind its header; nil if it is whole
}

// Encrypted reports whether the body is ciphertext: the E flag in IKEv1. An IKEv2 message hides only what is inside
// its Encrypted payload, which ends the clear chain.
func (m *Message) Encrypted() bool { return m.Major == 1 && m.Flags&FlagEncryption != 0 }

// Hides reports whether any part of the message is ciphertext.
func (m *Message) Hides() bool {
	n := len(m.Payloads)
	return m.Encrypted() || m.Major == 2 && n > 0 && (m.Payloads[n-1].Type == PayloadSK || m.Payloads[n-1].Type == PayloadSKF)
}

// V1 reports whether the message is one of ISAKMP 1.x.
func (m *Message) V1() bool { return m.Major == 1 }

// ErrShort says that there are fewer octets than a header.
var ErrShort = errors.New("shorter than an ISAKMP header")

// Parse reads one datagram without marker. It fails with ErrShort only; anything that is wrong behind the header
// is in Err.
func Parse(b []byte) (*Message, error) {
	m := &Message{}
	return m, m.DecodeFromBytes(b, gopacket.NilDecodeFeedback)
}

// DecodeFromBytes is Parse for gopacket's decoding layer parser.
func (m *Message) DecodeFromBytes(b []byte, df gopacket.DecodeFeedback) error {
	if len(b) < HeaderLen {
		df.SetTruncated()
		return fmt.Errorf("%w: %d octets of %d", ErrShort, len(b), HeaderLen)
	}
	*m = Message{
		ICookie: Cookie(b[:8]), RCookie: Cookie(b[8:16]),
		NextPayload: PayloadType(b[16]), Major: b[17] >> 4, Minor: b[17] & 15,
		Exchange: Exchange(b[18]), Flags: Flags(b[19]),
		MessageID: binary.BigEndian.Uint32(b[20:]), Length: binary.BigEndian.Uint32(b[24:]),
		Octets: b,
	}
	switch {
	case m.Length < HeaderLen:
		m.Err = fieldError("Length", "says %d octets, the header alone has %d", m.Length, HeaderLen)
	case int64(m.Length) > int64(len(b)):
		df.SetTruncated()
		m.Err = fieldError("Length", "says %d octets, there are %d", m.Length, len(b))
	default:
		m.Octets, m.Trailing = b[:m.Length], b[m.Length:]
	}
	m.BaseLayer = layers.BaseLayer{Contents: m.Octets[:HeaderLen], Payload: m.Octets[HeaderLen:]}
	m.decodeBody()
	return nil
}

// decodeBody walks the clear chain. The first thing that was wrong stays in Err.
func (m *Message) decodeBody() {
	var err error
	switch {
	case m.Major != 1 && m.Major != 2:
		err = fieldError("Major Version", "%d.%d, only 1.x and 2.x are known", m.Major, m.Minor)
	case m.Encrypted():
		if len(m.Payload) == 0 {
			err = errors.New("encrypted body: no octets")
		}
	case m.Length >= HeaderLen:
		m.Payloads, m.Padding, err = ParseChain(m.NextPayload, m.Payload, m.Major)
	}
	if m.Err == nil {
		m.Err = err
	}
}

// LayerType is for gopacket.
func (m *Message) LayerType() gopacket.LayerType { return LayerType }

// CanDecode is for gopacket.
func (m *Message) CanDecode() gopacket.LayerClass { return LayerType }

// NextLayerType is for gopacket: nothing follows.
func (m *Message) NextLayerType() gopacket.LayerType { return gopacket.LayerTypeZero }

var (
	_ gopacket.Layer         = (*Message)(nil)
	_ gopacket.DecodingLayer = (*Message)(nil)
)

func decodePacket(b []byte, p gopacket.PacketBuilder) error {
	m := &Message{}
	if err := m.DecodeFromBytes(b, p); err != nil {
		return err
	}
	p.AddLayer(m)
	return m.Err
}

// Plausible guesses whether octets of no known port are an ISAKMP message: a cookie, a version and an exchange that
// exist, and a length that fits exactly.
func Plausible(b []byte) bool {
	if len(b) < HeaderLen || Cookie(b[:8]).IsZero() || int64(binary.BigEndian.Uint32(b[24:])) != int64(len(b)) {
		return false
	}
	switch _, known := exchangeNames[Exchange(b[18])]; {
	case b[17] == 0x10:
		return known && b[18] < 34
	case b[17] == 0x20:
		return known && b[18] >= 34
	}
	return false
}

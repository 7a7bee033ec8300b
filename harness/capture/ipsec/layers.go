package ipsec

import (
	"encoding/binary"
	"fmt"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// Layer types in gopacket.
var (
	LayerTypeESP    = gopacket.RegisterLayerType(2406, gopacket.LayerTypeMetadata{Name: "ESP (ikewit)", Decoder: decoder(func() layer { return &ESP{} })})
	LayerTypeAH     = gopacket.RegisterLayerType(2402, gopacket.LayerTypeMetadata{Name: "AH (ikewit)", Decoder: decoder(func() layer { return &AH{} })})
	LayerTypeIPComp = gopacket.RegisterLayerType(3173, gopacket.LayerTypeMetadata{Name: "IPComp", Decoder: decoder(func() layer { return &IPComp{} })})
)

// An ESP is the clear part of an ESP packet. Payload is all that follows: IV, ciphertext, ICV.
//
//	+---------------------------------------------------------------+
//	|               Security Parameters Index (SPI)                 |
//	+---------------------------------------------------------------+
//	|                      Sequence Number                          |
//	+---------------------------------------------------------------+
//	~          IV, Payload Data, Padding, trailer, ICV              ~
//	+---------------------------------------------------------------+
//
// A packet of RFC 1827 has no sequence number; only its SA tells. RFC 2406 section 2.
type ESP struct {
	layers.BaseLayer
	SPI, Seq uint32
	Octets   []byte
}

// DecodeFromBytes reads SPI and sequence number.
func (e *ESP) DecodeFromBytes(b []byte, df gopacket.DecodeFeedback) error {
	if len(b) < 8 {
		df.SetTruncated()
		return fmt.Errorf("ESP header: %d octets, 8 are needed", len(b))
	}
	*e = ESP{layers.BaseLayer{Contents: b[:8], Payload: b[8:]}, binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:]), b}
	return nil
}

// An AH is an Authentication Header. Payload is what it authenticates, beside the IP header.
//
//	+---------------+---------------+-------------------------------+
//	|  Next Header  |  Payload Len  |           RESERVED            |
//	+---------------+---------------+-------------------------------+
//	|               Security Parameters Index (SPI)                 |
//	+---------------------------------------------------------------+
//	|                      Sequence Number                          |
//	+---------------------------------------------------------------+
//	~              Integrity Check Value, with padding              ~
//	+---------------------------------------------------------------+
//
// RFC 2402 section 2.
type AH struct {
	layers.BaseLayer
	NextHeader uint8
	Len        uint8 // 32-bit words, less two
	Reserved   uint16
	SPI, Seq   uint32
	ICV        []byte // with its padding
}

// DecodeFromBytes reads the header.
func (a *AH) DecodeFromBytes(b []byte, df gopacket.DecodeFeedback) error {
	if len(b) < 12 {
		df.SetTruncated()
		return fmt.Errorf("AH: %d octets, at least 12 are needed", len(b))
	}
	n := (int(b[1]) + 2) * 4
	if n < 12 || n > len(b) {
		df.SetTruncated()
		return fmt.Errorf("AH Payload Len: %d octets of header, there are %d", n, len(b))
	}
	*a = AH{
		BaseLayer: layers.BaseLayer{Contents: b[:n:n], Payload: b[n:]}, NextHeader: b[0], Len: b[1],
		Reserved: binary.BigEndian.Uint16(b[2:]), SPI: binary.BigEndian.Uint32(b[4:]), Seq: binary.BigEndian.Uint32(b[8:]),
		ICV: b[12:n:n],
	}
	return nil
}

// An IPComp is the header of a compressed payload. RFC 3173 section 3.
type IPComp struct {
	layers.BaseLayer
	NextHeader, Flags uint8
	CPI               uint16
}

// DecodeFromBytes reads the header.
func (c *IPComp) DecodeFromBytes(b []byte, df gopacket.DecodeFeedback) error {
	if len(b) < 4 {
		df.SetTruncated()
		return fmt.Errorf("IPComp header: %d octets, 4 are needed", len(b))
	}
	*c = IPComp{layers.BaseLayer{Contents: b[:4], Payload: b[4:]}, b[0], b[1], binary.BigEndian.Uint16(b[2:])}
	return nil
}

// IsKeepalive reports whether a UDP payload is a NAT keepalive: one octet ff. RFC 3948 section 2.3.
func IsKeepalive(b []byte) bool { return len(b) == 1 && b[0] == 0xff }

// LayerType is for gopacket.
func (e *ESP) LayerType() gopacket.LayerType { return LayerTypeESP }

// CanDecode is for gopacket.
func (e *ESP) CanDecode() gopacket.LayerClass { return LayerTypeESP }

// NextLayerType is for gopacket.
func (e *ESP) NextLayerType() gopacket.LayerType { return gopacket.LayerTypePayload }

// LayerType is for gopacket.
func (a *AH) LayerType() gopacket.LayerType { return LayerTypeAH }

// CanDecode is for gopacket.
func (a *AH) CanDecode() gopacket.LayerClass { return LayerTypeAH }

// NextLayerType is for gopacket.
func (a *AH) NextLayerType() gopacket.LayerType {
	return layers.IPProtocol(a.NextHeader).LayerType()
}

// LayerType is for gopacket.
func (c *IPComp) LayerType() gopacket.LayerType { return LayerTypeIPComp }

// CanDecode is for gopacket.
func (c *IPComp) CanDecode() gopacket.LayerClass { return LayerTypeIPComp }

// NextLayerType is for gopacket.
func (c *IPComp) NextLayerType() gopacket.LayerType { return gopacket.LayerTypePayload }

type layer interface {
	gopacket.Layer
	gopacket.DecodingLayer
}

func decoder(empty func() layer) gopacket.Decoder {
	return gopacket.DecodeFunc(func(b []byte, p gopacket.PacketBuilder) error {
		l := empty()
		if err := l.DecodeFromBytes(b, p); err != nil {
			return err
		}
		p.AddLayer(l)
		return p.NextDecoder(l.NextLayerType())
	})
}

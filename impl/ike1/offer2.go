package ike1

import (
	"encoding/binary"
	"slices"

	"ikewit/impl/alg"
	"ikewit/impl/conn"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/isakmp"
)

// A spec is one protocol of the proposal that was chosen: what its SAs are made of.
type spec struct {
	proto        sadb.Protocol
	mode         sadb.Mode
	udp          bool        // ESP travels in UDP
	cipher       *alg.Cipher // ESP
	bits         int
	integrity    *alg.Integrity // nil: none
	ours, theirs uint32         // SPIs: under which we receive, and the peer
	at           int            // place among the proposals of the answer
}

func (s *spec) protocol() isakmp.Protocol { return protocolOf(s.proto) }

// protocolOf is the DOI's number of a protocol. RFC 2407 section 4.4.1.
func protocolOf(p sadb.Protocol) isakmp.Protocol {
	switch p {
	case sadb.ESP:
		return isakmp.ProtoESP
	case sadb.AH:
		return isakmp.ProtoAH
	}
	return isakmp.ProtoIPCOMP
}

// spiNumber is an SPI as a number; of octets that are not four, as if zeros or nothing stood in front.
func spiNumber(octets []byte) (spi uint32) {
	for _, octet := range octets {
		spi = spi<<8 | uint32(octet)
	}
	return spi
}

func spiOctets(spi uint32) []byte { return binary.BigEndian.AppendUint32(nil, spi) }

// transformID is the number under which a protocol of ours is offered: the cipher of ESP, the
// integrity of AH. RFC 2407 sections 4.4.3 and 4.4.4.
func transformID(p *conn.ProtocolProposal) uint8 {
	if p.Proto == sadb.ESP {
		return uint8(p.Cipher.ESP)
	}
	return uint8(p.Integrity.AH)
}

// protocolAttributes writes one protocol of a proposal as attributes. RFC 2407 section 4.5.
func protocolAttributes(p *conn.ProtocolProposal, o *conn.IPsecProposal, mode isakmp.EncapsulationMode, l life) []isakmp.Attribute {
	var list []isakmp.Attribute
	if p.Proto == sadb.ESP && p.Cipher.KeyLength != alg.Forbidden && (p.KeyBits != 0 || p.Cipher.KeyLength == alg.Required) {
		list = append(list, isakmp.TV(isakmp.P2KeyLength, uint16(bitsOf(p))))
	}
	if p.Integrity != nil && p.Integrity.Attr != 0 {
		list = append(list, isakmp.TV(isakmp.P2AuthAlgorithm, uint16(p.Integrity.Attr)))
	}
	if o.Group != nil {
		list = append(list, isakmp.TV(isakmp.P2Group, uint16(o.Group.Number)))
	}
	list = append(list, isakmp.TV(isakmp.P2EncapsulationMode, mode))
	return append(list, lifeAttributes(l)...)
}

// bitsOf is the key length that a proposal of ours means.
func bitsOf(p *conn.ProtocolProposal) int {
	if p.KeyBits != 0 || p.Cipher == nil {
		return p.KeyBits
	}
	return p.Cipher.ESPBits
}

// specOf makes a spec of a proposal of ours that was chosen.
func specOf(p *conn.ProtocolProposal, mode sadb.Mode, ours, theirs []byte) spec {
	s := spec{proto: p.Proto, mode: mode, cipher: p.Cipher, bits: bitsOf(p), integrity: p.Integrity}
	if p.Proto != sadb.ESP {
		s.cipher = nil
	}
	s.ours, s.theirs = spiNumber(ours), spiNumber(theirs)
	return s
}

// sortSpecs puts the protocol that is nearest to the payload first: IPComp, ESP, AH. RFC 2401 section 4.3.
func (q *quick) sortSpecs() {
	for i := range q.specs {
		q.specs[i].at = i
	}
	order := map[sadb.Protocol]int{sadb.IPComp: 0, sadb.ESP: 1, sadb.AH: 2}
	slices.SortStableFunc(q.specs, func(a, b spec) int { return order[a.proto] - order[b.proto] })
}

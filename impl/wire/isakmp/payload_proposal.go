package isakmp

import (
	"encoding/binary"
	"fmt"

	"ikewit/impl/wire/bin"
)

// A Proposal is one protocol of an SA, with the transforms that its sender would take for it, best
// first. Proposals of the same number belong together; different numbers are alternatives.
//
//	+---------------+---------------+-------------------------------+
//	| Next: 2 or 0  |   RESERVED    |         Payload Length        |
//	+---------------+---------------+---------------+---------------+
//	|  Proposal #   |  Protocol-Id  |   SPI Size    |# of Transforms|
//	+---------------+---------------+---------------+---------------+
//	~                              SPI                              ~
//	+---------------------------------------------------------------+
//	~                          Transforms                           ~
//	+---------------------------------------------------------------+
//
// RFC 2408 sections 3.5 and 4.2.
type Proposal struct {
	Reserved    uint8
	Number      uint8
	Protocol    Protocol
	SPI         []byte // 0 to 16 octets of no meaning for ISAKMP, 4 for ESP and AH, 2 or 4 for IPCOMP
	NTransforms uint8  // written as it stands; when parsed, the number of Transforms
	Transforms  []Transform
}

// NewProposal makes a proposal whose count is right.
func NewProposal(number uint8, protocol Protocol, spi []byte, transforms ...Transform) Proposal {
	return Proposal{
		Number: number, Protocol: protocol, SPI: spi,
		NTransforms: uint8(len(transforms)), Transforms: transforms,
	}
}

// parseProposals reads proposals to the end of r. What is wrong in them is told to the peer as blame.
func parseProposals(r *bin.Reader, blame NotifyType) []Proposal {
	part := r.Sub("Proposals", r.Len())
	if part.Len() == 0 {
		part.Fail(ErrNoProposal)
	}
	var all []Proposal
	for next := TypeProposal; next != None; {
		var p Proposal
		var body bin.Reader
		next, p.Reserved, body = parseGeneric(&part, TypeProposal)
		p.parse(&body, blame)
		part.Fail(body.End())
		all = append(all, p)
	}
	if err := part.End(); err != nil {
		r.Fail(refuse(TypeProposal, blame, err))
	}
	return all
}

// parse reads what stands behind the generic header.
func (p *Proposal) parse(r *bin.Reader, blame NotifyType) {
	p.Number = r.Uint8("Proposal #")
	p.Protocol = Protocol(r.Uint8("Protocol-Id"))
	size := r.Uint8("SPI Size")
	p.NTransforms = r.Uint8("# of Transforms")
	p.SPI = r.Octets("SPI", int(size))
	p.Transforms = parseTransforms(r, int(p.NTransforms), blame)
	if len(p.Transforms) != int(p.NTransforms) {
		r.Fail(fmt.Errorf("%w: says %d transforms, has %d", ErrCount, p.NTransforms, len(p.Transforms)))
	}
}

func appendProposals(b []byte, all []Proposal) []byte {
	for i := range all {
		p := &all[i]
		start := len(b)
		b = appendGeneric(b, more(TypeProposal, i, len(all)), p.Reserved)
		b = append(b, p.Number, uint8(p.Protocol), uint8(len(p.SPI)), p.NTransforms)
		b = append(b, p.SPI...)
		b = appendTransforms(b, p.Transforms)
		setLength(b, start)
	}
	return b
}

// A Transform is one way to do a proposal's protocol.
//
//	+---------------+---------------+-------------------------------+
//	| Next: 3 or 0  |   RESERVED    |         Payload Length        |
//	+---------------+---------------+-------------------------------+
//	|  Transform #  | Transform-Id  |           RESERVED2           |
//	+---------------+---------------+-------------------------------+
//	~                         SA Attributes                         ~
//	+---------------------------------------------------------------+
//
// RFC 2408 section 3.6.
type Transform struct {
	Reserved   uint8
	Number     uint8
	ID         uint8 // a KeyIKE, an ESPTransform, an AHTransform or an IPCOMPTransform, as the protocol is
	Reserved2  uint16
	Attributes []Attribute // in the order of the wire, duplicates and all
}

// parseTransforms reads transforms to the end of r; about n of them are to be expected.
func parseTransforms(r *bin.Reader, n int, blame NotifyType) []Transform {
	part := r.Sub("Transforms", r.Len())
	if part.Len() == 0 {
		part.Fail(ErrNoTransform)
	}
	all := make([]Transform, 0, min(n, part.Len()/minTransform))
	for next := TypeTransform; next != None; {
		var t Transform
		var body bin.Reader
		next, t.Reserved, body = parseGeneric(&part, TypeTransform)
		t.Number = body.Uint8("Transform #")
		t.ID = body.Uint8("Transform-Id")
		t.Reserved2 = body.Uint16("RESERVED2")
		t.Attributes = parseAttributes(&body)
		part.Fail(body.End())
		all = append(all, t)
	}
	if err := part.End(); err != nil {
		r.Fail(refuse(TypeTransform, blame, err))
	}
	return all
}

// minTransform is the length of a transform without attributes in octets.
const minTransform = 8

func appendTransforms(b []byte, all []Transform) []byte {
	for i := range all {
		t := &all[i]
		start := len(b)
		b = appendGeneric(b, more(TypeTransform, i, len(all)), t.Reserved)
		b = append(b, t.Number, t.ID)
		b = binary.BigEndian.AppendUint16(b, t.Reserved2)
		b = AppendAttributes(b, t.Attributes)
		setLength(b, start)
	}
	return b
}

// Find returns the first attribute of type t.
func (t *Transform) Find(class AttributeType) (Attribute, bool) { return find(t.Attributes, class) }

// more is the Next Payload of part i of n alike: the type again, and None behind the last.
func more(t PayloadType, i, n int) PayloadType {
	if i == n-1 {
		return None
	}
	return t
}

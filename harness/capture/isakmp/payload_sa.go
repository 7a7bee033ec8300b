package isakmp

import (
	"encoding/binary"
	"fmt"
)

// An SA is a Security Association payload.
//
//	+---------------------------------------------------------------+
//	|              Domain of Interpretation (DOI)                   |
//	+---------------------------------------------------------------+
//	~  Situation: 4 octets of bits, then what its bits call for     ~
//	+---------------------------------------------------------------+
//	~                          Proposals                            ~
//	+---------------------------------------------------------------+
//
// RFC 2408 section 3.4, RFC 2407 sections 4.2 and 4.6.1.
type SA struct {
	DOI       uint32
	Situation uint32
	Labels    []byte // of the secrecy and integrity situations, as they stand
	Proposals []Proposal
}

// A Proposal is one Proposal payload with its transforms. RFC 2408 section 3.5.
type Proposal struct {
	Reserved   uint8
	Number     uint8
	Protocol   Protocol
	Count      uint8 // # of Transforms, as it says
	SPI        []byte
	Transforms []Transform
}

// A Transform is one Transform payload. RFC 2408 section 3.6.
type Transform struct {
	Reserved   uint8
	Number     uint8
	ID         uint8
	Reserved2  uint16
	Attributes []Attribute
}

// An Attribute is one data attribute. Value is two octets for the short form (TV). RFC 2408 section 3.3.
type Attribute struct {
	Type  uint16 // without the format bit
	Short bool   // TV
	Value []byte
}

// Number reads the value as an unsigned number; false if it does not fit 64 bits.
func (a Attribute) Number() (uint64, bool) {
	var n uint64
	for i, octet := range a.Value {
		if len(a.Value)-i > 8 && octet != 0 {
			return 0, false
		}
		n = n<<8 | uint64(octet)
	}
	return n, true
}

// Find gives the first attribute of a type; false if there is none.
func (t Transform) Find(kind uint16) (Attribute, bool) {
	for _, a := range t.Attributes {
		if a.Type == kind {
			return a, true
		}
	}
	return Attribute{}, false
}

func parseSA(c *cursor) *SA {
	s := &SA{DOI: c.uint32("DOI")}
	if s.DOI > 1 {
		s.Labels = c.rest() // the situation of another DOI has a shape that is not known
		return s
	}
	if s.DOI == 1 {
		s.Situation = c.uint32("Situation")
		if s.Situation&6 != 0 {
			s.Labels = c.labels(s.Situation)
		}
	} else if len(c.b) >= 4 && c.b[0] == 0 && binary.BigEndian.Uint32(c.b) <= 7 {
		s.Situation = c.uint32("Situation") // the generic DOI has no situation by the book; some send one
	}
	if len(c.b) == 0 {
		return s // no proposal at all: nothing to propose, but nothing misread
	}
	for next := uint8(2); next != 0 && c.err == nil; {
		where := fmt.Sprintf("Proposal %d", len(s.Proposals)+1)
		if next != 2 {
			c.fail(where, "Next Payload before it is %d, not 2 or 0", next)
			break
		}
		next = c.uint8(where + " Next Payload")
		reserved := c.uint8(where + " RESERVED")
		inner := c.within(where+" Proposal Length", int(c.uint16(where+" Proposal Length"))-4)
		p := parseProposal(inner)
		p.Reserved = reserved
		c.join(inner, where)
		s.Proposals = append(s.Proposals, p)
	}
	if c.err == nil && len(c.b) > 0 {
		c.fail("Proposals", "%d octets behind the last one", len(c.b))
	}
	return s
}

// labels takes what SIT_SECRECY and SIT_INTEGRITY add: a domain identifier, then for each a level and a category
// bitmap, each behind its length and padded to 32 bits. RFC 2407 section 4.6.1.
func (c *cursor) labels(situation uint32) []byte {
	all := c.b
	c.octets("Labeled Domain Identifier", 4)
	for _, kind := range []struct {
		bit  uint32
		name string
	}{{2, "Secrecy"}, {4, "Integrity"}} {
		if situation&kind.bit == 0 {
			continue
		}
		n := int(c.uint16(kind.name + " Length"))
		c.octets("RESERVED", 2)
		c.octets(kind.name+" Level", (n+3)&^3)
		n = int(c.uint16(kind.name + " Cat. Length"))
		c.octets("RESERVED", 2)
		c.octets(kind.name+" Category Bitmap", (n+31)/32*4)
	}
	return all[:len(all)-len(c.b)]
}

// parseProposal reads
//
//	+---------------+---------------+---------------+---------------+
//	|   Proposal #  |  Protocol-Id  |    SPI Size   |# of Transforms|
//	+---------------+---------------+---------------+---------------+
//	~                   SPI (variable), Transforms                  ~
//	+---------------------------------------------------------------+
func parseProposal(c *cursor) Proposal {
	p := Proposal{Number: c.uint8("Proposal #"), Protocol: Protocol(c.uint8("Protocol-Id"))}
	size := int(c.uint8("SPI Size"))
	p.Count = c.uint8("# of Transforms")
	p.SPI = c.octets("SPI", size)
	if p.Count == 0 && len(c.b) == 0 {
		return p
	}
	for next := uint8(3); next != 0 && c.err == nil; {
		where := fmt.Sprintf("Transform %d", len(p.Transforms)+1)
		if next != 3 {
			c.fail(where, "Next Payload before it is %d, not 3 or 0", next)
			break
		}
		next = c.uint8(where + " Next Payload")
		reserved := c.uint8(where + " RESERVED")
		inner := c.within(where+" Transform Length", int(c.uint16(where+" Transform Length"))-4)
		t := Transform{Reserved: reserved, Number: inner.uint8("Transform #"), ID: inner.uint8("Transform-Id"), Reserved2: inner.uint16("RESERVED2")}
		t.Attributes = inner.attributes()
		c.join(inner, where)
		p.Transforms = append(p.Transforms, t)
	}
	if c.err == nil && len(c.b) > 0 {
		c.fail("Transforms", "%d octets behind the last one", len(c.b))
	}
	if c.err == nil && len(p.Transforms) != int(p.Count) {
		c.fail("# of Transforms", "says %d, there are %d", p.Count, len(p.Transforms))
	}
	return p
}

// ParseAttributes reads data attributes, as in the data of a RESPONDER-LIFETIME notification.
func ParseAttributes(b []byte) ([]Attribute, error) {
	c := &cursor{b: b}
	list := c.attributes()
	return list, c.err
}

// attributes reads data attributes to the end.
//
//	+-+-------------------------------------------------------------+
//	|F|  Attribute Type     |  AF=0: Length; AF=1: Value            |
//	+-+---------------------+---------------------------------------+
//	~                    AF=0: Value (variable)                     ~
//	+---------------------------------------------------------------+
func (c *cursor) attributes() []Attribute {
	var list []Attribute
	for len(c.b) > 0 && c.err == nil {
		where := fmt.Sprintf("Attribute %d", len(list)+1)
		kind := c.uint16(where + " Type")
		a := Attribute{Type: kind &^ 0x8000, Short: kind&0x8000 != 0}
		if a.Short {
			a.Value = c.octets(where+" Value", 2)
		} else {
			a.Value = c.octets(where+" Value", int(c.uint16(where+" Length")))
		}
		if c.err == nil {
			list = append(list, a)
		}
	}
	return list
}

package isakmp

import (
	"fmt"
	"strings"
)

// A Phase is where an attribute stands, and so which numbers it uses.
type Phase uint8

const (
	Phase1      Phase = 1 // transforms of PROTO_ISAKMP
	Phase2      Phase = 2 // transforms of every other protocol; data of RESPONDER-LIFETIME
	PhaseConfig Phase = 3 // the transaction exchange, which comes between the two
)

// AttributeName is the RFC's name of a class, as "Life Type", or "attribute 200".
func (p Phase) AttributeName(t AttributeType) string {
	if c := p.class(t); c != nil {
		return c.name
	}
	return t.String()
}

// AttributeByName is the class of a name that AttributeName prints.
func (p Phase) AttributeByName(name string) (AttributeType, bool) {
	for _, c := range p.classes() {
		if strings.EqualFold(c.name, name) {
			return c.value, true
		}
	}
	return 0, false
}

// Defined tells whether the phase has a class of this number.
func (p Phase) Defined(t AttributeType) bool { return p.class(t) != nil }

// Basic tells whether a class is one that must be sent in the short form. RFC 2409 appendix A.
func (p Phase) Basic(t AttributeType) bool {
	c := p.class(t)
	return c != nil && c.form == basic
}

// Text is an attribute in words, as "Encryption Algorithm = 3DES-CBC" or "SA Life Duration = 3600".
// Of a value that is neither a name nor a number it tells the length only: it may be a password.
func (p Phase) Text(a Attribute) string {
	name := p.AttributeName(a.Type)
	c := p.class(a.Type)
	v, number := a.Uint64()
	switch {
	case c != nil && c.valueName != nil && number && v <= 0xffff:
		if s, ok := c.valueName(uint16(v)); ok {
			return name + " = " + s
		}
		return fmt.Sprintf("%s = %d", name, v)
	case number && p != PhaseConfig || a.TV:
		return fmt.Sprintf("%s = %d", name, v)
	}
	return fmt.Sprintf("%s, %d octets", name, len(a.Octets))
}

// A form is how a class is to be encoded.
type form bool

const (
	basic    form = true  // TV only
	variable form = false // TLV, or TV if the value fits
)

// A classes table describes the attributes of one phase.
type classes []class

type class struct {
	value     AttributeType
	name      string
	form      form
	valueName func(uint16) (string, bool) // nil if values have no names
}

func (p Phase) classes() classes {
	switch p {
	case Phase1:
		return phase1Classes
	case Phase2:
		return phase2Classes
	case PhaseConfig:
		return configClasses
	}
	return nil
}

// class is the row of t, or nil.
func (p Phase) class(t AttributeType) *class {
	all := p.classes()
	for i := range all {
		if all[i].value == t {
			return &all[i]
		}
	}
	return nil
}

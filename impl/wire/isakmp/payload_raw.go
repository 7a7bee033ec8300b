package isakmp

import "ikewit/impl/wire/bin"

// Raw is a payload whose format is not known, or one with a body made up on purpose.
type Raw struct {
	T      PayloadType
	Octets []byte // the body, behind the generic header
}

// Type is the type it was found under, or is to be sent under.
func (p *Raw) Type() PayloadType { return p.T }

func (p *Raw) parse(r *bin.Reader) { p.Octets = r.Rest("payload body") }

func (p *Raw) append(b []byte) []byte { return append(b, p.Octets...) }

// Verbatim is octets put into a chain as they are, where a generic header would stand; so they bring
// their own, and may lie in it. Parsing never makes one.
type Verbatim struct {
	T      PayloadType // what the payload in front calls it
	Octets []byte      // generic header and body
}

// Type is what the payload in front calls it.
func (p *Verbatim) Type() PayloadType { return p.T }

func (p *Verbatim) parse(r *bin.Reader) { p.Octets = r.Rest("octets") }

func (p *Verbatim) append(b []byte) []byte { return append(b, p.Octets...) }

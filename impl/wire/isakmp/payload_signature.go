package isakmp

import "ikewit/impl/wire/bin"

// A Signature proves who sent a message of phase 1, in place of a Hash.
//
//	+---------------------------------------------------------------+
//	~                        Signature Data                         ~
//	+---------------------------------------------------------------+
//
// RFC 2408 section 3.12, RFC 2409 section 5.1.
type Signature struct {
	Data []byte // RSA: as long as the modulus; DSS and ECDSA: r and s of equal length
}

// Type is TypeSignature.
func (*Signature) Type() PayloadType { return TypeSignature }

func (p *Signature) parse(r *bin.Reader) { p.Data = r.Rest("Signature Data") }

func (p *Signature) append(b []byte) []byte { return append(b, p.Data...) }

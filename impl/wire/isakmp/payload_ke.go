package isakmp

import "ikewit/impl/wire/bin"

// A KE carries a public value of a Diffie-Hellman group.
//
//	+---------------------------------------------------------------+
//	~                       Key Exchange Data                       ~
//	+---------------------------------------------------------------+
//
// RFC 2408 section 3.7, RFC 2409 section 5.
type KE struct {
	Data []byte // as long as the group's prime, zeros in front; x and y of an ECP group
}

// Type is TypeKE.
func (*KE) Type() PayloadType { return TypeKE }

func (p *KE) parse(r *bin.Reader) { p.Data = r.Rest("Key Exchange Data") }

func (p *KE) append(b []byte) []byte { return append(b, p.Data...) }

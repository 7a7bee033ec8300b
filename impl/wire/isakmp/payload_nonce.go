package isakmp

import "ikewit/impl/wire/bin"

// A Nonce makes an exchange like no other.
//
//	+---------------------------------------------------------------+
//	~                          Nonce Data                           ~
//	+---------------------------------------------------------------+
//
// RFC 2408 section 3.13.
type Nonce struct {
	Data []byte // 8 to 256 octets, says RFC 2409 section 5; any number is read
}

// Type is TypeNonce.
func (*Nonce) Type() PayloadType { return TypeNonce }

func (p *Nonce) parse(r *bin.Reader) { p.Data = r.Rest("Nonce Data") }

func (p *Nonce) append(b []byte) []byte { return append(b, p.Data...) }

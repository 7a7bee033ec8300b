package isakmp

import "ikewit/impl/wire/bin"

// A Hash proves who sent a message, and that it is whole.
//
//	+---------------------------------------------------------------+
//	~                           Hash Data                           ~
//	+---------------------------------------------------------------+
//
// RFC 2408 section 3.11, RFC 2409 section 5.
type Hash struct {
	Data []byte // as long as the negotiated hash is, never cut
}

// Type is TypeHash.
func (*Hash) Type() PayloadType { return TypeHash }

func (p *Hash) parse(r *bin.Reader) { p.Data = r.Rest("Hash Data") }

func (p *Hash) append(b []byte) []byte { return append(b, p.Data...) }

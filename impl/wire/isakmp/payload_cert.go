package isakmp

import "ikewit/impl/wire/bin"

// A Cert carries a certificate, a revocation list, or something else that vouches for a key.
//
//	+---------------+-----------------------------------------------+
//	| Cert Encoding |                                               |
//	+---------------+                                               |
//	~                       Certificate Data                        ~
//	+---------------------------------------------------------------+
//
// RFC 2408 section 3.9.
type Cert struct {
	Encoding CertEncoding
	Data     []byte // DER, for X.509
}

// Type is TypeCert.
func (*Cert) Type() PayloadType { return TypeCert }

func (p *Cert) parse(r *bin.Reader) {
	p.Encoding = CertEncoding(r.Uint8("Cert Encoding"))
	p.Data = r.Rest("Certificate Data")
}

func (p *Cert) append(b []byte) []byte {
	b = append(b, uint8(p.Encoding))
	return append(b, p.Data...)
}

// A CertRequest asks for a certificate of one kind, by one authority.
//
//	+---------------+-----------------------------------------------+
//	|  Cert. Type   |                                               |
//	+---------------+                                               |
//	~                     Certificate Authority                     ~
//	+---------------------------------------------------------------+
//
// RFC 2408 section 3.10.
type CertRequest struct {
	Encoding  CertEncoding
	Authority []byte // for X.509 the DER of a distinguished name; none means any authority
}

// Type is TypeCertRequest.
func (*CertRequest) Type() PayloadType { return TypeCertRequest }

func (p *CertRequest) parse(r *bin.Reader) {
	p.Encoding = CertEncoding(r.Uint8("Cert. Type"))
	p.Authority = r.Rest("Certificate Authority")
}

func (p *CertRequest) append(b []byte) []byte {
	b = append(b, uint8(p.Encoding))
	return append(b, p.Authority...)
}

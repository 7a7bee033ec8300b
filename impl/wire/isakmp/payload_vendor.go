package isakmp

import "ikewit/impl/wire/bin"

// A VendorID tells of an implementation, or of an extension that the sender knows; see [VendorName].
//
//	+---------------------------------------------------------------+
//	~                        Vendor ID (VID)                        ~
//	+---------------------------------------------------------------+
//
// RFC 2408 section 3.16.
type VendorID struct {
	Data []byte // mostly the MD5 of a text
}

// Type is TypeVendorID.
func (*VendorID) Type() PayloadType { return TypeVendorID }

func (p *VendorID) parse(r *bin.Reader) { p.Data = r.Rest("Vendor ID") }

func (p *VendorID) append(b []byte) []byte { return append(b, p.Data...) }

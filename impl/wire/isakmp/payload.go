package isakmp

import (
	"fmt"

	"ikewit/impl/wire/bin"
)

// A Payload is the content of one payload, without its generic header. The types of this package
// are all there are; [Raw] serves for any other.
type Payload interface {
	Type() PayloadType

	parse(r *bin.Reader)    // reads down to the end; the caller checks r
	append(b []byte) []byte // writes what the value says and repairs nothing
}

// newPayload makes the empty payload of each type that has a format of its own.
var newPayload = [256]func() Payload{
	TypeSA:          func() Payload { return new(SA) },
	TypeKE:          func() Payload { return new(KE) },
	TypeID:          func() Payload { return new(ID) },
	TypeCert:        func() Payload { return new(Cert) },
	TypeCertRequest: func() Payload { return new(CertRequest) },
	TypeHash:        func() Payload { return new(Hash) },
	TypeSignature:   func() Payload { return new(Signature) },
	TypeNonce:       func() Payload { return new(Nonce) },
	TypeNotify:      func() Payload { return new(Notify) },
	TypeDelete:      func() Payload { return new(Delete) },
	TypeVendorID:    func() Payload { return new(VendorID) },
	TypeAttributes:  func() Payload { return new(Attributes) },
	TypeNATDBad:     func() Payload { return &NATD{T: TypeNATDBad} },
	TypeNATD:        func() Payload { return &NATD{T: TypeNATD} },
	TypeNATOA:       func() Payload { return &NATOA{T: TypeNATOA} },
	TypeNATDDraft:   func() Payload { return &NATD{T: TypeNATDDraft} },
	TypeNATOADraft:  func() Payload { return &NATOA{T: TypeNATOADraft} },
}

// Parse reads the body of one payload, which is what follows its generic header; the result aliases
// it. A type that this package does not know becomes [Raw]. The error is a [*ParseError], with
// [ErrMisplaced] for the types that stand in an SA only.
func Parse(t PayloadType, body []byte) (Payload, error) {
	return parsePayload(t, bin.New(body))
}

// Known tells whether this package has a format for payloads of type t: those of RFC 2408, of the
// transaction exchange and of NAT traversal. Proposal and Transform, which are parts of an SA, are
// not among them.
func (t PayloadType) Known() bool { return newPayload[t] != nil }

// Private tells whether t is left to vendors who have agreed on it. RFC 2408 section 3.16.
func (t PayloadType) Private() bool { return t >= 128 }

// Reserved tells whether t is one that no peer may use: neither known nor private.
func (t PayloadType) Reserved() bool { return !t.Known() && !t.Private() }

// parsePayload is Parse of all of r.
func parsePayload(t PayloadType, r *bin.Reader) (Payload, error) {
	if t == None || t == TypeProposal || t == TypeTransform {
		r.Fail(fmt.Errorf("%w: %v", ErrMisplaced, t))
		return nil, refuse(t, InvalidPayloadType, r.Err())
	}
	var p Payload
	if fresh := newPayload[t]; fresh != nil {
		p = fresh()
	} else {
		p = &Raw{T: t}
	}
	p.parse(r)
	if err := r.End(); err != nil {
		return nil, refuse(t, PayloadMalformed, err)
	}
	return p, nil
}

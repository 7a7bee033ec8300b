package isakmp

import (
	"net/netip"

	"ikewit/impl/wire/bin"
)

// A NATD carries the hash of an address and port, so that a NAT on the way shows.
//
//	+---------------------------------------------------------------+
//	~                 HASH of the address and port                  ~
//	+---------------------------------------------------------------+
//
// RFC 3947 section 3.2.
type NATD struct {
	T    PayloadType // TypeNATD, or what a draft called it: TypeNATDDraft, TypeNATDBad
	Data []byte      // as long as the negotiated hash is
}

// Type is the number that the sender's version of NAT traversal has for it.
func (p *NATD) Type() PayloadType { return p.T }

func (p *NATD) parse(r *bin.Reader) { p.Data = r.Rest("HASH") }

func (p *NATD) append(b []byte) []byte { return append(b, p.Data...) }

// A NATOA tells an address as its owner knows it, in Quick Mode for transport mode behind a NAT.
//
//	+---------------+---------------+-------------------------------+
//	|    ID Type    |   RESERVED    |           RESERVED            |
//	+---------------+---------------+-------------------------------+
//	~                         IP address                            ~
//	+---------------------------------------------------------------+
//
// RFC 3947 section 5.2.
type NATOA struct {
	T        PayloadType // TypeNATOA, or TypeNATOADraft
	IDType   IDType      // IDTypeIPv4Addr or IDTypeIPv6Addr
	Reserved [3]byte
	Data     []byte
}

// NewNATOA makes a NATOA of an address, under the number t.
func NewNATOA(t PayloadType, addr netip.Addr) *NATOA {
	id := IDAddr(addr)
	return &NATOA{T: t, IDType: id.IDType, Data: id.Data}
}

// Type is the number that the sender's version of NAT traversal has for it.
func (p *NATOA) Type() PayloadType { return p.T }

// Addr is the address. It errs as [ID.Addr] does.
func (p *NATOA) Addr() (netip.Addr, error) {
	id := ID{IDType: p.IDType, Data: p.Data}
	return id.Addr()
}

func (p *NATOA) parse(r *bin.Reader) {
	p.IDType = IDType(r.Uint8("ID Type"))
	copy(p.Reserved[:], r.Octets("RESERVED", len(p.Reserved)))
	p.Data = r.Rest("IP address")
}

func (p *NATOA) append(b []byte) []byte {
	b = append(b, uint8(p.IDType))
	b = append(b, p.Reserved[:]...)
	return append(b, p.Data...)
}

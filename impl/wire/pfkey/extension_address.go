package pfkey

import (
	"encoding/binary"
	"net/netip"
)

// Address is one end. RFC 2367 section 2.3.3.
//
//	|  ..proto      |  ..prefixlen  |    sadb_address_reserved      |
//	+---------------+---------------+---------------+---------------+
//	~     a socket address, with padding to 64 bits                 ~
type Address struct {
	Which     ExtensionType // ExtAddressSrc, ExtAddressDst, ExtAddressProxy, ExtNATTOA
	Proto     uint8         // upper protocol; 0: any
	PrefixLen uint8
	Reserved  uint16

	// Addr and Port are the socket address. Where it is of another family or has something odd, Addr is invalid and
	// Sockaddr holds it.
	Addr     netip.Addr
	Port     uint16
	Sockaddr []byte
}

// Socket address families and sizes of Linux: struct sockaddr_in, struct sockaddr_in6.
const (
	familyInet, sizeofSockaddrInet   = 2, 16
	familyInet6, sizeofSockaddrInet6 = 10, 28
)

// Kind is Which.
func (e *Address) Kind() ExtensionType { return e.Which }

func (e *Address) parse(r *reader) {
	e.Proto = r.uint8("proto")
	e.PrefixLen = r.uint8("prefixlen")
	e.Reserved = r.uint16("reserved")
	if len(r.rest) < 2 {
		r.fail("no socket address")
		return
	}
	octets := r.all()
	var again Address
	again.Addr, again.Port = sockaddr(octets)
	if again.Addr.IsValid() {
		// Take it apart only when putting it together gives the same octets.
		if made := again.appendSockaddr(nil); string(pad8(made, extensionHeader+4)) == string(octets) {
			e.Addr, e.Port = again.Addr, again.Port
			return
		}
	}
	e.Sockaddr = octets
}

func (e *Address) append(b []byte) []byte {
	b = append(b, e.Proto, e.PrefixLen)
	b = host.AppendUint16(b, e.Reserved)
	return e.appendSockaddr(b)
}

func (e *Address) appendSockaddr(b []byte) []byte {
	switch {
	case e.Sockaddr != nil:
		return append(b, e.Sockaddr...)
	case e.Addr.Is4():
		b = host.AppendUint16(b, familyInet)
		b = binary.BigEndian.AppendUint16(b, e.Port)
		b = append(b, e.Addr.AsSlice()...)
		return append(b, make([]byte, 8)...)
	}
	b = host.AppendUint16(b, familyInet6)
	b = binary.BigEndian.AppendUint16(b, e.Port)
	b = append(b, 0, 0, 0, 0) // flow information
	a := e.Addr.As16()
	b = append(b, a[:]...)
	return append(b, 0, 0, 0, 0) // scope
}

// sockaddr reads an address and a port; an invalid address when it is neither IPv4 nor IPv6.
func sockaddr(octets []byte) (netip.Addr, uint16) {
	switch family := host.Uint16(octets); {
	case family == familyInet && len(octets) >= sizeofSockaddrInet:
		return netip.AddrFrom4([4]byte(octets[4:8])), binary.BigEndian.Uint16(octets[2:])
	case family == familyInet6 && len(octets) >= sizeofSockaddrInet6:
		return netip.AddrFrom16([16]byte(octets[8:24])), binary.BigEndian.Uint16(octets[2:])
	}
	return netip.Addr{}, 0
}

// Value gives the address and port whichever way they are kept; an invalid address when there is none.
func (e *Address) Value() netip.AddrPort {
	if e.Addr.IsValid() || len(e.Sockaddr) < 2 {
		return netip.AddrPortFrom(e.Addr, e.Port)
	}
	return netip.AddrPortFrom(sockaddr(e.Sockaddr))
}

// pad8 fills with zeros so that used octets before b and b together are a multiple of 8.
func pad8(b []byte, used int) []byte {
	for (used+len(b))%8 != 0 {
		b = append(b, 0)
	}
	return b
}

package conn

import (
	"fmt"
	"net/netip"
)

// Identity is a phase 1 identity: a type of RFC 2407 section 4.6.2.1 and its data. The zero
// value stands for the address of the end.
type Identity struct {
	Type uint8  // 1 ID_IPV4_ADDR, 2 ID_FQDN, 3 ID_USER_FQDN, 5 ID_IPV6_ADDR, 11 ID_KEY_ID ...
	Data string // octets as sent
}

// IsZero reports whether no identity was set.
func (id Identity) IsZero() bool { return id == Identity{} }

// AddrIdentity is the identity of an address.
func AddrIdentity(a netip.Addr) Identity {
	a = a.Unmap()
	if a.Is4() {
		return Identity{1, string(a.AsSlice())}
	}
	return Identity{5, string(a.AsSlice())}
}

// Addr gives the address of an address identity.
func (id Identity) Addr() (netip.Addr, bool) {
	if id.Type != 1 && id.Type != 5 {
		return netip.Addr{}, false
	}
	return netip.AddrFromSlice([]byte(id.Data))
}

// String writes an identity as configuration files do: 10.0.0.1, @host.example,
// user@host.example, or type:hex for the rest.
func (id Identity) String() string {
	if a, ok := id.Addr(); ok {
		return a.String()
	}
	switch id.Type {
	case 0:
		return "%address"
	case 2:
		return fmt.Sprintf("@%s", printable(id.Data))
	case 3:
		return printable(id.Data)
	}
	return fmt.Sprintf("%d:%x", id.Type, id.Data)
}

// printable keeps a peer's octets from writing control characters into a log.
func printable(s string) string {
	q := fmt.Sprintf("%+q", s)
	return q[1 : len(q)-1]
}

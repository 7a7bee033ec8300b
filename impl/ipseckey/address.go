package ipseckey

import (
	"errors"
	"net/netip"
	"slices"
)

// A Found is one address that a name has.
type Found struct {
	Family uint16 // of Linux: 2 IPv4, 10 IPv6
	Addr   netip.Addr
}

// Families of addresses that SAs have.
const (
	FamilyInet  = 2
	FamilyInet6 = 10
)

// ErrUnknownName says that a name has no address.
var ErrUnknownName = errors.New("no such name")

// Names finds addresses for names, and names for addresses.
type Names interface {
	Lookup(name string) ([]Found, error)
	Name(a netip.Addr) string // "" if it has none
}

// lookup is Names.Lookup.
type lookup func(name string) ([]Found, error)

// A place is an address or a name, and the addresses that it has.
type place struct {
	word   string
	addrs  []netip.Addr // one or more, IPv4 never written as IPv6
	prefix uint8        // of a proxy; 0: none given
}

// readPlace takes a numeric address as it is, and looks a name up. only6 leaves IPv6 addresses only.
func readPlace(word string, only6 bool, find lookup) (*place, error) {
	p := &place{word: word}
	found := []Found{}
	if a, err := netip.ParseAddr(word); err == nil {
		found = append(found, Found{0, a})
	} else if found, err = find(word); err != nil {
		return nil, wrong("Unknown address %s.", shown(word))
	}
	for _, f := range found {
		if f.Family != 0 && f.Family != FamilyInet && f.Family != FamilyInet6 || !f.Addr.IsValid() {
			return nil, wrong("Address type %d not supported.", f.Family)
		}
		a := f.Addr.Unmap().WithZone("")
		if (!only6 || a.Is6()) && !slices.Contains(p.addrs, a) {
			p.addrs = append(p.addrs, a)
		}
	}
	if len(p.addrs) == 0 {
		return nil, wrong("Unknown address %s.", shown(word))
	}
	return p, nil
}

// ends are the two addresses of one request.
type ends struct{ src, dst netip.Addr }

// pair gives the requests' ends: one pair for each destination, with the source that fits it. Without a destination there is
// one for each source, which the database refuses.
func (r *request) pair() ([]ends, error) {
	if r.dst == nil {
		if r.src == nil {
			return []ends{{}}, nil
		}
		var list []ends
		for _, a := range r.src.addrs {
			list = append(list, ends{src: a})
		}
		return list, nil
	}
	var list []ends
	var missing error
	for _, dst := range r.dst.addrs {
		src, err := r.sourceFor(dst)
		if err != nil {
			if missing == nil {
				missing = err
			}
			continue
		}
		list = append(list, ends{src, dst})
	}
	if len(list) == 0 {
		return nil, missing
	}
	return list, nil
}

// sourceFor gives the source for a destination: of the same family, in IPv6 also of the same scope. If several fit, none is
// chosen.
func (r *request) sourceFor(dst netip.Addr) (netip.Addr, error) {
	wildcard := unspecified(dst)
	if r.src == nil {
		return wildcard, nil
	}
	var fit []netip.Addr
	for _, a := range r.src.addrs {
		if a.Is4() == dst.Is4() && (a.Is4() || a.IsUnspecified() || scopeOf(a) == scopeOf(dst)) {
			fit = append(fit, a)
		}
	}
	word := shown(r.src.word)
	switch {
	case len(fit) == 1:
		return fit[0], nil
	case len(fit) > 1 && dst.Is4():
		r.warn("Multiple IPv4 source addresses for " + word + ", using unspecified source instead.")
		return wildcard, nil
	case len(fit) > 1:
		r.warn("Multiple IPv6 source addresses for " + word + " of the same scope, using unspecified source instead.")
		return wildcard, nil
	case dst.Is4():
		return wildcard, wrong("No IPv4 source address for name %s.", word)
	}
	return wildcard, wrong("No IPv6 source address of matching scope for name %s.", word)
}

func unspecified(a netip.Addr) netip.Addr {
	if a.Is4() {
		return netip.IPv4Unspecified()
	}
	return netip.IPv6Unspecified()
}

// Scopes of IPv6 addresses that matter here (RFC 2373 sections 2.4, 2.7).
const (
	global = iota
	siteLocal
	linkLocal
)

func scopeOf(a netip.Addr) int {
	octets := a.As16()
	switch {
	case a.IsLinkLocalUnicast() || a.IsLinkLocalMulticast():
		return linkLocal
	case octets[0] == 0xfe && octets[1]&0xc0 == 0xc0, octets[0] == 0xff && octets[1]&0x0f == 5:
		return siteLocal
	}
	return global
}

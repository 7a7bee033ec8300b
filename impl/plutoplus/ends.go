package plutoplus

import (
	"fmt"
	"net/netip"
)

// Ends are the addresses of a command line.
type Ends struct {
	Listen  netip.Addr // zero: every address
	Dest    netip.Addr // zero: no -d
	Gateway netip.Addr // zero: no -g
}

// Peer is whom we negotiate with: the gateway if there is one, else the destination.
func (e Ends) Peer() netip.Addr {
	if e.Gateway.IsValid() {
		return e.Gateway
	}
	return e.Dest
}

// Resolve finds the addresses of the names on the command line, once. lookup gives the
// addresses of a host name. Of several, the first of the family of the local socket counts,
// for -g that of -d. An error that is a *UsageError is rule 19.
func (o *Options) Resolve(lookup func(host string) ([]netip.Addr, error)) (e Ends, err error) {
	if e.Listen, err = address("--listen", o.Listen, netip.Addr{}, lookup); err != nil {
		return e, err
	}
	if e.Dest, err = address("-d", o.Dest, e.Listen, lookup); err != nil {
		return e, err
	}
	if e.Gateway, err = address("-g", o.Gateway, e.Dest, lookup); err != nil {
		return e, err
	}
	if e.Gateway.IsValid() {
		if err = sameFamily(e.Dest, e.Gateway); err != nil {
			return e, err
		}
	}
	if peer := e.Peer(); e.Listen.IsValid() && peer.IsValid() && e.Listen.Is4() != peer.Is4() {
		return e, fmt.Errorf("--listen: address family of %s differs from that of the peer %s", e.Listen, peer)
	}
	return e, nil
}

// address gives the address of one option; like says which family is wanted of a name's.
func address(option, text string, like netip.Addr, lookup func(string) ([]netip.Addr, error)) (netip.Addr, error) {
	if text == "" {
		return netip.Addr{}, nil
	}
	if a, err := netip.ParseAddr(text); err == nil {
		return a.Unmap(), nil
	}
	list, err := lookup(text)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("%s: %q has no address: %w", option, text, err)
	}
	for _, a := range list {
		if a = a.Unmap(); !like.IsValid() || a.Is4() == like.Is4() {
			return a, nil
		}
	}
	if len(list) > 0 && option == "-g" {
		return netip.Addr{}, sameFamily(like, list[0])
	}
	return netip.Addr{}, fmt.Errorf("%s: %q has no address of the family of %s", option, text, like)
}

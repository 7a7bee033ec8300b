package topo

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
)

// Validate returns everything that is wrong with a topology, joined into one error, or nil.
func (t Topology) Validate() error {
	v := validator{t: t}
	v.hosts()
	v.links()
	v.routes()
	v.roles()
	if err := errors.Join(v.errs...); err != nil {
		return fmt.Errorf("topology %q: %w", t.Name, err)
	}
	return nil
}

type validator struct {
	t    Topology
	errs []error
}

func (v *validator) fail(format string, args ...any) {
	v.errs = append(v.errs, fmt.Errorf(format, args...))
}

// names are what can stand in the names of files, namespaces and devices alike.
var names = regexp.MustCompile(`^[a-z][a-z0-9-]{0,14}$`)

func (v *validator) hosts() {
	if !names.MatchString(v.t.Name) {
		v.fail("its name is not %s", names)
	}
	if len(v.t.Hosts) == 0 {
		v.fail("there is no host")
	}
	seen := map[string]bool{}
	for _, h := range v.t.Hosts {
		if !names.MatchString(h.Name) {
			v.fail("host %q: its name is not %s", h.Name, names)
		}
		if seen[h.Name] {
			v.fail("host %q: there are two of that name", h.Name)
		}
		seen[h.Name] = true
	}
}

func (v *validator) links() {
	links, devices, owner := map[string]bool{}, map[string]bool{}, map[netip.Addr]string{}
	for _, l := range v.t.Links {
		if !names.MatchString(l.Name) {
			v.fail("link %q: its name is not %s", l.Name, names)
		}
		if links[l.Name] {
			v.fail("link %q: there are two of that name", l.Name)
		}
		links[l.Name] = true
		if l.MTU != 0 && (l.MTU < 1280 || l.MTU > 65535) {
			v.fail("link %q: MTU %d is not 1280 to 65535 octets", l.Name, l.MTU)
		}
		if l.Ends[0].Host == l.Ends[1].Host {
			v.fail("link %q: both ends are at host %q", l.Name, l.Ends[0].Host)
		}
		for _, e := range l.Ends {
			v.end(l, e, devices, owner)
		}
		v.sharedSubnet(l)
	}
}

func (v *validator) end(l Link, e End, devices map[string]bool, owner map[netip.Addr]string) {
	where := fmt.Sprintf("link %q at host %q", l.Name, e.Host)
	if _, ok := v.t.Host(e.Host); !ok {
		v.fail("%s: there is no such host", where)
	}
	if !names.MatchString(e.Device) || e.Device == "lo" {
		v.fail("%s: device name %q is not %s, or is taken", where, e.Device, names)
	}
	if devices[e.Host+" "+e.Device] {
		v.fail("%s: the host has two devices %q", where, e.Device)
	}
	devices[e.Host+" "+e.Device] = true
	if len(e.Addrs) == 0 {
		v.fail("%s: no address", where)
	}
	for _, p := range e.Addrs {
		a := p.Addr()
		switch {
		case !p.IsValid(), a.IsUnspecified(), a.IsMulticast(), a.IsLoopback(), a.Is4In6(), a.Zone() != "":
			v.fail("%s: %v is not an address a host can have", where, p)
			continue
		case a == p.Masked().Addr() && p.Bits() < a.BitLen()-1:
			v.fail("%s: %v is the name of the subnet, not an address in it", where, p)
		}
		if other, ok := owner[a]; ok {
			v.fail("%s: address %v is already that of %s", where, a, other)
		}
		owner[a] = where
	}
}

// sharedSubnet sees to it that the two ends can reach each other.
func (v *validator) sharedSubnet(l Link) {
	for _, a := range l.Ends[0].Addrs {
		if slices.ContainsFunc(l.Ends[1].Addrs, func(b netip.Prefix) bool {
			return a.IsValid() && a.Masked() == b.Masked()
		}) {
			return
		}
	}
	v.fail("link %q: the ends have no subnet in common", l.Name)
}

func (v *validator) routes() {
	for _, h := range v.t.Hosts {
		seen := map[netip.Prefix]bool{}
		for _, r := range h.Routes {
			where := fmt.Sprintf("host %q: route to %v via %v", h.Name, r.To, r.Via)
			switch {
			case !r.To.IsValid() || r.To != r.To.Masked():
				v.fail("%s: the destination is not a subnet (octets beyond its length must be 0)", where)
			case r.To.Addr().Is4() != r.Via.Is4():
				v.fail("%s: one is IPv4 and the other IPv6", where)
			case seen[r.To]:
				v.fail("%s: there are two to that destination", where)
			case !v.neighbour(h.Name, r.Via):
				v.fail("%s: nobody on the host's links has that address", where)
			}
			seen[r.To] = true
		}
	}
}

// neighbour tells whether somebody else on a link of the host has the address.
func (v *validator) neighbour(host string, a netip.Addr) bool {
	for _, l := range v.t.Links {
		for i, e := range l.Ends {
			other := l.Ends[1-i]
			if e.Host == host && slices.ContainsFunc(other.Addrs, func(p netip.Prefix) bool { return p.Addr() == a }) {
				return true
			}
		}
	}
	return false
}

func (v *validator) roles() {
	for i, role := range []string{"Peers[0]", "Peers[1]", "Ends[0]", "Ends[1]"} {
		host := append(v.t.Peers[:], v.t.Ends[:]...)[i]
		if _, ok := v.t.Host(host); !ok {
			v.fail("%s: there is no host %q", role, host)
		}
	}
	if v.t.Peers[0] == v.t.Peers[1] {
		v.fail("Peers: host %q is both", v.t.Peers[0])
	}
	if _, ok := v.t.Link(v.t.Wire); !ok {
		v.fail("Wire: there is no link %q", v.t.Wire)
	}
	for _, n := range v.t.NATs {
		h, ok := v.t.Host(n.Host)
		if !ok || !h.Forward {
			v.fail("NAT at %q: there is no such host that forwards", n.Host)
		}
		if _, ok := v.t.End(n.Host, n.Link); !ok {
			v.fail("NAT at %q: the host is not on link %q", n.Host, n.Link)
		}
		if n.Inbound.IsValid() && !v.neighbour(n.Host, n.Inbound) {
			v.fail("NAT at %q: nobody on the host's links has address %v", n.Host, n.Inbound)
		}
	}
}

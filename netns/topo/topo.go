// Package topo says what a topology is, as plain data: hosts, the links between them, addresses, routes and
// translators of addresses. It builds nothing; netns builds a topology out of kernel namespaces, the harness
// out of simulated nodes.
//
// The hosts that negotiate are called alice and bob in every topology, and the hosts behind them carol (behind
// alice) and dave (behind bob), so that one scenario can run in all of them. Addresses come from the ranges set
// aside for documentation (RFC 5737, RFC 3849) and for private use (RFC 1918).
package topo

import (
	"fmt"
	"net/netip"
	"strings"
)

// All is every topology, in the order in which they are listed to people.
var All = []Topology{pair, gateways, pair6, gateways6, natAlice, natBob, natBoth, natAlice6}

// A Topology is a drawing of hosts and links in a form that can be built.
type Topology struct {
	Name    string // as scenarios say it
	Drawing string // the same for human eyes
	Hosts   []Host
	Links   []Link
	NATs    []NAT

	// Peers are the two hosts that negotiate: the first is the initiator where a scenario does not say.
	Peers [2]string
	// Ends are the two hosts that exchange the traffic to be protected: Ends[i] sits behind, or is, Peers[i].
	Ends [2]string
	// Wire is the link to be captured: what the peers say to each other crosses it.
	Wire string
}

// A Host is a machine with a network stack of its own.
type Host struct {
	Name    string
	Forward bool // a gateway: passes on packets that are not for itself
	Routes  []Route
}

// A Link is a cable with exactly two ends.
type Link struct {
	Name string
	Ends [2]End
	MTU  int // octets of IP packet; 0 means 1500
}

// An End is a network device: where a host is plugged into a link.
type End struct {
	Host   string
	Device string         // at most 15 octets, as in Linux
	Addrs  []netip.Prefix // the addresses, each with the length of its subnet
}

// A Route sends packets for To to the neighbour Via.
type Route struct {
	To  netip.Prefix
	Via netip.Addr
}

// A NAT is a translator of addresses: packets that leave Host by Link get the address Host has there as their
// source, and other ports of UDP; answers find their way back. From outside, nobody can start but with UDP to the ports 500 and 4500,
// if Inbound names a host behind the NAT, which is given that.
type NAT struct {
	Host    string
	Link    string
	Inbound netip.Addr // not valid: nobody
}

// ByName returns the topology of that name. The error names those that there are.
func ByName(name string) (Topology, error) {
	names := make([]string, 0, len(All))
	for _, t := range All {
		if t.Name == name {
			return t, nil
		}
		names = append(names, t.Name)
	}
	return Topology{}, fmt.Errorf("no topology %q: there are %s", name, strings.Join(names, ", "))
}

// Host returns the host of that name.
func (t Topology) Host(name string) (Host, bool) {
	for _, h := range t.Hosts {
		if h.Name == name {
			return h, true
		}
	}
	return Host{}, false
}

// Link returns the link of that name.
func (t Topology) Link(name string) (Link, bool) {
	for _, l := range t.Links {
		if l.Name == name {
			return l, true
		}
	}
	return Link{}, false
}

// End returns where the host is plugged into the link.
func (t Topology) End(host, link string) (End, bool) {
	if l, ok := t.Link(link); ok {
		for _, e := range l.Ends {
			if e.Host == host {
				return e, true
			}
		}
	}
	return End{}, false
}

// Addr returns the first address that the host has, on the link if one is named, else on any; the zero Addr if
// it has none.
func (t Topology) Addr(host, link string) netip.Addr {
	for _, l := range t.Links {
		if link != "" && l.Name != link {
			continue
		}
		for _, e := range l.Ends {
			if e.Host == host && len(e.Addrs) > 0 {
				return e.Addrs[0].Addr()
			}
		}
	}
	return netip.Addr{}
}

// Subnet returns the network of Ends[i] as its peer would name it in a selector: the subnet behind a gateway, or
// the single address of a peer that is its own end.
func (t Topology) Subnet(i int) netip.Prefix {
	end, peer := t.Ends[i], t.Peers[i]
	for _, l := range t.Links {
		for _, e := range l.Ends {
			switch {
			case e.Host != end || len(e.Addrs) == 0:
			case end == peer:
				return netip.PrefixFrom(e.Addrs[0].Addr(), e.Addrs[0].Addr().BitLen())
			default:
				return e.Addrs[0].Masked()
			}
		}
	}
	return netip.Prefix{}
}

// EndsOf returns the ends of the links that the host is plugged into, in the order of the links.
func (t Topology) EndsOf(host string) []End {
	var ends []End
	for _, l := range t.Links {
		for _, e := range l.Ends {
			if e.Host == host {
				ends = append(ends, e)
			}
		}
	}
	return ends
}

func end(host, device string, addrs ...string) End {
	e := End{Host: host, Device: device}
	for _, a := range addrs {
		e.Addrs = append(e.Addrs, netip.MustParsePrefix(a))
	}
	return e
}

func via(to, gateway string) Route {
	return Route{To: netip.MustParsePrefix(to), Via: netip.MustParseAddr(gateway)}
}

package topo

import "net/netip"

// The gateways of these are not on one link: between them there is a NAT before alice, before bob, or before each. Bob is always
// to be found, at the address of the NAT before him. Gateways have routes to what is behind the other: a kernel looks for a route
// first and for its policy then.

var natAlice = Topology{
	Name: "nat",
	Drawing: `
	carol ---- left ---- alice ---- home ---- nat ---- wire ---- bob ---- right ---- dave
	  eth0         eth1       eth0       eth1     eth0      eth0     eth1        eth0
	  10.1.0.10    10.1.0.1   10.9.0.10  10.9.0.1 192.0.2.1 192.0.2.2 10.2.0.1   10.2.0.10
	            /24                   /24              /24                  /24
`,
	Hosts: []Host{
		{Name: "carol", Routes: []Route{via("0.0.0.0/0", "10.1.0.1")}},
		{Name: "alice", Routes: []Route{via("0.0.0.0/0", "10.9.0.1")}, Forward: true},
		{Name: "nat", Forward: true},
		{Name: "bob", Routes: []Route{via("10.1.0.0/24", "192.0.2.1")}, Forward: true},
		{Name: "dave", Routes: []Route{via("0.0.0.0/0", "10.2.0.1")}},
	},
	Links: []Link{
		{Name: "wire", Ends: [2]End{end("nat", "eth0", "192.0.2.1/24"), end("bob", "eth0", "192.0.2.2/24")}},
		{Name: "home", Ends: [2]End{end("alice", "eth0", "10.9.0.10/24"), end("nat", "eth1", "10.9.0.1/24")}},
		{Name: "left", Ends: [2]End{end("carol", "eth0", "10.1.0.10/24"), end("alice", "eth1", "10.1.0.1/24")}},
		{Name: "right", Ends: [2]End{end("bob", "eth1", "10.2.0.1/24"), end("dave", "eth0", "10.2.0.10/24")}},
	},
	NATs:  []NAT{{Host: "nat", Link: "wire"}},
	Peers: [2]string{"alice", "bob"},
	Ends:  [2]string{"carol", "dave"},
	Wire:  "wire",
}

var natBob = Topology{
	Name: "nat-bob",
	Drawing: `
	carol ---- left ---- alice ---- wire ---- wall ---- yard ---- bob ---- right ---- dave
	  eth0         eth1       eth0       eth0      eth1      eth0     eth1        eth0
	  10.1.0.10    10.1.0.1   192.0.2.1  192.0.2.2 10.8.0.1  10.8.0.10 10.2.0.1   10.2.0.10
	            /24                   /24              /24                  /24
`,
	Hosts: []Host{
		{Name: "carol", Routes: []Route{via("0.0.0.0/0", "10.1.0.1")}},
		{Name: "alice", Routes: []Route{via("10.2.0.0/24", "192.0.2.2")}, Forward: true},
		{Name: "wall", Forward: true},
		{Name: "bob", Routes: []Route{via("0.0.0.0/0", "10.8.0.1")}, Forward: true},
		{Name: "dave", Routes: []Route{via("0.0.0.0/0", "10.2.0.1")}},
	},
	Links: []Link{
		{Name: "wire", Ends: [2]End{end("alice", "eth0", "192.0.2.1/24"), end("wall", "eth0", "192.0.2.2/24")}},
		{Name: "yard", Ends: [2]End{end("wall", "eth1", "10.8.0.1/24"), end("bob", "eth0", "10.8.0.10/24")}},
		{Name: "left", Ends: [2]End{end("carol", "eth0", "10.1.0.10/24"), end("alice", "eth1", "10.1.0.1/24")}},
		{Name: "right", Ends: [2]End{end("bob", "eth1", "10.2.0.1/24"), end("dave", "eth0", "10.2.0.10/24")}},
	},
	NATs:  []NAT{{Host: "wall", Link: "wire", Inbound: netip.MustParseAddr("10.8.0.10")}},
	Peers: [2]string{"alice", "bob"},
	Ends:  [2]string{"carol", "dave"},
	Wire:  "wire",
}

var natBoth = Topology{
	Name: "nat-both",
	Drawing: `
	carol ---- left ---- alice ---- home ---- nat ---- wire ---- wall ---- yard ---- bob ---- right ---- dave
	  eth0         eth1       eth0       eth1     eth0      eth0      eth1      eth0     eth1        eth0
	  10.1.0.10    10.1.0.1   10.9.0.10  10.9.0.1 192.0.2.1 192.0.2.2 10.8.0.1  10.8.0.10 10.2.0.1   10.2.0.10
	            /24                   /24              /24                 /24                  /24
`,
	Hosts: []Host{
		{Name: "carol", Routes: []Route{via("0.0.0.0/0", "10.1.0.1")}},
		{Name: "alice", Routes: []Route{via("0.0.0.0/0", "10.9.0.1")}, Forward: true},
		{Name: "nat", Forward: true},
		{Name: "wall", Forward: true},
		{Name: "bob", Routes: []Route{via("0.0.0.0/0", "10.8.0.1")}, Forward: true},
		{Name: "dave", Routes: []Route{via("0.0.0.0/0", "10.2.0.1")}},
	},
	Links: []Link{
		{Name: "wire", Ends: [2]End{end("nat", "eth0", "192.0.2.1/24"), end("wall", "eth0", "192.0.2.2/24")}},
		{Name: "home", Ends: [2]End{end("alice", "eth0", "10.9.0.10/24"), end("nat", "eth1", "10.9.0.1/24")}},
		{Name: "yard", Ends: [2]End{end("wall", "eth1", "10.8.0.1/24"), end("bob", "eth0", "10.8.0.10/24")}},
		{Name: "left", Ends: [2]End{end("carol", "eth0", "10.1.0.10/24"), end("alice", "eth1", "10.1.0.1/24")}},
		{Name: "right", Ends: [2]End{end("bob", "eth1", "10.2.0.1/24"), end("dave", "eth0", "10.2.0.10/24")}},
	},
	NATs:  []NAT{{Host: "nat", Link: "wire"}, {Host: "wall", Link: "wire", Inbound: netip.MustParseAddr("10.8.0.10")}},
	Peers: [2]string{"alice", "bob"},
	Ends:  [2]string{"carol", "dave"},
	Wire:  "wire",
}

// Outside returns the address under which others know a host: that of the NAT that lets them in to it or, for one that is not on
// the wire, hides it; else its own.
func (t Topology) Outside(host string) netip.Addr {
	own := t.Addr(host, t.Wire)
	if own.IsValid() {
		return own
	}
	for _, n := range t.NATs {
		for _, l := range t.Links {
			for i, e := range l.Ends {
				if e.Host == n.Host && l.Name != n.Link && l.Ends[1-i].Host == host {
					return t.Addr(n.Host, n.Link)
				}
			}
		}
	}
	return t.Addr(host, "")
}

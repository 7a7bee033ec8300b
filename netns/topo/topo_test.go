package topo

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestEveryTopologyIsValid(t *testing.T) {
	seen := map[string]bool{}
	for _, x := range All {
		if err := x.Validate(); err != nil {
			t.Error(err)
		}
		if seen[x.Name] {
			t.Errorf("two topologies %q", x.Name)
		}
		seen[x.Name] = true
	}
}

func TestEveryDrawingShowsWhatIsBuilt(t *testing.T) {
	for _, x := range All {
		for _, h := range x.Hosts {
			if !strings.Contains(x.Drawing, h.Name) {
				t.Errorf("%s: host %q is not in the drawing", x.Name, h.Name)
			}
		}
		for _, l := range x.Links {
			if !strings.Contains(x.Drawing, " "+l.Name+" ") {
				t.Errorf("%s: link %q is not in the drawing", x.Name, l.Name)
			}
		}
	}
}

// The second topology of each kind is the first in IPv6: same hosts, same links, same roles.
func TestIPv6TopologiesMirrorIPv4(t *testing.T) {
	for _, name := range []string{"pair", "gateways", "nat"} {
		four, six := mustByName(t, name), mustByName(t, name+"6")
		if four.Peers != six.Peers || four.Ends != six.Ends || four.Wire != six.Wire || len(four.Hosts) != len(six.Hosts) || len(four.Links) != len(six.Links) {
			t.Fatalf("%s and %s6 differ in shape", name, name)
		}
		for i, l := range four.Links {
			m := six.Links[i]
			for j, e := range l.Ends {
				f := m.Ends[j]
				if l.Name != m.Name || e.Host != f.Host || e.Device != f.Device {
					t.Errorf("%s: link %v is %v in IPv6", name, l, m)
				}
				if !e.Addrs[0].Addr().Is4() || f.Addrs[0].Addr().Is4() {
					t.Errorf("%s: addresses %v and %v", name, e.Addrs, f.Addrs)
				}
			}
		}
		for i, h := range four.Hosts {
			if g := six.Hosts[i]; h.Name != g.Name || h.Forward != g.Forward || len(h.Routes) != len(g.Routes) {
				t.Errorf("%s: host %v is %v in IPv6", name, h, g)
			}
		}
	}
}

func TestByNameListsTheNames(t *testing.T) {
	_, err := ByName("par")
	if err == nil || err.Error() != `no topology "par": there are pair, gateways, pair6, gateways6, nat, nat-bob, nat-both, nat6` {
		t.Errorf("got %v", err)
	}
}

func TestLookups(t *testing.T) {
	g := mustByName(t, "gateways")
	check := func(what string, got, want any) {
		if got != want {
			t.Errorf("%s: got %v, want %v", what, got, want)
		}
	}
	check("alice on wire", g.Addr("alice", "wire"), netip.MustParseAddr("192.0.2.1"))
	check("alice on left", g.Addr("alice", "left"), netip.MustParseAddr("10.1.0.1"))
	check("dave", g.Addr("dave", ""), netip.MustParseAddr("10.2.0.10"))
	check("nobody", g.Addr("nobody", ""), netip.Addr{})
	check("dave on wire", g.Addr("dave", "wire"), netip.Addr{})
	check("behind alice", g.Subnet(0), netip.MustParsePrefix("10.1.0.0/24"))
	check("behind bob", g.Subnet(1), netip.MustParsePrefix("10.2.0.0/24"))
	check("bob alone", mustByName(t, "pair6").Subnet(1), netip.MustParsePrefix("2001:db8::2/128"))
	check("devices of bob", len(g.EndsOf("bob")), 2)
	check("alice from outside", g.Outside("alice"), netip.MustParseAddr("192.0.2.1"))
	both := mustByName(t, "nat-both")
	check("alice behind her NAT, from outside", both.Outside("alice"), netip.MustParseAddr("192.0.2.1"))
	check("bob behind his NAT, from outside", both.Outside("bob"), netip.MustParseAddr("192.0.2.2"))
	check("dave from outside", both.Outside("dave"), netip.MustParseAddr("10.2.0.10"))
	_, ok := g.End("carol", "right")
	check("carol on right", ok, false)
}

func TestValidateNamesEachFault(t *testing.T) {
	p, r := netip.MustParsePrefix, netip.MustParseAddr
	for _, row := range []struct {
		want  string
		spoil func(*Topology)
	}{
		{`its name is not`, func(x *Topology) { x.Name = "Two Hosts" }},
		{`there is no host`, func(x *Topology) { x.Hosts = nil }},
		{`host "alice": there are two of that name`, func(x *Topology) { x.Hosts[0].Name = "alice" }},
		{`host "../x": its name is not`, func(x *Topology) { x.Hosts[0].Name = "../x" }},
		{`link "wire": there are two of that name`, func(x *Topology) { x.Links[1].Name = "wire" }},
		{`link "": its name is not`, func(x *Topology) { x.Links[1].Name = "" }},
		{`link "wire": MTU 68 is not 1280 to 65535 octets`, func(x *Topology) { x.Links[0].MTU = 68 }},
		{`link "wire": both ends are at host "bob"`, func(x *Topology) { x.Links[0].Ends[0].Host = "bob" }},
		{`link "wire" at host "eve": there is no such host`, func(x *Topology) { x.Links[0].Ends[0].Host = "eve" }},
		{`device name "a-name-too-long-for-linux" is not`, func(x *Topology) { x.Links[0].Ends[0].Device = "a-name-too-long-for-linux" }},
		{`device name "lo" is not`, func(x *Topology) { x.Links[0].Ends[0].Device = "lo" }},
		{`link "left" at host "alice": the host has two devices "eth0"`, func(x *Topology) { x.Links[1].Ends[1].Device = "eth0" }},
		{`link "wire" at host "alice": no address`, func(x *Topology) { x.Links[0].Ends[0].Addrs = nil }},
		{`224.0.0.1/24 is not an address a host can have`, func(x *Topology) { x.Links[0].Ends[0].Addrs[0] = p("224.0.0.1/24") }},
		{`invalid Prefix is not an address a host can have`, func(x *Topology) { x.Links[0].Ends[0].Addrs[0] = netip.Prefix{} }},
		{`192.0.2.0/24 is the name of the subnet`, func(x *Topology) { x.Links[0].Ends[0].Addrs[0] = p("192.0.2.0/24") }},
		{`link "wire" at host "bob": address 192.0.2.1 is already that of link "wire" at host "alice"`, func(x *Topology) { x.Links[0].Ends[1].Addrs[0] = p("192.0.2.1/24") }},
		{`link "wire": the ends have no subnet in common`, func(x *Topology) { x.Links[0].Ends[1].Addrs[0] = p("192.0.3.2/24") }},
		{`route to 10.2.0.7/24 via 192.0.2.2: the destination is not a subnet`, func(x *Topology) { x.Hosts[1].Routes[0].To = p("10.2.0.7/24") }},
		{`route to ::/0 via 192.0.2.2: one is IPv4`, func(x *Topology) { x.Hosts[1].Routes[0].To = p("::/0") }},
		{`route to 10.2.0.0/24 via 192.0.2.9: nobody on the host's links has that address`, func(x *Topology) { x.Hosts[1].Routes[0].Via = r("192.0.2.9") }},
		{`route to 10.2.0.0/24 via 192.0.2.2: there are two to that destination`, func(x *Topology) { x.Hosts[1].Routes = append(x.Hosts[1].Routes, x.Hosts[1].Routes[0]) }},
		{`Peers[1]: there is no host "eve"`, func(x *Topology) { x.Peers[1] = "eve" }},
		{`Ends[0]: there is no host "eve"`, func(x *Topology) { x.Ends[0] = "eve" }},
		{`Peers: host "bob" is both`, func(x *Topology) { x.Peers[0] = "bob" }},
		{`Wire: there is no link "ether"`, func(x *Topology) { x.Wire = "ether" }},
		{`NAT at "carol": there is no such host that forwards`, func(x *Topology) { x.NATs = []NAT{{Host: "carol", Link: "left"}} }},
		{`NAT at "alice": nobody on the host's links has address 10.1.0.99`, func(x *Topology) {
			x.NATs = []NAT{{Host: "alice", Link: "wire", Inbound: r("10.1.0.99")}}
		}},
		{`NAT at "alice": the host is not on link "right"`, func(x *Topology) { x.NATs = []NAT{{Host: "alice", Link: "right"}} }},
	} {
		x := clone(mustByName(t, "gateways"))
		row.spoil(&x)
		if err := x.Validate(); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("want %q\ngot  %v", row.want, err)
		}
	}
}

func mustByName(t *testing.T, name string) Topology {
	t.Helper()
	x, err := ByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// clone makes a copy that can be spoilt.
func clone(x Topology) Topology {
	x.Hosts = slices.Clone(x.Hosts)
	for i := range x.Hosts {
		x.Hosts[i].Routes = slices.Clone(x.Hosts[i].Routes)
	}
	x.Links = slices.Clone(x.Links)
	for i := range x.Links {
		for j := range x.Links[i].Ends {
			x.Links[i].Ends[j].Addrs = slices.Clone(x.Links[i].Ends[j].Addrs)
		}
	}
	return x
}

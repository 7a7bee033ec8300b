package topo

// Bob sees alice, who is behind a NAT, at the NAT's address. In IPv6 too a NAT gives every flow of UDP another port.

var natAlice6 = Topology{
	Name: "nat6",
	Drawing: `
	carol ------ left ------ alice ------ home ------ nat ------ wire ------ bob ------ right ------ dave
	  eth0             eth1       eth0          eth1       eth0        eth0       eth1            eth0
	  2001:db8:1::10   ...1::1    fd00:9::10    fd00:9::1  2001:db8::1 2001:db8::2 2001:db8:2::1  ...2::10
	              /64                      /64                    /64                        /64
`,
	Hosts: []Host{
		{Name: "carol", Routes: []Route{via("::/0", "2001:db8:1::1")}},
		{Name: "alice", Routes: []Route{via("::/0", "fd00:9::1")}, Forward: true},
		{Name: "nat", Forward: true},
		{Name: "bob", Routes: []Route{via("2001:db8:1::/64", "2001:db8::1")}, Forward: true},
		{Name: "dave", Routes: []Route{via("::/0", "2001:db8:2::1")}},
	},
	Links: []Link{
		{Name: "wire", Ends: [2]End{end("nat", "eth0", "2001:db8::1/64"), end("bob", "eth0", "2001:db8::2/64")}},
		{Name: "home", Ends: [2]End{end("alice", "eth0", "fd00:9::10/64"), end("nat", "eth1", "fd00:9::1/64")}},
		{Name: "left", Ends: [2]End{end("carol", "eth0", "2001:db8:1::10/64"), end("alice", "eth1", "2001:db8:1::1/64")}},
		{Name: "right", Ends: [2]End{end("bob", "eth1", "2001:db8:2::1/64"), end("dave", "eth0", "2001:db8:2::10/64")}},
	},
	NATs:  []NAT{{Host: "nat", Link: "wire"}},
	Peers: [2]string{"alice", "bob"},
	Ends:  [2]string{"carol", "dave"},
	Wire:  "wire",
}

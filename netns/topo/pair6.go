package topo

var pair6 = Topology{
	Name: "pair6",
	Drawing: `
	alice ----------------- wire ----------------- bob
	     eth0 2001:db8::1/64   2001:db8::2/64 eth0
`,
	Hosts: []Host{{Name: "alice"}, {Name: "bob"}},
	Links: []Link{{
		Name: "wire",
		Ends: [2]End{end("alice", "eth0", "2001:db8::1/64"), end("bob", "eth0", "2001:db8::2/64")},
	}},
	Peers: [2]string{"alice", "bob"},
	Ends:  [2]string{"alice", "bob"},
	Wire:  "wire",
}

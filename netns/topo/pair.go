package topo

var pair = Topology{
	Name: "pair",
	Drawing: `
	alice ---------------- wire ---------------- bob
	     eth0 192.0.2.1/24    192.0.2.2/24 eth0
`,
	Hosts: []Host{{Name: "alice"}, {Name: "bob"}},
	Links: []Link{{
		Name: "wire",
		Ends: [2]End{end("alice", "eth0", "192.0.2.1/24"), end("bob", "eth0", "192.0.2.2/24")},
	}},
	Peers: [2]string{"alice", "bob"},
	Ends:  [2]string{"alice", "bob"},
	Wire:  "wire",
}

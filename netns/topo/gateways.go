package topo

var gateways = Topology{
	Name: "gateways",
	Drawing: `
	carol ---- left ---- alice ---------- wire ---------- bob ---- right ---- dave
	  eth0         eth1       eth0                    eth0   eth1        eth0
	  10.1.0.10    10.1.0.1   192.0.2.1       192.0.2.2      10.2.0.1    10.2.0.10
	            /24                        /24                        /24
`,
	Hosts: []Host{
		{Name: "carol", Routes: []Route{via("0.0.0.0/0", "10.1.0.1")}},
		{Name: "alice", Routes: []Route{via("10.2.0.0/24", "192.0.2.2")}, Forward: true},
		{Name: "bob", Routes: []Route{via("10.1.0.0/24", "192.0.2.1")}, Forward: true},
		{Name: "dave", Routes: []Route{via("0.0.0.0/0", "10.2.0.1")}},
	},
	Links: []Link{
		{Name: "wire", Ends: [2]End{end("alice", "eth0", "192.0.2.1/24"), end("bob", "eth0", "192.0.2.2/24")}},
		{Name: "left", Ends: [2]End{end("carol", "eth0", "10.1.0.10/24"), end("alice", "eth1", "10.1.0.1/24")}},
		{Name: "right", Ends: [2]End{end("bob", "eth1", "10.2.0.1/24"), end("dave", "eth0", "10.2.0.10/24")}},
	},
	Peers: [2]string{"alice", "bob"},
	Ends:  [2]string{"carol", "dave"},
	Wire:  "wire",
}

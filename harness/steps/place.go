package steps

// placeRows are the sentences about where a scenario takes place.
func placeRows(s *scenario) []row {
	return []row{
		{"two hosts", arranges, "alice and bob on one wire", func() error { return s.w.UseTopology("pair") }},
		{"two hosts over IPv6", arranges, "the same with IPv6 addresses", func() error { return s.w.UseTopology("pair6") }},
		{"the topology {string}", arranges, "pair, gateways, pair6, gateways6, nat, nat-bob, nat-both or nat6: wit help negotiate draws them", func(name string) error {
			return s.w.UseTopology(name)
		}},
	}
}

package netns

import (
	"github.com/google/nftables"
	"github.com/google/nftables/expr"

	"ikewit/netns/topo"
)

// masquerade runs inside a host: packets that leave by the link of n get the address of the host there as source.
//
//	table ip|ip6 ikewit-nat { chain postrouting { type nat hook postrouting priority 100
//		oifname DEVICE masquerade
func masquerade(t topo.Topology, n topo.NAT) error {
	end, _ := t.End(n.Host, n.Link) // Validate saw that it is there
	c, err := nftables.New()
	if err != nil {
		return err
	}
	for _, family := range []nftables.TableFamily{nftables.TableFamilyIPv4, nftables.TableFamilyIPv6} {
		table := c.AddTable(&nftables.Table{Family: family, Name: "ikewit-nat"})
		chain := c.AddChain(&nftables.Chain{
			Name: "postrouting", Table: table, Type: nftables.ChainTypeNAT,
			Hooknum: nftables.ChainHookPostrouting, Priority: nftables.ChainPriorityNATSource,
		})
		c.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: []expr.Any{
			&expr.Meta{Key: expr.MetaKeyOIFNAME, Register: 1},
			&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: deviceName(end.Device)},
			&expr.Masq{},
		}})
	}
	return c.Flush()
}

// deviceName is a device name as nftables compares it: 16 octets, filled up with zeros.
func deviceName(name string) []byte {
	b := make([]byte, 16)
	copy(b, name)
	return b
}

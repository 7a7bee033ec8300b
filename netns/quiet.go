package netns

import (
	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// The types of ICMPv6 in which a host tells routers to which multicast groups it listens (RFC 2710, RFC 3810).
var listenerReports = []byte{131, 132, 143}

// silenceReports runs inside a host: nobody routes multicast here, and the reports that the kernel sends on its own when
// a device comes up, and again a random time later, would stand in captures.
//
//	table ip6 ikewit-quiet { chain output { type filter hook output priority 0
//		meta l4proto ipv6-icmp icmpv6 type N drop
func silenceReports() error {
	c, err := nftables.New()
	if err != nil {
		return err
	}
	table := c.AddTable(&nftables.Table{Family: nftables.TableFamilyIPv6, Name: "ikewit-quiet"})
	chain := c.AddChain(&nftables.Chain{
		Name: "output", Table: table, Type: nftables.ChainTypeFilter,
		Hooknum: nftables.ChainHookOutput, Priority: nftables.ChainPriorityFilter,
	})
	for _, report := range listenerReports {
		c.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: []expr.Any{
			&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1},
			&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{unix.IPPROTO_ICMPV6}},
			&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 0, Len: 1},
			&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{report}},
			&expr.Verdict{Kind: expr.VerdictDrop},
		}})
	}
	return c.Flush()
}

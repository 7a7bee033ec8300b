package netns

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"ikewit/netns/topo"
)

// The ports among which a NAT gives UDP new ones: what comes through it never comes from where it was sent.
const (
	firstPort = 40000
	lastPort  = 49999
)

// natTable is where the rules are.
const natTable = "ikewit-nat"

// translate runs inside a host: packets that leave by the link of n get the address of the host there as source, those of UDP
// another port too, and IKE from outside goes to whom n names.
//
//	table ip|ip6 ikewit-nat {
//		chain postrouting { type nat hook postrouting priority 100
//			oifname DEVICE meta l4proto udp snat to ADDRESS:40000-49999
//			oifname DEVICE masquerade
//		chain prerouting { type nat hook prerouting priority -100
//			iifname DEVICE udp dport { 500, 4500 } dnat to INBOUND
func translate(t topo.Topology, n topo.NAT) error {
	end, _ := t.End(n.Host, n.Link) // Validate saw that it is there
	return translateTo(end, n)
}

// translateTo does so with the addresses of an end.
func translateTo(end topo.End, n topo.NAT) error {
	c, err := nftables.New()
	if err != nil {
		return err
	}
	for _, family := range []nftables.TableFamily{nftables.TableFamilyIPv4, nftables.TableFamilyIPv6} {
		table := c.AddTable(&nftables.Table{Family: family, Name: natTable})
		leaving := c.AddChain(&nftables.Chain{
			Name: "postrouting", Table: table, Type: nftables.ChainTypeNAT,
			Hooknum: nftables.ChainHookPostrouting, Priority: nftables.ChainPriorityNATSource,
		})
		for _, p := range end.Addrs {
			if own := p.Addr(); own.Is4() == (family == nftables.TableFamilyIPv4) {
				out := append(device(expr.MetaKeyOIFNAME, end.Device), isUDP()...)
				c.AddRule(&nftables.Rule{Table: table, Chain: leaving, Exprs: append(out,
					&expr.Immediate{Register: 1, Data: own.AsSlice()},
					&expr.Immediate{Register: 2, Data: port(firstPort)}, &expr.Immediate{Register: 3, Data: port(lastPort)},
					&expr.NAT{Type: expr.NATTypeSourceNAT, Family: uint32(family), RegAddrMin: 1, RegProtoMin: 2, RegProtoMax: 3, Specified: true})})
			}
		}
		c.AddRule(&nftables.Rule{Table: table, Chain: leaving, Exprs: append(device(expr.MetaKeyOIFNAME, end.Device), &expr.Masq{})})
		if n.Inbound.IsValid() && n.Inbound.Is4() == (family == nftables.TableFamilyIPv4) {
			letIn(c, table, end.Device, n.Inbound)
		}
	}
	return c.Flush()
}

// letIn gives IKE that comes in by a device to a host.
func letIn(c *nftables.Conn, table *nftables.Table, in string, to netip.Addr) {
	arriving := c.AddChain(&nftables.Chain{
		Name: "prerouting", Table: table, Type: nftables.ChainTypeNAT,
		Hooknum: nftables.ChainHookPrerouting, Priority: nftables.ChainPriorityNATDest,
	})
	family := uint32(unix.NFPROTO_IPV4)
	if to.Is6() {
		family = unix.NFPROTO_IPV6
	}
	for _, dport := range []uint16{500, 4500} {
		c.AddRule(&nftables.Rule{Table: table, Chain: arriving, Exprs: append(append(device(expr.MetaKeyIIFNAME, in), isUDP()...),
			&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 2, Len: 2},
			&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: port(dport)},
			&expr.Immediate{Register: 1, Data: to.AsSlice()},
			&expr.NAT{Type: expr.NATTypeDestNAT, Family: family, RegAddrMin: 1})})
	}
}

// device matches packets of a device. nftables compares its name as 16 octets, filled up with zeros.
func device(key expr.MetaKey, name string) []expr.Any {
	b := make([]byte, 16)
	copy(b, name)
	return []expr.Any{&expr.Meta{Key: key, Register: 1}, &expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: b}}
}

func isUDP() []expr.Any {
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1}, &expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{unix.IPPROTO_UDP}},
	}
}

func port(n uint16) []byte { return binary.BigEndian.AppendUint16(nil, n) }

// ForgetNAT has a host forget what it has translated so far, as a NAT does when it is started again: what comes through it
// next gets other ports.
func (f *Fabric) ForgetNAT(host string) error {
	h := f.Host(host)
	if h == nil {
		return fmt.Errorf("forget translations: no host %q", host)
	}
	return h.Do(func() error {
		if err := netlink.ConntrackTableFlush(netlink.ConntrackTable); err != nil {
			return fmt.Errorf("forget translations of %s: %w", host, err)
		}
		return nil
	})
}

// MoveNAT gives a host that translates another address on the link outside, in the subnet of the first. It forgets what it has
// translated so far: what comes through it next comes from there.
func (f *Fabric) MoveNAT(host string, to netip.Addr) error {
	h := f.Host(host)
	for _, n := range f.Topology.NATs {
		end, _ := f.Topology.End(n.Host, n.Link)
		if n.Host != host || len(end.Addrs) == 0 {
			continue
		}
		was := end.Addrs[0]
		end.Addrs = []netip.Prefix{netip.PrefixFrom(to, was.Bits())}
		if err := h.Do(func() error { return move(end, n) }); err != nil {
			return fmt.Errorf("give %s the address %v: %w", host, to, err)
		}
		h.built.add("address %v on %s", ipNet(end.Addrs[0]), end.Device)
		return f.ForgetNAT(host)
	}
	return fmt.Errorf("give %s another address: it does not translate", host)
}

// move runs inside: the device has one address more, to which alone packets are translated.
func move(end topo.End, n topo.NAT) error {
	device, err := netlink.LinkByName(end.Device)
	if err != nil {
		return err
	}
	addr := &netlink.Addr{IPNet: ipNet(end.Addrs[0])}
	if end.Addrs[0].Addr().Is6() {
		addr.Flags = unix.IFA_F_NODAD
	}
	if err := netlink.AddrAdd(device, addr); err != nil {
		return err
	}
	c, err := nftables.New()
	if err != nil {
		return err
	}
	for _, family := range []nftables.TableFamily{nftables.TableFamilyIPv4, nftables.TableFamilyIPv6} {
		c.DelTable(&nftables.Table{Family: family, Name: natTable})
	}
	if err := c.Flush(); err != nil {
		return err
	}
	return translateTo(end, n)
}

package netns

import (
	"net"
	"strings"
	"testing"

	"github.com/google/nftables"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Whatever is left in a host is named, and gone again when it is taken away.
func TestLeftoversNamesEachKind(t *testing.T) {
	f := mustBuild(t, "pair")
	alice := f.Host("alice")
	_, far, _ := net.ParseCIDR("10.9.0.0/16")
	lo := func() netlink.Link { l, _ := netlink.LinkByName("lo"); return l }
	extra := &netlink.Addr{IPNet: ipNet(f.Topology.Links[0].Ends[1].Addrs[0])}
	rule := netlink.NewRule()
	rule.Priority, rule.Table, rule.Mark = 77, 100, 5
	veth := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "spare"}, PeerName: "spare2"}
	policy := &netlink.XfrmPolicy{Dir: netlink.XFRM_DIR_OUT, Src: far, Dst: far, Action: netlink.XFRM_POLICY_BLOCK}
	table := &nftables.Table{Family: nftables.TableFamilyINet, Name: "mine"}
	var fd int
	socket := func(domain, kind, proto int) func() error {
		return func() (err error) {
			fd, err = unix.Socket(domain, kind, proto)
			if err == nil && kind == unix.SOCK_DGRAM {
				err = unix.Bind(fd, &unix.SockaddrInet4{Port: 500})
			}
			return err
		}
	}
	shut := func() error { return unix.Close(fd) }

	for _, row := range []struct {
		want         string
		leave, clean func() error
	}{
		{"device spare (veth, down)", func() error { return netlink.LinkAdd(veth) }, func() error { return netlink.LinkDel(veth) }},
		{"missing: device lo (device, up)", func() error { return netlink.LinkSetDown(lo()) }, func() error { return netlink.LinkSetUp(lo()) }},
		{"address 192.0.2.2/24 on lo", func() error { return netlink.AddrAdd(lo(), extra) }, func() error { return netlink.AddrDel(lo(), extra) }},
		{"route to 10.9.0.0/16 via 127.0.0.9, device 1", func() error {
			return netlink.RouteAdd(&netlink.Route{Dst: far, Gw: net.IPv4(127, 0, 0, 9), Table: 100, LinkIndex: 1})
		}, func() error { return netlink.RouteDel(&netlink.Route{Dst: far, Table: 100, LinkIndex: 1}) }},
		{"routing rule 77 of family 2 from <nil> to <nil> mark 0x5 table 100", func() error { return netlink.RuleAdd(rule) }, func() error { return netlink.RuleDel(rule) }},
		{"XFRM policy dir out from 10.9.0.0/16 to 10.9.0.0/16", func() error { return netlink.XfrmPolicyAdd(policy) }, func() error { return netlink.XfrmPolicyDel(policy) }},
		{"nftables table mine of family 1", func() error { return changeTables(func(c *nftables.Conn) { c.AddTable(table) }) },
			func() error { return changeTables(func(c *nftables.Conn) { c.DelTable(table) }) }},
		{"socket udp port 500 inode", socket(unix.AF_INET, unix.SOCK_DGRAM, 0), shut},
		{"socket raw protocol 50 inode", socket(unix.AF_INET, unix.SOCK_RAW, 50), shut},
		{"socket raw6 protocol 51 inode", socket(unix.AF_INET6, unix.SOCK_RAW, 51), shut},
		{"socket packet protocol 0003 inode", socket(unix.AF_PACKET, unix.SOCK_RAW, 0x0300), shut},
	} {
		if err := alice.Do(row.leave); err != nil {
			t.Errorf("%s: %v", row.want, err)
			continue
		}
		left, err := f.Leftovers()
		if err != nil || !strings.Contains(strings.Join(left, "\n"), "alice: "+row.want) {
			t.Errorf("want %s, left over: %q, %v", row.want, left, err)
		}
		if err := alice.Do(row.clean); err != nil {
			t.Errorf("%s: %v", row.want, err)
		}
		if left, err := f.Leftovers(); err != nil || len(left) > 0 {
			t.Errorf("after cleaning %s: %q, %v", row.want, left, err)
		}
	}
}

func changeTables(change func(*nftables.Conn)) error {
	c, err := nftables.New()
	if err != nil {
		return err
	}
	change(c)
	return c.Flush()
}

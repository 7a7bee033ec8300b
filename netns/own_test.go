package netns

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"ikewit/netns/topo"
)

func TestAHostMayOwnASubnet(t *testing.T) {
	able(t)
	for _, row := range []struct{ pair, own, via, from, to string }{
		{"pair", "10.128.0.0/9", "192.0.2.1", "10.200.30.4", "192.0.2.2"},
		{"pair6", "2001:db8:5::/48", "2001:db8::1", "2001:db8:5::7", "2001:db8::2"},
	} {
		t.Run(row.pair, func(t *testing.T) {
			own := netip.MustParsePrefix(row.own)
			x := topology(t, row.pair)
			x.Hosts = []topo.Host{x.Hosts[0], {Name: "bob", Routes: []topo.Route{{To: own, Via: netip.MustParseAddr(row.via)}}}}
			f := mustBuildOf(t, x)
			alice, bob := f.Host("alice"), f.Host("bob")
			if err := alice.Own(own); err != nil {
				t.Fatal(err)
			}
			from := netip.MustParseAddr(row.from)
			var c net.PacketConn
			err := alice.Do(func() (err error) {
				c, err = net.ListenPacket("udp", netip.AddrPortFrom(from, 0).String())
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			say(t, bob, alice, from)
			if err := alice.Own(own); err == nil || !strings.Contains(err.Error(), row.own) {
				t.Errorf("taken twice: %v", err)
			}
		})
	}
}

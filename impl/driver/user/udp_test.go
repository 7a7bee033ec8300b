package user

import (
	"net/netip"
	"testing"

	"ikewit/impl/sadb"
	"ikewit/impl/wire/ipsec"
	"ikewit/netns"
)

// Two hosts, both modes and families, ESP in UDP: both ways, small and longer than the link. On the wire there is nothing but UDP
// between the ports 4500. EXT-UDPE-01.
func TestTwoHostsInUDP(t *testing.T) {
	for _, topology := range []string{"pair", "pair6"} {
		for _, f := range []shape{{cipher: "aes", integrity: "hmac-sha1-96"}, {cipher: "aes-gcm-16", tunnel: true}} {
			t.Run(topology+"/"+f.cipher, func(t *testing.T) { testInUDP(t, topology, f) })
		}
	}
}

func testInUDP(t *testing.T, topology string, f shape) {
	n := build(t, topology, netns.Options{})
	alice, bob := n.stack("alice", Options{}), n.stack("bob", Options{})
	a, b := n.wire("alice"), n.wire("bob")
	for name, at := range map[string]netip.Addr{"alice": a, "bob": b} {
		c := n.listen(name, netip.AddrPortFrom(at, 4500)) // where the daemon listens; else the host says that nobody does
		defer c.Close()
	}
	f.udp = true
	join(t, f, alice, bob, a, b, host1(a), host1(b))
	w := n.watch()
	n.ping("alice", a, b, 3, 56)
	n.ping("bob", b, a, 2, 1200)
	n.echoes("alice", "bob", b, 100)
	n.echoes("bob", "alice", a, 4000)
	for _, p := range w.packets() {
		if p.Proto == ipsec.ProtoICMPv6 {
			continue // neighbour discovery
		}
		if src, dst, ok := p.Ports(); p.Proto != 17 || !p.IsFragment() && (!ok || src != 4500 || dst != 4500) {
			t.Errorf("on the wire: protocol %d from port %d to %d", p.Proto, src, dst)
		}
	}
}

var natt = sadb.Encap{SrcPort: 4500, DstPort: 4500}

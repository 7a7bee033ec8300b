package user

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"ikewit/impl/host"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/ipsec"
	"ikewit/netns"
)

// secret is in every packet that a test sends; it must never be on the wire in clear.
const secret = "for your eyes only, "

// A watch sees what crosses the wire.
type watch struct {
	t   testing.TB
	tap *host.Tap
}

// watch begins to look at the link between the peers.
func (n *network) watch() *watch {
	n.t.Helper()
	link, _ := n.Topology.Link(n.Topology.Wire)
	var ends []host.TapEnd
	for _, e := range link.Ends {
		ends = append(ends, host.TapEnd{In: n.Host(e.Host).Do, Device: e.Device})
	}
	tap, err := host.OpenTap(ends...)
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { tap.Close() })
	return &watch{n.t, tap}
}

// packets ends the watch and gives the IP packets that crossed. None may show the secret.
func (w *watch) packets() []ipsec.Packet {
	w.t.Helper()
	if err := w.tap.Stop(); err != nil {
		w.t.Fatal(err)
	}
	var list []ipsec.Packet
	for {
		f, err := w.tap.Read()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			w.t.Fatal(err)
		}
		if bytes.Contains(f.Octets, []byte(secret)) {
			w.t.Errorf("in clear on the wire: %x", f.Octets)
		}
		const ethernet = 14
		var p ipsec.Packet
		if len(f.Octets) > ethernet && p.Parse(f.Octets[ethernet:]) == nil {
			list = append(list, p)
		}
	}
}

// protocols counts packets by IP protocol.
func protocols(list []ipsec.Packet) map[uint8]int {
	m := map[uint8]int{}
	for _, p := range list {
		m[p.Proto]++
	}
	return m
}

// ping pings from one host to an address, with data of so many octets.
func (n *network) ping(from string, src, dst netip.Addr, count, size int) {
	n.t.Helper()
	pongs, err := host.Ping(context.Background(), host.PingOptions{In: n.Host(from).Do, Src: src, Dst: dst, Count: count, Size: size, Timeout: 3 * time.Second})
	if err != nil {
		n.t.Fatal(err)
	}
	for _, p := range pongs {
		if p.Err != nil {
			n.t.Errorf("ping %d from %s to %v: %v", p.Seq, from, dst, p.Err)
		}
	}
}

// echo sends a datagram with the secret to a UDP service that answers, and gives the answer.
func (n *network) echo(from, to string, dst netip.Addr, size int, patience time.Duration) (string, error) {
	n.t.Helper()
	service := n.listen(to, netip.AddrPortFrom(dst, 0))
	defer service.Close()
	go func() {
		b := make([]byte, 65536)
		for {
			k, peer, err := service.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			service.WriteToUDPAddrPort(bytes.ToUpper(b[:k]), peer)
		}
	}()
	var c net.Conn
	if err := n.Host(from).Do(func() (err error) {
		c, err = net.Dial("udp", service.LocalAddr().String())
		return err
	}); err != nil {
		n.t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		n.t.Fatal(err)
	}
	text := strings.Repeat(secret, size/len(secret)+1)[:size]
	if _, err := c.Write([]byte(text)); err != nil {
		return "", err
	}
	b := make([]byte, 65536)
	k, err := c.Read(b)
	if err != nil {
		return "", err
	}
	if got := string(b[:k]); got != strings.ToUpper(text) {
		return "", fmt.Errorf("answered %d octets, want %d", k, size)
	}
	return text, nil
}

func (n *network) listen(at string, addr netip.AddrPort) *net.UDPConn {
	n.t.Helper()
	var c *net.UDPConn
	if err := n.Host(at).Do(func() (err error) {
		c, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(addr))
		return err
	}); err != nil {
		n.t.Fatal(err)
	}
	return c
}

// echoes is an echo that must succeed. Each end of a long one may have to learn the path first, at the cost
// of a datagram.
func (n *network) echoes(from, to string, dst netip.Addr, size int) {
	n.t.Helper()
	tries, patience := 1, 5*time.Second
	if size > 1200 {
		tries, patience = 5, 500*time.Millisecond
	}
	var err error
	for range tries {
		if _, err = n.echo(from, to, dst, size, patience); err == nil {
			return
		}
	}
	n.t.Errorf("echo of %d octets from %s to %s: %v", size, from, to, err)
}

// Two hosts, every mode, protocol, family and device: both ways, small and longer than the link. On the wire
// there is nothing but ESP or AH. IPS-ESP-14: the long ones are cut after sealing, and put together by the kernel
// before they are opened.
func TestTwoHosts(t *testing.T) {
	for _, topology := range []string{"pair", "pair6"} {
		for _, f := range []shape{
			{cipher: "aes", integrity: "hmac-sha1-96"}, {cipher: "aes-gcm-16", tunnel: true},
			{integrity: "hmac-sha256-128"}, {integrity: "hmac-md5-96", tunnel: true},
		} {
			for _, veth := range []bool{false, true} {
				name := fmt.Sprintf("%s/%s%s/tunnel=%v/veth=%v", topology, f.cipher, f.integrity, f.tunnel, veth)
				t.Run(name, func(t *testing.T) { testTwoHosts(t, topology, f, veth) })
			}
		}
	}
}

func testTwoHosts(t *testing.T, topology string, f shape, veth bool) {
	n := build(t, topology, netns.Options{})
	alice, bob := n.stack("alice", Options{Veth: veth}), n.stack("bob", Options{Veth: veth})
	a, b := n.wire("alice"), n.wire("bob")
	ab, ba := join(t, f, alice, bob, a, b, host1(a), host1(b))
	w := n.watch()
	n.ping("alice", a, b, 3, 56)
	n.ping("bob", b, a, 2, 1200)
	size := 4000
	if f.cipher == "" {
		size = 1000 // AH shows what it carries; the secret is not in pings
	} else {
		n.echoes("alice", "bob", b, 100)
		n.echoes("bob", "alice", a, size)
	}
	proto := uint8(ab.Proto)
	seen := protocols(w.packets())
	if topology == "pair6" {
		delete(seen, ipsec.ProtoICMPv6) // neighbour discovery
	}
	if len(seen) != 1 || seen[proto] < 10 {
		t.Errorf("packets by protocol: %v, want only %d", seen, proto)
	}
	for _, side := range []struct {
		d       *Driver
		out, in sadb.SA
	}{{alice, ab, ba}, {bob, ba, ab}} {
		s, err := side.d.Statistics()
		if err != nil || s.Clear != 0 || s.Lost != 0 || len(s.In.Drops()) != 0 || len(s.Out.Drops()) != 0 {
			t.Errorf("counted %+v, %v", s, err)
		}
		sent, _ := side.d.Get(side.out.ID())
		got, _ := side.d.Get(side.in.ID())
		if sent.Current.Packets < 5 || got.Current.Packets < 5 || sent.Current.Seq != sent.Current.Packets || sent.Current.FirstUse.IsZero() {
			t.Errorf("used: out %+v, in %+v", sent.Current, got.Current)
		}
	}
}

// Hosts behind two gateways. IPS-TUN-02: a gateway counts the time to live down once.
func TestGateways(t *testing.T) {
	for _, topology := range []string{"gateways", "gateways6"} {
		for _, f := range []shape{{cipher: "aes", integrity: "hmac-sha1-96", tunnel: true}, {integrity: "hmac-sha1-96", tunnel: true}} {
			t.Run(topology+"/"+f.cipher+f.integrity, func(t *testing.T) { testGateways(t, topology, f) })
		}
	}
}

func testGateways(t *testing.T, topology string, f shape) {
	n := build(t, topology, netns.Options{})
	alice, bob := n.stack("alice", Options{}), n.stack("bob", Options{})
	carol, dave := n.Topology.Addr("carol", "left"), n.Topology.Addr("dave", "right")
	bits := 24
	if carol.Is6() {
		bits = 64
	}
	left, right := netip.PrefixFrom(carol, bits).Masked(), netip.PrefixFrom(dave, bits).Masked()
	join(t, f, alice, bob, n.wire("alice"), n.wire("bob"), left, right)
	w := n.watch()
	n.ping("carol", carol, dave, 3, 56)
	n.ping("dave", dave, carol, 3, 1000)
	if f.cipher != "" {
		n.echoes("carol", "dave", dave, 500)
		n.echoes("carol", "dave", dave, 3000) // in fragments through the tunnel
	}
	for _, p := range w.packets() {
		if p.Proto == ipsec.ProtoICMPv6 && !p.V6 || p.Proto == ipsec.ProtoICMPv6 {
			continue
		}
		if p.Proto != 50 && p.Proto != 51 || p.TTL() != 64 {
			t.Errorf("protocol %d, TTL %d", p.Proto, p.TTL())
		}
		if p.Proto == ipsec.ProtoAH {
			var inner ipsec.Packet
			if h, _ := ipsec.ParseAH(p.Payload()); inner.Parse(p.Payload()[h.Size():]) != nil || inner.TTL() != 63 {
				t.Errorf("inside AH: TTL %d, want 63", inner.TTL())
			}
		}
	}
}

// A long TCP stream arrives whole, both ways.
func TestStream(t *testing.T) {
	for _, veth := range []bool{false, true} {
		n := build(t, "pair", netns.Options{})
		alice, bob := n.stack("alice", Options{Veth: veth}), n.stack("bob", Options{Veth: veth})
		a, b := n.wire("alice"), n.wire("bob")
		join(t, shape{cipher: "aes", integrity: "hmac-sha1-96", tunnel: true}, alice, bob, a, b, host1(a), host1(b))
		var l net.Listener
		if err := n.Host("bob").Do(func() (err error) {
			l, err = net.ListenTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(b, 0)))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		go func() { // what comes goes back
			c, err := l.Accept()
			if err == nil {
				io.Copy(c, c)
				c.Close()
			}
		}()
		var c net.Conn
		if err := n.Host("alice").Do(func() (err error) {
			c, err = net.DialTimeout("tcp", l.Addr().String(), 5*time.Second)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		data := bytes.Repeat([]byte(secret), 100_000)
		go func() {
			c.Write(data)
			c.(*net.TCPConn).CloseWrite()
		}()
		got, err := io.ReadAll(c)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("veth %v: %d of %d octets came back, %v", veth, len(got), len(data), err)
		}
		c.Close()
	}
}

// IPv6 hosts that have never heard of each other find each other in clear, although everything between them is
// to be protected: neighbour discovery cannot be.
func TestNeighboursFindEachOther(t *testing.T) {
	n := build(t, "pair6", netns.Options{})
	alice, bob := n.stack("alice", Options{}), n.stack("bob", Options{})
	a, b := n.wire("alice"), n.wire("bob")
	join(t, espSHA1, alice, bob, a, b, host1(a), host1(b))
	for _, name := range []string{"alice", "bob"} {
		if out, err := n.Host(name).Command(context.Background(), "ip", "-6", "neigh", "flush", "dev", "eth0", "nud", "permanent").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	w := n.watch()
	n.ping("alice", a, b, 2, 56)
	seen := protocols(w.packets())
	if seen[ipsec.ProtoICMPv6] == 0 || seen[ipsec.ProtoESP] != 4 {
		t.Errorf("packets by protocol: %v, want neighbour discovery and 4 of ESP", seen)
	}
}

// SAs that were keyed by hand say no direction: each serves the side that it fits.
func TestSAsWithoutDirection(t *testing.T) {
	n := build(t, "pair", netns.Options{})
	alice, bob := n.stack("alice", Options{}), n.stack("bob", Options{})
	a, b := n.wire("alice"), n.wire("bob")
	ab, ba := espSHA1.sa(0x1001, a, b, between(host1(a), host1(b))), espSHA1.sa(0x1002, b, a, between(host1(b), host1(a)))
	for _, side := range []struct {
		d       *Driver
		out, in sadb.SA
	}{{alice, ab, ba}, {bob, ba, ab}} {
		must(t, side.d, sadb.AddPolicy{Policy: espSHA1.policy(sadb.Out, &side.out)}, sadb.AddPolicy{Policy: espSHA1.policy(sadb.In, &side.in)},
			sadb.Add{SA: ab}, sadb.Add{SA: ba})
	}
	n.ping("alice", a, b, 3, 56)
	for _, d := range []*Driver{alice, bob} {
		for _, sa := range []sadb.SA{ab, ba} {
			if got, err := d.Get(sa.ID()); err != nil || got.Current.Packets != 3 {
				t.Errorf("%v: %+v, %v", sa, got.Current, err)
			}
		}
	}
}

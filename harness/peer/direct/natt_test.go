package direct

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"ikewit/harness/peer"
	"ikewit/impl/alg"
	"ikewit/impl/engine/enginetest"
	"ikewit/impl/host"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/ipsec"
	"ikewit/netns"
	"ikewit/netns/netnstest"
)

// A pair is our daemon on both sides of one or two NATs.
type pair struct {
	*netns.Fabric
	t          *testing.T
	ctx        context.Context
	alice, bob *Peer
	tap        *host.Tap
}

func newPair(t *testing.T, topology string, profile enginetest.Profile) *pair {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	top := netnstest.Topology(t, topology)
	f := netnstest.Build(t, top, netns.Options{})
	p := &pair{Fabric: f, t: t, ctx: ctx}
	p.alice, p.bob = p.start(0, 1, profile), p.start(1, 0, profile)
	link, _ := top.Link(top.Wire)
	var ends []host.TapEnd
	for _, e := range link.Ends {
		ends = append(ends, host.TapEnd{In: f.Host(e.Host).Do, Device: e.Device})
	}
	var err error
	if p.tap, err = host.OpenTap(ends...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.tap.Close() })
	return p
}

// start starts the daemon of one peer. Without clients in the profile, traffic is between what is behind the gateways.
func (p *pair) start(at, other int, profile enginetest.Profile) *Peer {
	p.t.Helper()
	top := p.Topology
	profile.Policy, profile.Window = true, 64
	if profile.Mode != "transport" {
		profile.Local, profile.Remote = top.Subnet(at).String(), top.Subnet(other).String()
	}
	own := top.Addr(top.Peers[at], top.Wire)
	if !own.IsValid() {
		own = top.Addr(top.Peers[at], "")
	}
	c, err := profile.Connection("c", own, top.Outside(top.Peers[other]))
	if err != nil {
		p.t.Fatal(err)
	}
	peer1 := New(p.Host(top.Peers[at]), peer.Terms{Conn: c, Secret: alg.Key("a secret of both")}, "user", "engine", peer.NewEntropy(1, top.Peers[at]))
	if err := peer1.Start(p.ctx); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { peer1.Close() })
	return peer1
}

// negotiate has alice begin, and waits until both sides have a pair more.
func (p *pair) negotiate() {
	p.t.Helper()
	before := p.bob.Pairs()
	if err := p.alice.Initiate(p.ctx); err != nil {
		p.t.Fatal(err, p.alice.Journal().Lines(0), p.bob.Journal().Lines(0))
	}
	if err := p.bob.Journal().Until(p.ctx, func() bool { return p.bob.Pairs() > before }); err != nil {
		p.t.Fatal(err)
	}
}

func (p *pair) ping(from string, o host.PingOptions) {
	p.t.Helper()
	o.In, o.Count, o.Timeout = p.Host(from).Do, 3, 3*time.Second
	pongs, err := host.Ping(p.ctx, o)
	for _, pong := range pongs {
		err = errors.Join(err, pong.Err)
	}
	if err != nil {
		p.t.Errorf("%s to %v: %v", from, o.Dst, err)
	}
}

// ports ends the watch and counts the packets of the wire by protocol, ports, and whether it is ESP, IKE or a keepalive.
func (p *pair) ports() map[string]int {
	p.t.Helper()
	if err := p.tap.Stop(); err != nil {
		p.t.Fatal(err)
	}
	seen := map[string]int{}
	for {
		f, err := p.tap.Read()
		if errors.Is(err, io.EOF) {
			return seen
		}
		if err != nil {
			p.t.Fatal(err)
		}
		const ethernet, udp = 14, 17
		var q ipsec.Packet
		if len(f.Octets) < ethernet || q.Parse(f.Octets[ethernet:]) != nil {
			continue // ARP
		}
		src, dst, ok := q.Ports()
		if q.Proto != udp || !ok {
			seen[fmt.Sprintf("protocol %d", q.Proto)]++
			continue
		}
		what := "ESP"
		if body := q.Payload()[8:]; len(body) < 12 || body[0]|body[1]|body[2]|body[3] == 0 || src == 500 || dst == 500 {
			what = "IKE"
		}
		seen[fmt.Sprintf("%s from %s to %s", what, word(src), word(dst))]++
	}
}

// word calls the ports that a NAT makes up by one name.
func word(port uint16) string {
	if port >= 40000 {
		return "NAT"
	}
	return fmt.Sprint(port)
}

// Data both ways through real NATs before either side and before both, in tunnel mode: IKE begins at 500 and goes on at 4500, and
// all ESP travels in UDP between the ports of IKE. EXT-NATT-11, -12, -15, -17, -25, EXT-UDPE-01.
func TestThroughNATs(t *testing.T) {
	for _, row := range []struct{ topology, there, back string }{
		{"nat", "NAT to 4500", "4500 to NAT"}, {"nat-bob", "4500 to 4500", "4500 to 4500"}, {"nat-both", "NAT to 4500", "4500 to NAT"},
	} {
		t.Run(row.topology, func(t *testing.T) {
			p := newPair(t, row.topology, enginetest.Profile{NATT: "on"})
			p.negotiate()
			p.ping("carol", host.PingOptions{Dst: p.Topology.Addr("dave", ""), Size: 600})
			p.ping("dave", host.PingOptions{Dst: p.Topology.Addr("carol", ""), Size: 1300})
			seen := p.ports()
			for what := range seen {
				if what != "ESP from "+row.there && what != "ESP from "+row.back && what[:3] != "IKE" {
					t.Errorf("on the wire: %s", what)
				}
			}
			if seen["ESP from "+row.there]+seen["ESP from "+row.back] < 12 && row.there != row.back || seen["IKE from "+row.there] == 0 {
				t.Errorf("on the wire: %v", seen)
			}
		})
	}
}

// Transport mode through a NAT before the initiator: what is behind the checksum reaches the upper layer. EXT-NATT-30, -31,
// EXT-UDPE-15.
func TestTransportThroughNAT(t *testing.T) {
	p := newPair(t, "nat", enginetest.Profile{NATT: "on", Mode: "transport"})
	p.negotiate()
	p.ping("alice", host.PingOptions{Src: p.Topology.Addr("alice", "home"), Dst: p.Topology.Addr("bob", "wire"), Size: 300})
	answer, err := p.ask("alice", "bob")
	if err != nil || answer != "PRIVATE" {
		t.Errorf("TCP: %q, %v", answer, err)
	}
	seen := p.ports()
	for what := range seen {
		if what[:3] != "ESP" && what[:3] != "IKE" {
			t.Errorf("on the wire: %s", what)
		}
	}
}

// After the NAT has forgotten what it knew, the responder follows genuine ESP to the other port. EXT-NATT-39.
func TestFollowsESPToAnotherPort(t *testing.T) {
	p := newPair(t, "nat", enginetest.Profile{NATT: "on"})
	p.negotiate()
	p.ping("carol", host.PingOptions{Dst: p.Topology.Addr("dave", "")})
	before := p.port()
	if err := p.ForgetNAT("nat"); err != nil {
		t.Fatal(err)
	}
	// What answers the first packets may still go to the old port: the engine is asked before the SA is moved.
	for range 20 {
		pongs, err := host.Ping(p.ctx, host.PingOptions{
			In: p.Host("carol").Do, Dst: p.Topology.Addr("dave", ""), Count: 1, Timeout: 300 * time.Millisecond,
		})
		if err == nil && len(pongs) == 1 && pongs[0].Err == nil {
			break
		}
	}
	p.ping("carol", host.PingOptions{Dst: p.Topology.Addr("dave", "")})
	if after := p.port(); after == before {
		t.Errorf("the peer is still at port %d", after)
	}
}

// port is where bob sends ESP to.
func (p *pair) port() uint16 {
	p.t.Helper()
	list, _, err := p.bob.SAs()
	if err != nil {
		p.t.Fatal(err)
	}
	for _, sa := range list {
		if sa.Direction == sadb.Out {
			return sa.Encap.DstPort
		}
	}
	p.t.Fatal("bob has no SA")
	return 0
}

// ask says something over TCP and gives the answer.
func (p *pair) ask(from, to string) (string, error) {
	dst := netip.AddrPortFrom(p.Topology.Outside(to), 7)
	var listener net.Listener
	if err := p.Host(to).Do(func() (err error) {
		listener, err = net.Listen("tcp", dst.String())
		return err
	}); err != nil {
		return "", err
	}
	defer listener.Close()
	go func() {
		c, err := listener.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		b := make([]byte, 100)
		n, _ := c.Read(b)
		c.Write(bytes.ToUpper(b[:n]))
	}()
	var c net.Conn
	if err := p.Host(from).Do(func() (err error) {
		c, err = net.DialTimeout("tcp", dst.String(), 5*time.Second)
		return err
	}); err != nil {
		return "", err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return "", err
	}
	if _, err := c.Write([]byte("private")); err != nil {
		return "", err
	}
	b := make([]byte, 100)
	n, err := c.Read(b)
	return string(b[:n]), err
}

package enginetest

import (
	"net/netip"
	"testing"
	"time"

	"ikewit/impl/conn"
	"ikewit/impl/engine"
	"ikewit/impl/ike"
	"ikewit/impl/simnet"
)

// behind makes alice behind a NAT and bob, both willing, and writes down what leaves.
func behind(t *testing.T, alice Side) (*Couple, *[]simnet.Passage) {
	t.Helper()
	alice.Profile.NATT, alice.Profile.Local, alice.Profile.Remote = "on", "10.3.0.0/24", "10.4.0.0/24"
	bob := Side{Profile: Profile{NATT: "on", Local: "10.4.0.0/24", Remote: "10.3.0.0/24"}}
	c := NewCoupleBehind(1, alice, bob, false, [2]bool{true, false})
	var seen []simnet.Passage
	then := c.Net.Watch
	c.Net.Watch = func(p simnet.Passage) {
		seen = append(seen, p)
		then(p)
	}
	return c, &seen
}

// named gives the first message of a name, as it arrives.
func named(t *testing.T, list []simnet.Passage, name string) simnet.Datagram {
	t.Helper()
	for _, p := range list {
		if p.Datagram.Name == name && len(p.Arrivals) > 0 {
			return p.Arrivals[0].Datagram
		}
	}
	t.Fatalf("no %s was sent", name)
	return simnet.Datagram{}
}

// peerOf is where a host believes its peer to be.
func peerOf(h *Host) (end netip.AddrPort) {
	for s := range h.Engine.ISAKMPs() {
		end = s.Remote
	}
	return end
}

// give lets a datagram arrive at bob.
func give(c *Couple, d simnet.Datagram) {
	c.Net.Do("bob", func(now time.Time) { c.Bob.Receive(now, d) })
	c.Run(time.Second)
}

// EXT-NATT-20: what came before the change of ports is not answered on the old port, and changes nothing. EXT-NATT-21: a new
// negotiation may begin there.
func TestOldPortAfterTheChange(t *testing.T) {
	c, seen := behind(t, Side{})
	c.Initiate(c.Alice)
	c.Run(time.Second)
	n := len(*seen)
	for _, name := range []string{"MI1", "MI2"} {
		give(c, named(t, *seen, name))
		if len(*seen) != n {
			t.Errorf("%s again is answered: %v", name, (*seen)[n:])
		}
	}
	late := named(t, *seen, "MI3")
	late.Dst = netip.AddrPortFrom(late.Dst.Addr(), 500)
	if give(c, late); len(*seen) != n {
		t.Errorf("MI3 to port 500 is answered: %v", (*seen)[n:])
	}
	c.Initiate(c.Bob)
	c.Run(time.Second)
	if len(c.Alice.SADB.SAs()) != 4 || len(c.Bob.SADB.SAs()) != 4 {
		t.Errorf("the SA is of no use: %d and %d", len(c.Alice.SADB.SAs()), len(c.Bob.SADB.SAs()))
	}
	n = len(*seen)
	first := named(t, *seen, "MI1")
	first.Octets = append([]byte{1, 2, 3, 4, 5, 6, 7, 8}, first.Octets[8:]...)
	give(c, first)
	if len(*seen) == n || (*seen)[n].Datagram.Name != "MR1" || (*seen)[n].Datagram.Src.Port() != 500 {
		t.Errorf("a new negotiation at port 500: %v", (*seen)[n:])
	}
}

// EXT-NATT-16: who does not prove to be the peer is not followed to another port.
func TestNobodyFollowsABadMI3(t *testing.T) {
	c, seen := behind(t, Side{Profile: Profile{Secret: "another"}})
	var at netip.AddrPort
	then := c.Net.Watch
	c.Net.Watch = func(p simnet.Passage) {
		if p.Datagram.Name == "MI3" {
			at = peerOf(c.Bob)
		}
		then(p)
	}
	c.Initiate(c.Alice)
	c.Run(time.Second)
	came := named(t, *seen, "MI3").Src
	if now := peerOf(c.Bob); now != at || now == came || !at.IsValid() {
		t.Errorf("before MI3 the peer was at %v, then at %v; MI3 came from %v", at, now, came)
	}
}

// EXT-NATT-18: phase 1 that begins at port 4500 stays there.
func TestBeginsAtPort4500(t *testing.T) {
	c, seen := behind(t, Side{})
	c.AliceConn.Local.Port, c.AliceConn.Remote.Port = 4500, 4500
	c.Initiate(c.Alice)
	c.Run(time.Second)
	for _, p := range *seen {
		port := p.Datagram.Dst.Port()
		if p.From == "bob" {
			port = p.Datagram.Src.Port()
		}
		if port != 4500 {
			t.Errorf("%s between %v and %v", p.Datagram.Name, p.Datagram.Src, p.Datagram.Dst)
		}
	}
	if len(c.Bob.SADB.SAs()) != 2 {
		t.Errorf("%d SAs", len(c.Bob.SADB.SAs()))
	}
}

// EXT-NATT-41: what is not proved to be the peer's does not move it; what is, does (EXT-NATT-39).
func TestOnlyThePeerMovesThePeer(t *testing.T) {
	c, seen := behind(t, Side{})
	c.Initiate(c.Alice)
	c.Run(time.Second)
	before := peerOf(c.Bob)
	elsewhere := netip.AddrPortFrom(before.Addr(), 55555)
	forged := named(t, *seen, "QI1")
	forged.Src = elsewhere
	for _, change := range []func(b []byte) []byte{
		func(b []byte) []byte { b[23] ^= 1; return b }, // another message ID: HASH(1) is wrong
		func(b []byte) []byte { return b },             // a replay
		func([]byte) []byte { return []byte{0xff} },    // a keepalive
	} {
		d := forged
		d.Octets = change(append([]byte(nil), forged.Octets...))
		if give(c, d); peerOf(c.Bob) != before {
			t.Errorf("%x moves the peer to %v", d.Octets[:1], peerOf(c.Bob))
		}
	}
	c.Net.Connect("alice", "bob", from{c.Net.Between("alice", "bob"), elsewhere})
	c.Initiate(c.Alice)
	c.Run(time.Second)
	if peerOf(c.Bob) != elsewhere {
		t.Errorf("the peer is at %v, was heard from %v", peerOf(c.Bob), elsewhere)
	}
}

// EXT-NATT-40: behind a NAT ourselves, we stay with the end that we know, whatever genuine comes from elsewhere.
func TestStaysBehindItsNAT(t *testing.T) {
	c, seen := behind(t, Side{})
	c.Initiate(c.Alice)
	c.Run(time.Second)
	before := peerOf(c.Alice)
	c.Net.Connect("bob", "alice", from{c.Net.Between("bob", "alice"), netip.AddrPortFrom(Bob, 55555)})
	n := len(*seen)
	c.Initiate(c.Bob)
	c.Run(time.Second)
	if peerOf(c.Alice) != before || named(t, (*seen)[n:], "QR1").Dst != before {
		t.Errorf("the peer is at %v, was at %v", peerOf(c.Alice), before)
	}
}

// from is a link on which everything seems to come from one end.
type from struct {
	simnet.Link
	end netip.AddrPort
}

func (l from) Carry(d simnet.Datagram) ([]simnet.Arrival, string) {
	list, fate := l.Link.Carry(d)
	for i := range list {
		list[i].Datagram.Src = l.end
	}
	return list, fate
}

// EXT-UDPE-17: what one peer has from behind its NAT, another behind the same or another NAT does not get. EXT-NATT-37: the first
// one's SAs survive the second.
func TestTwoPeersBehindNATsWithOneAddress(t *testing.T) {
	w := New(1)
	p := Profile{NATT: "on", Local: "10.3.0.0/24", Remote: "10.4.0.0/24"}
	other := netip.MustParseAddr("192.0.2.9")
	nats := map[string]*simnet.NAT{"alice": {Outside: Alice}, "carol": {Outside: other}}
	inside := map[string]netip.Addr{"alice": AliceInside, "carol": netip.MustParseAddr("10.7.0.10")}
	back := Profile{NATT: "on", Local: "10.4.0.0/24", Remote: "10.3.0.0/24"}
	anybody, err := back.Connection("anybody", Bob, netip.Addr{})
	if err != nil {
		t.Fatal(err)
	}
	bob := w.Add("bob", engine.Config{Connections: conn.List{anybody}, Secrets: back.Key()}, Bob)
	hosts := map[string]*Host{}
	for _, name := range []string{"alice", "carol"} {
		c, err := p.Connection("bob", inside[name], Bob)
		if err != nil {
			t.Fatal(err)
		}
		hosts[name] = w.Add(name, engine.Config{Connections: conn.List{c}, Secrets: p.Key()}, inside[name], nats[name].Outside)
		w.Net.Connect(name, "bob", simnet.Out{Link: w.Net.Between(name, "bob"), NAT: nats[name]})
		w.Net.Connect("bob", name, simnet.In{Link: w.Net.Between("bob", name), NAT: nats[name]})
		hosts[name].Do(ike.Initiate{Conn: c})
		w.Run(time.Second)
	}
	if a, c, b := len(hosts["alice"].SADB.SAs()), len(hosts["carol"].SADB.SAs()), len(bob.SADB.SAs()); a != 2 || c != 0 || b != 2 {
		t.Errorf("alice holds %d SAs, carol %d, bob %d", a, c, b)
	}
}

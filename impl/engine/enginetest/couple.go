package enginetest

import (
	"fmt"
	"net/netip"

	"ikewit/impl/conn"
	"ikewit/impl/engine"
	"ikewit/impl/ike"
	"ikewit/impl/simnet"
)

// The addresses of alice and bob.
var (
	Alice  = netip.MustParseAddr("192.0.2.1")
	Bob    = netip.MustParseAddr("192.0.2.2")
	Alice6 = netip.MustParseAddr("2001:db8::1")
	Bob6   = netip.MustParseAddr("2001:db8::2")

	AliceInside  = netip.MustParseAddr("10.1.0.10") // behind a NAT
	BobInside    = netip.MustParseAddr("10.2.0.10")
	AliceInside6 = netip.MustParseAddr("fd00:1::10")
	BobInside6   = netip.MustParseAddr("fd00:2::10")
)

// A Side is one host of a couple.
type Side struct {
	Profile Profile
	Config  engine.Config // Connections, Secrets and, without any, Entropy are filled in
}

// A Couple is alice and bob, each with one connection to the other.
type Couple struct {
	*World
	Alice, Bob         *Host
	AliceConn, BobConn *conn.Connection
	NATs               [2]*simnet.NAT // before alice, before bob; nil: none

	more  map[*Host]*conn.Connection // of those who joined
	atBob *conn.List
}

// NewCouple makes alice and bob. A profile that makes no sense is a mistake of the caller and panics.
func NewCouple(seed uint64, alice, bob Side, ipv6 bool) *Couple {
	return NewCoupleBehind(seed, alice, bob, ipv6, [2]bool{})
}

// NewCoupleBehind makes alice and bob, each behind a NAT if so said. The NAT before bob lets everybody in.
func NewCoupleBehind(seed uint64, alice, bob Side, ipv6 bool, nats [2]bool) *Couple {
	c := &Couple{World: New(seed), more: map[*Host]*conn.Connection{}}
	a, b, behind := Alice, Bob, [2]netip.Addr{AliceInside, BobInside}
	if ipv6 {
		a, b, behind = Alice6, Bob6, [2]netip.Addr{AliceInside6, BobInside6}
	}
	inside := [2]netip.Addr{a, b}
	if nats[0] {
		inside[0] = behind[0]
		c.NATs[0] = &simnet.NAT{Outside: a}
	}
	if nats[1] {
		inside[1] = behind[1]
		c.NATs[1] = &simnet.NAT{Outside: b, Inbound: behind[1]}
	}
	c.Alice, c.AliceConn, _ = c.add("alice", "bob", alice, inside[0], a, b)
	c.Bob, c.BobConn, c.atBob = c.add("bob", "alice", bob, inside[1], b, a)
	for i, names := range [2][2]string{{"alice", "bob"}, {"bob", "alice"}} {
		if n := c.NATs[i]; n != nil {
			c.Net.Connect(names[0], names[1], simnet.Out{Link: c.Net.Between(names[0], names[1]), NAT: n})
			c.Net.Connect(names[1], names[0], simnet.In{Link: c.Net.Between(names[1], names[0]), NAT: n})
		}
	}
	return c
}

// A Guest is another host that negotiates with bob, behind a NAT, which may be that of alice.
type Guest struct {
	Name   string
	Side   Side
	Inside netip.Addr
	NAT    *simnet.NAT
	ForBob Profile // by which bob negotiates with it
}

// Join adds a host. Bob has a connection with it beside that with alice.
func (c *Couple) Join(g Guest) *Host {
	toBob := c.AliceConn.Remote.Addr
	back, err := g.ForBob.Connection(g.Name, c.BobConn.Local.Addr, g.NAT.Outside)
	if err != nil {
		panic(fmt.Sprintf("enginetest: profile of bob for %s: %v", g.Name, err))
	}
	*c.atBob = append(*c.atBob, back)
	public := g.NAT.Outside
	if g.NAT == c.NATs[0] {
		public = g.Inside // the address is alice's already, and the NAT finds who is meant
	}
	h, connection, _ := c.add(g.Name, "bob", g.Side, g.Inside, public, toBob)
	c.more[h] = connection
	c.Net.Connect(g.Name, "bob", simnet.Out{Link: c.Net.Between(g.Name, "bob"), NAT: g.NAT})
	if public != g.Inside {
		c.Net.Connect("bob", g.Name, simnet.In{Link: c.Net.Between("bob", g.Name), NAT: g.NAT})
	}
	return h
}

// MoveNAT gives the NAT before a host another address: what it has translated so far is forgotten.
func (c *Couple) MoveNAT(name string, n *simnet.NAT, to netip.Addr) {
	n.Outside = to
	n.Forget()
	c.Net.Own(name, to)
}

func (c *Couple) add(name, peer string, s Side, local, public, remote netip.Addr) (*Host, *conn.Connection, *conn.List) {
	connection, err := s.Profile.Connection(peer, local, remote)
	if err != nil {
		panic(fmt.Sprintf("enginetest: profile of %s: %v", name, err))
	}
	list := &conn.List{connection}
	s.Config.Connections = list
	if s.Config.Secrets == nil {
		s.Config.Secrets = s.Profile.Key()
	}
	addrs := []netip.Addr{local}
	if public != local {
		addrs = append(addrs, public)
	}
	return c.Add(name, s.Config, addrs...), connection, list
}

// Initiate lets a host begin to negotiate with the other.
func (c *Couple) Initiate(h *Host) { h.Do(ike.Initiate{Conn: c.ConnOf(h)}) }

// ConnOf is a host's connection with the other; that of bob is with alice.
func (c *Couple) ConnOf(h *Host) *conn.Connection {
	switch h {
	case c.Alice:
		return c.AliceConn
	case c.Bob:
		return c.BobConn
	}
	return c.more[h]
}

// Agree checks that both hosts hold the same SAs, each seen from its side, and says what differs.
func (c *Couple) Agree() error {
	mine, yours := c.Alice.SADB.SAs(), c.Bob.SADB.SAs()
	if len(mine) != len(yours) {
		return fmt.Errorf("alice holds %d SAs, bob %d", len(mine), len(yours))
	}
	for _, a := range mine {
		found := false
		for _, b := range yours {
			if a.ID() != b.ID() {
				continue
			}
			found = true
			if a.Direction == b.Direction || a.Mode != b.Mode || a.Src != b.Src || a.Cipher != b.Cipher || a.Integrity != b.Integrity ||
				string(a.CipherKey) != string(b.CipherKey) || string(a.AuthKey) != string(b.AuthKey) || a.Selector != b.Selector {
				return fmt.Errorf("%v is not the same at alice and at bob", a.ID())
			}
		}
		if !found {
			return fmt.Errorf("bob does not hold %v", a.ID())
		}
	}
	return nil
}

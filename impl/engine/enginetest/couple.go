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

	AliceInside = netip.MustParseAddr("10.1.0.10") // behind a NAT
	BobInside   = netip.MustParseAddr("10.2.0.10")
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
}

// NewCouple makes alice and bob. A profile that makes no sense is a mistake of the caller and panics.
func NewCouple(seed uint64, alice, bob Side, ipv6 bool) *Couple {
	return NewCoupleBehind(seed, alice, bob, ipv6, [2]bool{})
}

// NewCoupleBehind makes alice and bob, each behind a NAT if so said. The NAT before bob lets everybody in.
func NewCoupleBehind(seed uint64, alice, bob Side, ipv6 bool, nats [2]bool) *Couple {
	c := &Couple{World: New(seed)}
	a, b := Alice, Bob
	if ipv6 {
		a, b = Alice6, Bob6
	}
	inside := [2]netip.Addr{a, b}
	if nats[0] {
		inside[0] = AliceInside
		c.NATs[0] = &simnet.NAT{Outside: a}
	}
	if nats[1] {
		inside[1] = BobInside
		c.NATs[1] = &simnet.NAT{Outside: b, Inbound: BobInside}
	}
	c.Alice, c.AliceConn = c.add("alice", "bob", alice, inside[0], a, b)
	c.Bob, c.BobConn = c.add("bob", "alice", bob, inside[1], b, a)
	for i, names := range [2][2]string{{"alice", "bob"}, {"bob", "alice"}} {
		if n := c.NATs[i]; n != nil {
			c.Net.Connect(names[0], names[1], simnet.Out{Link: c.Net.Between(names[0], names[1]), NAT: n})
			c.Net.Connect(names[1], names[0], simnet.In{Link: c.Net.Between(names[1], names[0]), NAT: n})
		}
	}
	return c
}

func (c *Couple) add(name, peer string, s Side, local, public, remote netip.Addr) (*Host, *conn.Connection) {
	connection, err := s.Profile.Connection(peer, local, remote)
	if err != nil {
		panic(fmt.Sprintf("enginetest: profile of %s: %v", name, err))
	}
	s.Config.Connections = conn.List{connection}
	if s.Config.Secrets == nil {
		s.Config.Secrets = s.Profile.Key()
	}
	addrs := []netip.Addr{local}
	if public != local {
		addrs = append(addrs, public)
	}
	return c.Add(name, s.Config, addrs...), connection
}

// Initiate lets a host begin to negotiate with the other.
func (c *Couple) Initiate(h *Host) { h.Do(ike.Initiate{Conn: c.ConnOf(h)}) }

// ConnOf is a host's connection with the other.
func (c *Couple) ConnOf(h *Host) *conn.Connection {
	if h == c.Alice {
		return c.AliceConn
	}
	return c.BobConn
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

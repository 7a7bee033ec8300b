package ike1

import (
	"fmt"
	"net/netip"

	"ikewit/impl/conn"
	"ikewit/impl/ike"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/isakmp"
)

// The clients of a negotiation are the traffic of each side, as we see the sides. RFC 2409 section 5.5.
type clients struct {
	local, remote conn.Client
}

// clientsOf gives what a request of ours is for: its own clients, the connection's, or the ends.
func (s *association) clientsOf(want request) clients {
	c := clients{want.local, want.remote}
	if c.local.IsZero() {
		c.local = want.conn.Local.Client
	}
	if c.remote.IsZero() {
		c.remote = want.conn.Remote.Client
	}
	return clients{atLeast(c.local, s.local.Addr()), atLeast(c.remote, s.remote.Addr())}
}

// atLeast puts the address of an end in for a client without addresses.
func atLeast(c conn.Client, end netip.Addr) conn.Client {
	if c.Range.IsAny() {
		c.Range = sadb.RangeOf(end)
	}
	return c
}

// said tells whether the clients are to be sent: always in tunnel mode; in transport mode when they are
// not just the two ends.
func (c clients) said(mode sadb.Mode, s *association) bool {
	ends := clients{atLeast(conn.Client{}, s.local.Addr()), atLeast(conn.Client{}, s.remote.Addr())}
	return mode == sadb.Tunnel || c != ends
}

// idOf writes a client as an address, a subnet or a range, with protocol and port. RFC 2407 section 4.6.2.
func idOf(c conn.Client) *isakmp.ID {
	var p *isakmp.ID
	if prefix, ok := c.Range.Prefix(); c.Range.From == c.Range.To {
		p = isakmp.IDAddr(c.Range.From)
	} else if ok {
		p = isakmp.IDSubnet(prefix)
	} else {
		p = isakmp.IDRange(c.Range.From, c.Range.To)
	}
	p.Protocol, p.Port = c.Proto, c.Port
	return p
}

// clientOf reads what idOf writes.
func clientOf(p *isakmp.ID) (conn.Client, error) {
	from, to, err := p.Range()
	if err != nil {
		return conn.Client{}, err
	}
	if p.Port != 0 && p.Protocol == 0 {
		return conn.Client{}, fmt.Errorf("port %d of no protocol", p.Port)
	}
	return conn.Client{Range: sadb.Range{From: from, To: to}, Proto: p.Protocol, Port: p.Port}, nil
}

// readClients finds out what QI1 is for, and which connections are for that. No IDs stand for the two
// ends. RFC 2409 section 5.5.
func (q *quick) readClients(msg *message) ([]*conn.Connection, error) {
	m, s := q.s.m, q.s
	ids := msg.all(isakmp.TypeID)
	if m.core.Broken(CheckClientCount, len(ids) != 0 && len(ids) != 2) {
		return nil, refuse(CheckClientCount, isakmp.PayloadMalformed, isakmp.TypeID, "%d client identities", len(ids))
	}
	q.clients = clients{atLeast(conn.Client{}, s.local.Addr()), atLeast(conn.Client{}, s.remote.Addr())}
	if len(ids) == 2 {
		remote, err := q.readClient(ids[0], 0)
		if err != nil {
			return nil, err
		}
		local, err := q.readClient(ids[1], 1)
		if err != nil {
			return nil, err
		}
		q.clients = q.unmapped(clients{local, remote})
		if m.core.Broken(CheckClientForm, !matches(local, remote)) {
			return nil, refuse(CheckClientForm, isakmp.InvalidIDInformation, isakmp.TypeID, "clients of two families or two protocols")
		}
	}
	var conns []*conn.Connection
	for _, c := range m.connectionsOf(s) {
		if s.ruled(c, q.clients) {
			conns = append(conns, c)
		}
	}
	if conns != nil {
		return conns, nil
	}
	expected := s.clientsOf(request{conn: s.conn})
	m.core.Emit(ike.Mismatch{Exchange: q.event(), Item: "identities", Expected: expected.String(), Received: q.clients.String(), Fatal: true})
	if m.core.Broken(CheckClientPolicy, true) {
		return nil, refuse(CheckClientPolicy, isakmp.InvalidIDInformation, isakmp.TypeID, "no connection is for %v", q.clients)
	}
	return []*conn.Connection{s.conn}, nil
}

// readClient reads one ID and keeps a copy for the answer.
func (q *quick) readClient(item *isakmp.Item, at int) (conn.Client, error) {
	p := item.Body.(*isakmp.ID)
	c, err := clientOf(p)
	if q.core().Broken(CheckClientForm, err != nil) {
		return c, refuse(CheckClientForm, isakmp.InvalidIDInformation, isakmp.TypeID, "client identity: %w", err)
	}
	if err != nil {
		c = atLeast(c, q.s.remote.Addr())
	}
	q.ids[at] = &isakmp.ID{IDType: p.IDType, Protocol: p.Protocol, Port: p.Port, Data: keep(p.Data)}
	return c, nil
}

// String is "10.0.2.0/24 to 10.0.1.7".
func (c clients) String() string { return clientText(c.remote) + " to " + clientText(c.local) }

func clientText(c conn.Client) string {
	if c.Proto == 0 {
		return c.Range.String()
	}
	return fmt.Sprintf("%v protocol %d port %d", c.Range, c.Proto, c.Port)
}

// matches tells whether traffic can go between two clients: one family, one protocol.
func matches(a, b conn.Client) bool {
	return a.Range.From.Is4() == b.Range.From.Is4() && (a.Proto == b.Proto || a.Proto == 0 || b.Proto == 0)
}

// connectionsOf gives the connections that the peer of an SA may use: the SA's own first.
func (m *Machine) connectionsOf(s *association) []*conn.Connection {
	list := []*conn.Connection{s.conn}
	for _, c := range m.conns.ForPeer(s.local, s.remote) {
		if c != s.conn && exchangeOf(c) == exchangeOf(s.conn) && s.admits(c, s.peerID) {
			list = append(list, c)
		}
	}
	return list
}

// ruled tells whether a connection is for these clients.
func (s *association) ruled(c *conn.Connection, got clients) bool {
	want := s.clientsOf(request{conn: c})
	return rule(c.IPsec.LocalRule, want.local, got.local) && rule(c.IPsec.RemoteRule, want.remote, got.remote)
}

func rule(r conn.ClientRule, want, got conn.Client) bool {
	switch r {
	case conn.ClientAny:
		return true
	case conn.ClientContains:
		return got.Range.Covers(want.Range) && (got.Proto == 0 || got.Proto == want.Proto) && (got.Port == 0 || got.Port == want.Port)
	}
	return got == want
}

// checkTransport: in transport mode the clients are two hosts. RFC 2401 section 4.1.
func (q *quick) checkTransport() error {
	hosts := q.clients.local.Range.From == q.clients.local.Range.To && q.clients.remote.Range.From == q.clients.remote.Range.To
	if q.core().Broken(CheckClientTransport, q.specs[0].mode == sadb.Transport && !hosts) {
		return refuse(CheckClientTransport, isakmp.InvalidIDInformation, isakmp.TypeID, "transport mode for %v", q.clients)
	}
	return nil
}

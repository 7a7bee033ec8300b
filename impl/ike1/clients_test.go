package ike1

import (
	"net/netip"
	"testing"

	"ikewit/impl/conn"
	"ikewit/impl/sadb"
)

func client(prefix string, proto uint8, port uint16) conn.Client {
	return conn.Client{Range: sadb.RangeOfPrefix(netip.MustParsePrefix(prefix)), Proto: proto, Port: port}
}

func TestRulesForClients(t *testing.T) {
	want := client("10.1.0.0/16", 17, 500)
	for _, row := range []struct {
		got                  conn.Client
		equal, contains, any bool
	}{
		{want, true, true, true},
		{client("10.1.0.0/16", 0, 0), false, true, true},
		{client("10.1.0.0/16", 17, 0), false, true, true},
		{client("10.0.0.0/8", 0, 0), false, true, true},
		{client("10.1.2.0/24", 17, 500), false, false, true},
		{client("10.2.0.0/16", 17, 500), false, false, true},
		{client("10.2.0.0/16", 0, 0), false, false, true},
		{client("10.1.0.0/16", 6, 500), false, false, true},
		{client("10.1.0.0/16", 17, 501), false, false, true},
		{client("10.0.0.0/8", 6, 0), false, false, true},
	} {
		for rule_, fits := range map[conn.ClientRule]bool{conn.ClientEqual: row.equal, conn.ClientContains: row.contains, conn.ClientAny: row.any} {
			if got := rule(rule_, want, row.got); got != fits {
				t.Errorf("rule %d: %v for %v: %t", rule_, row.got, want, got)
			}
		}
	}
}

func TestClientsAreSaidWhenTheyMustBe(t *testing.T) {
	near, far := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	s := &association{local: netip.AddrPortFrom(near, 500), remote: netip.AddrPortFrom(far, 500)}
	for _, row := range []struct {
		local, remote conn.Client
		tunnel, hosts bool
	}{
		{conn.Client{}, conn.Client{}, true, false},
		{client("192.0.2.1/32", 0, 0), client("192.0.2.2/32", 0, 0), true, false},
		{client("192.0.2.1/32", 17, 0), conn.Client{}, true, true},
		{conn.Client{Proto: 17, Port: 1701}, conn.Client{}, true, true},
		{conn.Client{}, client("10.0.0.1/32", 0, 0), true, true},
	} {
		c := s.clientsOf(request{conn: &conn.Connection{Local: conn.End{Client: row.local}, Remote: conn.End{Client: row.remote}}})
		if c.said(sadb.Tunnel, s) != row.tunnel || c.said(sadb.Transport, s) != row.hosts {
			t.Errorf("%v: tunnel %t, transport %t", c, c.said(sadb.Tunnel, s), c.said(sadb.Transport, s))
		}
		for _, one := range []conn.Client{c.local, c.remote} { // what is said is read again
			if got, err := clientOf(idOf(one)); err != nil || got != one {
				t.Errorf("%v comes back as %v, %v", one, got, err)
			}
		}
	}
	asked := s.clientsOf(request{conn: &conn.Connection{Local: conn.End{Client: client("10.0.0.0/8", 0, 0)}}, local: client("10.7.0.0/16", 0, 0)})
	if asked.local != client("10.7.0.0/16", 0, 0) {
		t.Errorf("a request for part of a connection's clients: %v", asked)
	}
}

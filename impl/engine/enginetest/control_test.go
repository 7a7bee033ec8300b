package enginetest

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"ikewit/impl/conn"
	"ikewit/impl/engine"
	"ikewit/impl/ike"
	"ikewit/impl/sadb"
)

// twoConnections is alice with two connections to bob, for different traffic, and bob with their counterparts.
func twoConnections(t *testing.T) (c *Couple, other *conn.Connection) {
	t.Helper()
	c = NewCouple(1, Side{}, Side{}, false)
	p := Profile{Local: "10.1.0.0/16", Remote: "10.2.0.0/16"}
	q := Profile{Local: p.Remote, Remote: p.Local}
	other, err := p.Connection("other", Alice, Bob)
	if err != nil {
		t.Fatal(err)
	}
	back, err := q.Connection("other", Bob, Alice)
	if err != nil {
		t.Fatal(err)
	}
	c.Bob.Engine = engine.New(engine.Config{
		Connections: conn.List{c.BobConn, back}, Secrets: q.Key(), Entropy: NewEntropy(2, "bob"),
	})
	return c, other
}

func TestConnectionsShareAnISAKMPSA(t *testing.T) {
	c, other := twoConnections(t)
	c.Initiate(c.Alice)
	c.Alice.Do(ike.Initiate{Conn: other})
	c.Run(time.Second)
	n := 0
	for range c.Alice.Engine.ISAKMPs() {
		n++
	}
	if n != 1 || len(c.Alice.SADB.SAs()) != 4 || c.Agree() != nil {
		t.Errorf("%d ISAKMP SAs, %d IPsec SAs, %v", n, len(c.Alice.SADB.SAs()), c.Agree())
	}
	for p := range c.Bob.Engine.Pairs() {
		if wide := p.In[0].Selector.Src.From != Alice; wide != (p.Conn.Name == "other") {
			t.Errorf("%v is of connection %s", p.In[0].Selector, p.Conn.Name)
		}
	}
}

// Terminate of one connection leaves what others have, and what they negotiate.
func TestTerminateOneConnection(t *testing.T) {
	c, other := twoConnections(t)
	c.Initiate(c.Alice)
	c.Run(time.Second)
	c.Alice.Do(ike.Initiate{Conn: other})
	c.Run(5 * time.Millisecond) // QI1 of the other is on its way
	c.Alice.Do(ike.Terminate{Conn: &conn.Connection{Name: "of nobody"}})
	c.Run(time.Second)
	if n := len(c.Alice.SADB.SAs()); n != 4 {
		t.Errorf("%d SAs after a connection was terminated that has none", n)
	}
	c.Alice.Do(ike.Terminate{Conn: other})
	c.Run(time.Second)
	for _, h := range c.Hosts {
		if n := len(h.SADB.SAs()); n != 2 || h.SADB.SAs()[0].Selector.Src.From == netip.MustParseAddr("10.1.0.0") {
			t.Errorf("%s holds %v", h.Name, h.SADB.SAs())
		}
	}
	c.Alice.Do(ike.Terminate{})
	c.Run(time.Second)
	if n := len(c.Alice.SADB.SAs()) + len(c.Bob.SADB.SAs()); n != 0 {
		t.Errorf("%d SAs are left", n)
	}
}

func TestRequestsForPartOfAConnection(t *testing.T) {
	wide := Side{Profile: Profile{Local: "10.1.0.0/16", Remote: "10.2.0.0/16"}}
	back := Side{Profile: Profile{Local: "10.2.0.0/16", Remote: "10.1.0.0/16"}}
	for _, reqID := range []uint32{0, 7} {
		c := NewCouple(1, wide, back, false)
		c.AliceConn.IPsec.ReqID = 5
		c.BobConn.IPsec.LocalRule, c.BobConn.IPsec.RemoteRule = conn.ClientAny, conn.ClientAny
		part := conn.Client{Range: sadb.RangeOf(netip.MustParseAddr("10.1.0.9")), Proto: 17, Port: 53}
		c.Alice.Do(ike.Initiate{Conn: c.AliceConn, Local: part, ReqID: reqID})
		c.Run(time.Second)
		want := reqID
		if want == 0 {
			want = 5
		}
		list := c.Alice.SADB.SAs()
		if len(list) != 2 {
			t.Fatalf("%d SAs: %v", len(list), c.Alice.Events)
		}
		for _, sa := range list {
			if sa.ReqID != want {
				t.Errorf("request ID %d, want %d", sa.ReqID, want)
			}
		}
		out := list[1].Selector
		if out.Src != part.Range || out.Proto != 17 || out.SrcPort != 53 || out.Dst != wide.Profile.remoteRange(t) {
			t.Errorf("selector %v", out)
		}
	}
}

func (p Profile) remoteRange(t *testing.T) sadb.Range {
	t.Helper()
	c, err := client(p.Remote)
	if err != nil {
		t.Fatal(err)
	}
	return c.Range
}

// What cannot be begun says so, and sends nothing.
func TestWhatCannotBeBegun(t *testing.T) {
	for name, row := range map[string]struct {
		change func(c *conn.Connection)
		secret string
		reason string
		phase  int
	}{
		"no address of ours":     {func(c *conn.Connection) { c.Local.Addr = netip.Addr{} }, "x", "does not name both addresses", 1},
		"no address of the peer": {func(c *conn.Connection) { c.Remote.Addr = netip.Addr{} }, "x", "does not name both addresses", 1},
		"no secret":              {func(*conn.Connection) {}, "", "no secret", 1},
		"nothing to offer":       {func(c *conn.Connection) { c.IPsec.Offer = nil }, "x", "offers no phase 2 proposal", 2},
	} {
		t.Run(name, func(t *testing.T) {
			side := Side{}
			side.Config.Secrets = PSK(row.secret)
			c := NewCouple(1, side, Side{Profile: Profile{Secret: "x"}}, false)
			row.change(c.AliceConn)
			c.Initiate(c.Alice)
			c.Run(time.Second)
			var failed ike.Failed
			for _, e := range c.Alice.Events {
				if f, ok := e.(ike.Failed); ok {
					failed = f
				}
			}
			if failed.Phase != row.phase || !strings.Contains(failed.String(), row.reason) || failed.Conn != "bob" {
				t.Errorf("%+v", failed)
			}
			if row.phase == 1 && len(c.Bob.Events) != 0 {
				t.Errorf("bob heard something: %v", c.Bob.Events)
			}
			if n := len(c.Alice.SADB.SAs()); n != 0 {
				t.Errorf("%d SAs", n)
			}
		})
	}
}

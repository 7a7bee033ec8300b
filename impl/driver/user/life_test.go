package user

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ikewit/impl/sadb"
	"ikewit/impl/wire/ipsec"
	"ikewit/netns"
)

// IPS-LIFE-03, IPS-LIFE-06: an SA ends by octets; soft is told, then hard; nothing leaves in clear afterwards.
func TestLifeByOctets(t *testing.T) {
	n := build(t, "pair", netns.Options{})
	alice, bob := n.stack("alice", Options{}), n.stack("bob", Options{})
	a, b := n.wire("alice"), n.wire("bob")
	ab, _ := join(t, espSHA1, alice, bob, a, b, host1(a), host1(b))
	limited, err := alice.Get(ab.ID())
	if err != nil {
		t.Fatal(err)
	}
	limited.Soft.Octets, limited.Hard.Octets = 5_000, 10_000
	must(t, alice, sadb.Update{SA: limited})
	w := n.watch()
	for range 20 {
		if err := n.send2(a, b, 1000); err != nil {
			t.Fatal(err)
		}
	}
	var said []string
	for len(said) < 3 {
		switch e := await(t, alice).(type) {
		case sadb.Expire:
			said = append(said, fmt.Sprint("hard ", e.Hard))
			if e.SA.ID() != ab.ID() || e.SA.Current.Octets > 10_000 || len(e.SA.CipherKey) > 0 {
				t.Errorf("expired %v with %+v", e.SA, e.SA.Current)
			}
		case sadb.Acquire:
			said = append(said, "acquire")
		}
	}
	slices.Sort(said[1:]) // the acquire and the end are told by the same batch
	if want := []string{"hard false", "acquire", "hard true"}; !slices.Equal(said, want) {
		t.Errorf("events %v, want %v", said, want)
	}
	if _, err := alice.Get(ab.ID()); !errors.Is(err, sadb.ErrNotFound) {
		t.Errorf("the SA is still there: %v", err)
	}
	sent := 0
	for _, p := range w.packets() {
		if p.Src == a && p.Proto == ipsec.ProtoESP {
			sent++
		}
	}
	if sent != 9 { // of 1040 octets of text each
		t.Errorf("%d packets of ESP on the wire, want 9", sent)
	}
}

// send2 sends n octets with the secret to the discard port.
func (n *network) send2(src, dst netip.Addr, octets int) error {
	return n.Host("alice").Do(func() error {
		c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(dst, 9)))
		if err != nil {
			return err
		}
		defer c.Close()
		_, err = c.Write([]byte(strings.Repeat(secret, octets/len(secret)+1)[:octets]))
		if errors.Is(err, unix.ECONNREFUSED) {
			err = nil // nobody listens there
		}
		return err
	})
}

// IPS-LIFE-02: an SA ends by time, idle or not, and a new one takes over.
func TestLifeByTime(t *testing.T) {
	n := build(t, "pair", netns.Options{})
	alice, bob := n.stack("alice", Options{}), n.stack("bob", Options{})
	a, b := n.wire("alice"), n.wire("bob")
	ab, _ := join(t, espSHA1, alice, bob, a, b, host1(a), host1(b))
	short := ab
	short.Direction, short.SPI, short.Hard.Use = sadb.Out, 0x1003, 100*time.Millisecond
	must(t, alice, sadb.Add{SA: short})
	short.Direction = sadb.In
	must(t, bob, sadb.Add{SA: short})
	n.echoes("alice", "bob", b, 100)
	for _, d := range []*Driver{alice, bob} {
		e, ok := await(t, d).(sadb.Expire)
		if !ok || !e.Hard || e.SA.SPI != 0x1003 || e.SA.Current.Packets == 0 {
			t.Errorf("event %v", e)
		}
	}
	n.echoes("alice", "bob", b, 100) // by the older SA, which has no end
}

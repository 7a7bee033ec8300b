package strongswan

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"ikewit/harness/peer"
	"ikewit/harness/peer/direct"
	"ikewit/impl/alg"
	"ikewit/impl/engine/enginetest"
	"ikewit/impl/host"
	"ikewit/impl/wire/ipsec"
	"ikewit/netns"
	"ikewit/netns/topo"
)

// Data both ways between charon's ESP in user space and ours: both speak UDP only because both are made to, as charon's library
// can do nothing else. Whoever begins, nothing but UDP between the ports of IKE is on the wire. EXT-NATT-11, -25, EXT-UDPE-01, -05.
func TestDataThroughBothUserStacks(t *testing.T) {
	needCharon(t)
	for _, row := range []struct {
		name  string
		esp   string
		natt  string
		begin string
	}{
		{"ours begins", "aes128-sha1", "force", "alice"},
		{"charon begins", "3des-md5", "force", "bob"},
		{"charon begins, ours does not force", "aes128-sha1", "on", "bob"},
		{"ours begins, ours does not force", "null-md5", "on", "alice"},
	} {
		t.Run(row.name, func(t *testing.T) { exchange(t, row.esp, row.natt, row.begin) })
	}
}

func exchange(t *testing.T, esp, natt, begin string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	top, err := topo.ByName("gateways")
	if err != nil {
		t.Fatal(err)
	}
	f, err := netns.Build(top, netns.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	terms := func(at, other int) peer.Terms {
		p := enginetest.Profile{
			IKE: []string{"aes128-sha1-modp1024"}, ESP: []string{esp}, Window: 64, Policy: true, NATT: natt,
			Local: top.Subnet(at).String(), Remote: top.Subnet(other).String(),
		}
		c, err := p.Connection("c", top.Addr(top.Peers[at], top.Wire), top.Addr(top.Peers[other], top.Wire))
		if err != nil {
			t.Fatal(err)
		}
		return peer.Terms{Conn: c, Secret: alg.Key("a secret of theirs"), ForceEncap: true}
	}
	ours := direct.New(f.Host("alice"), terms(0, 1), "user", "engine", peer.NewEntropy(1, "alice"))
	theirs, err := New(f.Host("bob"), terms(1, 0), InUserSpace, t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	both := map[string]peer.Initiator{"alice": ours, "bob": theirs}
	for _, p := range both {
		defer p.Close()
		if err := p.Start(ctx); err != nil {
			t.Fatalf("%s: %v\n%v", p.Host(), err, p.Journal().Lines(0))
		}
	}
	tap := tapOf(t, f)
	if err := both[begin].Initiate(ctx); err != nil {
		t.Error(err)
	}
	if err := ours.Journal().Until(ctx, func() bool { return ours.Pairs() > 0 }); err != nil {
		t.Error(err)
	}
	// charon says so when its SAs are in its stack; a packet that comes before is lost.
	if err := theirs.Journal().Until(ctx, func() bool { return theirs.Journal().Has(0, "established with SPIs") }); err != nil {
		t.Error(err)
	}
	for _, way := range [][2]string{{"carol", "dave"}, {"dave", "carol"}} {
		pongs, err := host.Ping(ctx, host.PingOptions{In: f.Host(way[0]).Do, Dst: top.Addr(way[1], ""), Count: 3, Size: 700, Timeout: 3 * time.Second})
		for _, p := range pongs {
			err = errors.Join(err, p.Err)
		}
		if err != nil {
			t.Errorf("%s to %s: %v", way[0], way[1], err)
		}
	}
	onlyUDP(t, tap)
	if t.Failed() {
		for _, p := range both {
			for _, l := range p.Journal().Lines(0) {
				t.Log(p.Host(), l.Text)
			}
		}
	}
}

// tapOf watches the wire.
func tapOf(t *testing.T, f *netns.Fabric) *host.Tap {
	t.Helper()
	link, _ := f.Topology.Link(f.Topology.Wire)
	var ends []host.TapEnd
	for _, e := range link.Ends {
		ends = append(ends, host.TapEnd{In: f.Host(e.Host).Do, Device: e.Device})
	}
	tap, err := host.OpenTap(ends...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tap.Close() })
	return tap
}

// onlyUDP ends a watch: ESP was there, and all of it in UDP between the ports 4500; no ping was to be seen.
func onlyUDP(t *testing.T, tap *host.Tap) {
	t.Helper()
	if err := tap.Stop(); err != nil {
		t.Fatal(err)
	}
	const ethernet, udp = 14, 17
	sealed := 0
	for {
		frame, err := tap.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		var p ipsec.Packet
		if len(frame.Octets) < ethernet || p.Parse(frame.Octets[ethernet:]) != nil {
			continue // ARP
		}
		src, dst, ok := p.Ports()
		body := p.Payload()
		switch {
		case p.Proto != udp || !ok:
			t.Errorf("protocol %d on the wire", p.Proto)
		case src == host.PortNATT && dst == host.PortNATT && len(body) > 12 && body[8]|body[9]|body[10]|body[11] != 0:
			sealed++
		}
	}
	if sealed < 12 {
		t.Errorf("%d packets of ESP in UDP, want 12 or more", sealed)
	}
}

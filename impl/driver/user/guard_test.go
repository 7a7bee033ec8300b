package user

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ikewit/impl/dataplane"
	"ikewit/impl/host"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/ipsec"
	"ikewit/netns"
	"ikewit/netns/netnstest"
	"ikewit/netns/topo"
)

var espSHA1 = shape{cipher: "aes", integrity: "hmac-sha1-96"}

// await gives the next event of a driver.
func await(t *testing.T, d sadb.Driver) sadb.Event {
	t.Helper()
	select {
	case e := <-d.Events():
		return e
	case <-time.After(10 * time.Second):
		t.Fatal("no event")
	}
	return nil
}

// send sends a datagram with the secret, from a port that is the destination's.
func (n *network) send(from string, src, dst netip.AddrPort) error {
	n.t.Helper()
	return n.Host(from).Do(func() error {
		c, err := net.DialUDP("udp", net.UDPAddrFromAddrPort(src), net.UDPAddrFromAddrPort(dst))
		if err != nil {
			return err
		}
		defer c.Close()
		_, err = c.Write([]byte(secret))
		return err
	})
}

// IPS-SEL-06, IPS-SEL-07: with a policy and no SA nothing leaves, and one SA is asked for. When it is there,
// traffic flows.
func TestAcquire(t *testing.T) {
	for _, f := range []shape{espSHA1, {cipher: "aes-gcm-16", tunnel: true}} {
		n := build(t, "pair", netns.Options{})
		alice, bob := n.stack("alice", Options{}), n.stack("bob", Options{})
		a, b := n.wire("alice"), n.wire("bob")
		w := n.watch()
		ab := f.sa(0x1001, a, b, between(host1(a), host1(b)))
		ab.Direction = sadb.Out
		must(t, alice, sadb.AddPolicy{Policy: f.policy(sadb.Out, &ab)})
		for range 50 {
			if err := n.send("alice", netip.AddrPort{}, netip.AddrPortFrom(b, 2000)); err != nil {
				t.Fatal(err)
			}
		}
		asked, ok := await(t, alice).(sadb.Acquire)
		want := sadb.Flow{Src: a, Dst: b, Proto: 17, DstPort: 2000}.Selector()
		want.SrcPort = asked.Packet.SrcPort
		if !ok || asked.Packet != want || asked.Template.ReqID != ab.ReqID || asked.Policy.Selector != ab.Selector {
			t.Errorf("request %+v", asked)
		}
		join(t, f, alice, bob, a, b, host1(a), host1(b))
		n.echoes("alice", "bob", b, 100)
		select {
		case e := <-alice.Events():
			t.Errorf("another event: %v", e)
		default:
		}
		s, _ := alice.Statistics()
		if got := s.Out.Dropped[dataplane.NoSA]; got == 0 || got > 50 || s.Out.Packets+got < 51 {
			t.Errorf("%d packets dropped for want of an SA, %d sent", got, s.Out.Packets)
		}
		w.packets()
	}
}

// IPS-SEL-02: what arrives in clear, although it should be protected, gets nowhere and is counted.
func TestClearPacketsAreRefused(t *testing.T) {
	for _, topology := range []string{"pair", "pair6"} {
		n := build(t, topology, netns.Options{})
		bob := n.stack("bob", Options{})
		a, b := n.wire("alice"), n.wire("bob")
		ab := espSHA1.sa(0x1001, a, b, between(host1(a), host1(b)))
		must(t, bob, sadb.AddPolicy{Policy: espSHA1.policy(sadb.In, &ab)})
		service := n.listen("bob", netip.AddrPortFrom(b, 0))
		defer service.Close()
		to := netip.MustParseAddrPort(service.LocalAddr().String())
		for range 3 {
			if err := n.send("alice", netip.AddrPort{}, to); err != nil {
				t.Fatal(err)
			}
		}
		// What another policy lets pass arrives behind them.
		must(t, bob, sadb.AddPolicy{Policy: sadb.Policy{Selector: ab.Selector, Direction: sadb.In, Priority: 1, Do: sadb.Bypass}})
		if err := n.send("alice", netip.AddrPort{}, to); err != nil {
			t.Fatal(err)
		}
		if err := service.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if k, err := service.Read(make([]byte, 100)); err != nil || k != len(secret) {
			t.Errorf("%d octets, %v", k, err)
		}
		if s, err := bob.Statistics(); err != nil || s.Clear != 3 {
			t.Errorf("%d packets counted, %v; want 3", s.Clear, err)
		}
		if err := service.SetReadDeadline(time.Now()); err != nil {
			t.Fatal(err)
		}
		if k, err := service.Read(make([]byte, 100)); err == nil {
			t.Errorf("one more arrived: %d octets", k)
		}
	}
}

// IPS-SEL-04: three flows, three outcomes; and the answer to what is left alone comes in.
func TestThreeDispositions(t *testing.T) {
	n := build(t, "pair", netns.Options{})
	alice, bob := n.stack("alice", Options{}), n.stack("bob", Options{})
	a, b := n.wire("alice"), n.wire("bob")
	join(t, espSHA1, alice, bob, a, b, host1(a), host1(b))
	services := map[uint16]*net.UDPConn{}
	for _, port := range []uint16{7, 8, 9} {
		services[port] = n.listen("bob", netip.AddrPortFrom(b, port))
		defer services[port].Close()
	}
	for _, side := range []struct {
		d       *Driver
		out, in sadb.Selector
	}{
		{alice, sadb.Selector{Proto: 17, DstPort: 7}, sadb.Selector{Proto: 17, SrcPort: 7}},
		{bob, sadb.Selector{Proto: 17, SrcPort: 7}, sadb.Selector{Proto: 17, DstPort: 7}},
	} {
		must(t, side.d, sadb.AddPolicy{Policy: sadb.Policy{Selector: side.out, Direction: sadb.Out, Priority: 1, Do: sadb.Bypass}},
			sadb.AddPolicy{Policy: sadb.Policy{Selector: side.in, Direction: sadb.In, Priority: 1, Do: sadb.Bypass}})
	}
	must(t, alice, sadb.AddPolicy{Policy: sadb.Policy{Selector: sadb.Selector{Proto: 17, DstPort: 8}, Direction: sadb.Out, Priority: 2, Do: sadb.Discard}})
	tapped := n.watch()
	var mine *net.UDPConn
	if err := n.Host("alice").Do(func() (err error) {
		mine, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(a, 4000)))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	defer mine.Close()
	for _, port := range []uint16{7, 8, 9} {
		if _, err := mine.WriteToUDPAddrPort([]byte("no secret"), netip.AddrPortFrom(b, port)); err != nil {
			t.Fatal(err)
		}
	}
	for _, port := range []uint16{7, 9} {
		b := make([]byte, 100)
		if err := services[port].SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		_, peer, err := services[port].ReadFromUDPAddrPort(b)
		if err != nil {
			t.Fatalf("port %d: %v", port, err)
		}
		if _, err := services[port].WriteToUDPAddrPort([]byte("answer"), peer); err != nil {
			t.Fatal(err)
		}
		if err := mine.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, from, err := mine.ReadFromUDPAddrPort(b); err != nil || from.Port() != port {
			t.Errorf("answer from port %d, %v; want %d", from.Port(), err, port)
		}
	}
	if err := services[8].SetReadDeadline(time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := services[8].Read(make([]byte, 100)); err == nil {
		t.Error("what is to be discarded arrived")
	}
	if got, want := protocols(tapped.packets()), map[uint8]int{17: 2, 50: 2}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("on the wire: %v, want %v", got, want)
	}
}

// IKE passes whatever the policies say: its sockets bear the mark.
func TestIKEBypasses(t *testing.T) {
	n := build(t, "pair", netns.Options{})
	n.t = t
	alice := n.stack("alice", Options{})
	a, b := n.wire("alice"), n.wire("bob")
	ab := espSHA1.sa(0x1001, a, b, between(host1(a), host1(b)))
	ba := espSHA1.sa(0x1002, b, a, between(host1(b), host1(a)))
	must(t, alice, sadb.AddPolicy{Policy: espSHA1.policy(sadb.Out, &ab)}, sadb.AddPolicy{Policy: espSHA1.policy(sadb.In, &ba)})
	peer := n.listen("bob", netip.AddrPortFrom(b, 500))
	defer peer.Close()
	var ike net.PacketConn
	if err := n.Host("alice").Do(func() (err error) {
		c := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
			return errors.Join(raw.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_MARK, host.Bypass) }), err)
		}}
		ike, err = c.ListenPacket(context.Background(), "udp", netip.AddrPortFrom(a, 500).String())
		return err
	}); err != nil {
		t.Fatal(err)
	}
	defer ike.Close()
	if _, err := ike.WriteTo([]byte("MI1"), peer.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(peer.SetDeadline(time.Now().Add(5*time.Second)), ike.SetDeadline(time.Now().Add(5*time.Second))); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	k, from, err := peer.ReadFromUDPAddrPort(buf)
	if err != nil || string(buf[:k]) != "MI1" {
		t.Fatalf("%q, %v", buf[:k], err)
	}
	if _, err := peer.WriteToUDPAddrPort([]byte("MR1"), from); err != nil {
		t.Fatal(err)
	}
	if k, _, err := ike.ReadFrom(buf); err != nil || string(buf[:k]) != "MR1" {
		t.Errorf("%q, %v", buf[:k], err)
	}
}

// When the stack is gone and its rules are not, as after a crash, what was to be protected goes nowhere. A
// new stack can be opened then.
func TestCrash(t *testing.T) {
	if os.Getenv("IKEWIT_CRASH") != "" {
		crash(t)
		return
	}
	for _, veth := range []string{"", "veth"} {
		n := build(t, "pair", netns.Options{})
		a, b := n.wire("alice"), n.wire("bob")
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		cmd := n.Host("alice").Command(ctx, "/proc/self/exe", "-test.run", "^TestCrash$")
		cmd.Env = append(os.Environ(), "IKEWIT_CRASH="+a.String()+" "+b.String()+" "+veth)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != "open"; {
			t.Log(lines.Text())
		}
		w := n.watch()
		n.send("alice", netip.AddrPort{}, netip.AddrPortFrom(b, 9)) // no SA: it waits in vain
		cancel()                                                    // kills it
		cmd.Wait()
		n.send("alice", netip.AddrPort{}, netip.AddrPortFrom(b, 9)) // may fail: there is no way
		if list := w.packets(); len(list) != 0 {
			t.Errorf("on the wire: %v", protocols(list))
		}
		again, err := New(Options{In: n.Host("alice").Do, Veth: veth != ""})
		if err != nil {
			t.Fatalf("a new stack after a crash: %v", err)
		}
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	}
}

// crash is the program that will be killed.
func crash(t *testing.T) {
	words := strings.Fields(os.Getenv("IKEWIT_CRASH"))
	a, b := netip.MustParseAddr(words[0]), netip.MustParseAddr(words[1])
	d, err := New(Options{Veth: len(words) > 2})
	if err != nil {
		t.Fatal(err)
	}
	ab := espSHA1.sa(0x1001, a, b, between(host1(a), host1(b)))
	must(t, d, sadb.AddPolicy{Policy: espSHA1.policy(sadb.Out, &ab)})
	fmt.Println("open")
	select {}
}

// When the device is taken away by somebody, nothing leaves in clear, and Close still works.
func TestDeviceIsTakenAway(t *testing.T) {
	n := build(t, "pair", netns.Options{})
	alice := n.stack("alice", Options{})
	a, b := n.wire("alice"), n.wire("bob")
	ab := espSHA1.sa(0x1001, a, b, between(host1(a), host1(b)))
	must(t, alice, sadb.AddPolicy{Policy: espSHA1.policy(sadb.Out, &ab)})
	w := n.watch()
	if err := alice.tunnel.Close(); err != nil {
		t.Fatal(err)
	}
	n.send("alice", netip.AddrPort{}, netip.AddrPortFrom(b, 9))
	if list := w.packets(); len(list) != 0 {
		t.Errorf("on the wire: %v", protocols(list))
	}
}

// A wire that is too narrow for what the device lets through: packets are cut, or their senders told.
func TestNarrowWire(t *testing.T) {
	x, err := topo.ByName("pair")
	if err != nil {
		t.Fatal(err)
	}
	netnstest.Need(t)
	x.Links = slices.Clone(x.Links)
	x.Links[0].MTU = 1290
	f, err := netns.Build(x, netns.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := &network{f, t}
	alice, bob := n.stack("alice", Options{}), n.stack("bob", Options{})
	a, b := n.wire("alice"), n.wire("bob")
	join(t, shape{cipher: "aes", integrity: "hmac-sha512-256", tunnel: true}, alice, bob, a, b, host1(a), host1(b))
	w := n.watch()
	n.echoes("alice", "bob", b, 5000) // UDP learns the path as well
	n.echoes("alice", "bob", b, 1230)
	for _, p := range w.packets() {
		if len(p.Octets) > 1290 || p.Proto != ipsec.ProtoESP {
			t.Errorf("%d octets of protocol %d", len(p.Octets), p.Proto)
		}
	}
}

// A flood of garbage and of forged packets harms nobody.
func TestGarbage(t *testing.T) {
	n := build(t, "pair", netns.Options{})
	alice, bob := n.stack("alice", Options{}), n.stack("bob", Options{})
	a, b := n.wire("alice"), n.wire("bob")
	ab, _ := join(t, espSHA1, alice, bob, a, b, host1(a), host1(b))
	n.echoes("alice", "bob", b, 50)
	raw, err := host.OpenRaw(host.RawOptions{In: n.Host("alice").Do, Mark: host.Bypass})
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	var batch []host.Packet
	for i := range 200 {
		octets := make([]byte, 20+i)
		h := ipsec.Header{Src: a, Dst: b, TTL: 64, Proto: uint8(50 + i%2), Payload: i}
		h.Put(octets)
		if i >= 12 {
			ipsec.ESPHeader{SPI: ab.SPI, Seq: 1 << 30}.Put(octets[20:])
			if i%2 == 1 {
				ipsec.AHHeader{Next: 4, PayloadLen: uint8(i), SPI: ab.SPI}.Put(octets[20:])
			}
		}
		batch = append(batch, host.Packet{Buffer: octets, To: len(octets)})
	}
	if k, err := raw.Write(batch); err != nil || k != len(batch) {
		t.Fatalf("%d packets, %v", k, err)
	}
	n.echoes("alice", "bob", b, 50)
	s, err := bob.Statistics()
	total := uint64(0)
	for _, k := range s.In.Drops() {
		total += k
	}
	if err != nil || total < 190 {
		t.Errorf("counted %v, %v", s.In.Drops(), err)
	}
}

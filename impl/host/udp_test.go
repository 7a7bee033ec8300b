package host

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func listenUDP(t testing.TB, o UDPOptions) *UDP {
	t.Helper()
	u, err := ListenUDP(o)
	if err != nil {
		t.Fatal(err)
	}
	closeInTime(t, u)
	return u
}

func datagrams(n int) []Datagram {
	batch := make([]Datagram, n)
	for i := range batch {
		batch[i].Octets = make([]byte, 2000)
	}
	return batch
}

func TestUDPCarriesDatagramsBetweenAllPorts(t *testing.T) {
	for _, name := range []string{"pair", "pair6"} {
		t.Run(name, func(t *testing.T) {
			n := build(t, name)
			a, b := listenUDP(t, UDPOptions{In: n.alice.Do}), listenUDP(t, UDPOptions{In: n.bob.Do})
			for _, from := range []uint16{500, 4500} {
				for _, to := range []uint16{500, 4500} {
					text := fmt.Sprintf("%d to %d", from, to)
					out := Datagram{Octets: []byte(text), Local: netip.AddrPortFrom(n.aliceAddr, from), Remote: netip.AddrPortFrom(n.bobAddr, to)}
					if sent, err := a.Write([]Datagram{out}); sent != 1 || err != nil {
						t.Fatal(sent, err)
					}
					in := datagrams(4)
					got, err := b.Read(in)
					if err != nil || got != 1 || string(in[0].Octets) != text || in[0].Local != out.Remote || in[0].Remote != out.Local || in[0].Err != nil {
						t.Errorf("%s: got %d, %v: %q from %v to %v, %v", text, got, err, in[0].Octets, in[0].Remote, in[0].Local, in[0].Err)
					}
				}
			}
		})
	}
}

// The kernel chooses a source only when it is asked to; an address of the host that is not the obvious one is kept.
func TestUDPSendsFromTheAddressThatItIsTold(t *testing.T) {
	for name, second := range map[string]string{"gateways": "10.1.0.1", "gateways6": "2001:db8:1::1"} {
		n := build(t, name)
		a, b := listenUDP(t, UDPOptions{In: n.alice.Do}), listenUDP(t, UDPOptions{In: n.bob.Do})
		any := netip.IPv4Unspecified()
		if n.bobAddr.Is6() {
			any = netip.IPv6Unspecified()
		}
		for local, want := range map[netip.Addr]netip.Addr{
			any:                         n.aliceAddr,
			netip.MustParseAddr(second): netip.MustParseAddr(second),
			n.aliceAddr:                 n.aliceAddr,
		} {
			if _, err := a.Write([]Datagram{{Octets: []byte("x"), Local: netip.AddrPortFrom(local, 500), Remote: netip.AddrPortFrom(n.bobAddr, 500)}}); err != nil {
				t.Fatal(err)
			}
			in := datagrams(1)
			if _, err := b.Read(in); err != nil || in[0].Remote != netip.AddrPortFrom(want, 500) {
				t.Errorf("sent from %v: got it from %v, %v", local, in[0].Remote, err)
			}
		}
	}
}

func TestUDPManyDatagramsKeepTheirOrder(t *testing.T) {
	n := build(t, "pair")
	a, b := listenUDP(t, UDPOptions{In: n.alice.Do}), listenUDP(t, UDPOptions{In: n.bob.Do})
	const count = 500 // several batches
	var out []Datagram
	for i := range count {
		port := uint16(500)
		if i >= 300 {
			port = 4500
		}
		out = append(out, Datagram{Octets: fmt.Appendf(nil, "%d", i), Local: netip.AddrPortFrom(n.aliceAddr, port), Remote: netip.AddrPortFrom(n.bobAddr, port)})
	}
	if sent, err := a.Write(out); sent != count || err != nil {
		t.Fatal(sent, err)
	}
	next := map[uint16]int{500: 0, 4500: 300}
	for got := 0; got < count; {
		in := datagrams(100)
		k, err := b.Read(in)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range in[:k] {
			if port := d.Local.Port(); string(d.Octets) != fmt.Sprint(next[port]) {
				t.Fatalf("port %d: got %q, want %d", port, d.Octets, next[port])
			} else {
				next[port]++
			}
		}
		got += k
	}
}

// Nobody listens at the other end: word of that comes as an event, and the socket works on.
func TestUDPTellsWhoRefused(t *testing.T) {
	for name, kind := range map[string]uint8{"pair": 3, "pair6": 1} { // destination unreachable
		n := build(t, name)
		a := listenUDP(t, UDPOptions{In: n.alice.Do})
		out := Datagram{Octets: []byte("anybody there?"), Local: netip.AddrPortFrom(n.aliceAddr, 500), Remote: netip.AddrPortFrom(n.bobAddr, 500)}
		for range 3 { // again and again: an error that was reported does not stick to the socket
			if sent, err := a.Write([]Datagram{out}); sent != 1 || err != nil {
				t.Fatal(sent, err)
			}
			in := datagrams(4)
			got, err := a.Read(in)
			if got != 1 || err != nil {
				t.Fatal(got, err)
			}
			var r *Refused
			d := in[0]
			if !errors.As(d.Err, &r) || r.Errno != unix.ECONNREFUSED || r.By != n.bobAddr || r.Type != kind {
				t.Errorf("%s: %v", name, d.Err)
			}
			if d.Local != out.Local || d.Remote != out.Remote || !bytes.Equal(d.Octets, out.Octets) {
				t.Errorf("%s: refused %q from %v to %v", name, d.Octets, d.Local, d.Remote)
			}
		}
		// An answer that comes after a refusal is read as usual.
		b := listenUDP(t, UDPOptions{In: n.bob.Do})
		if _, err := b.Write([]Datagram{{Octets: []byte("yes"), Local: out.Remote, Remote: out.Local}}); err != nil {
			t.Fatal(err)
		}
		in := datagrams(1)
		if _, err := a.Read(in); err != nil || string(in[0].Octets) != "yes" || in[0].Err != nil {
			t.Errorf("%s: got %q, %v, %v", name, in[0].Octets, in[0].Err, err)
		}
	}
}

// What this host itself refuses is an error of Write, about that datagram only.
func TestUDPWriteNamesTheDatagramThatFailed(t *testing.T) {
	n := build(t, "pair")
	a, b := listenUDP(t, UDPOptions{In: n.alice.Do}), listenUDP(t, UDPOptions{In: n.bob.Do})
	good := Datagram{Octets: []byte("good"), Local: netip.AddrPortFrom(n.aliceAddr, 500), Remote: netip.AddrPortFrom(n.bobAddr, 500)}
	lost := good
	lost.Remote = netip.MustParseAddrPort("203.0.113.1:500") // no route there
	foreign := good
	foreign.Local = netip.MustParseAddrPort("192.0.2.77:500") // not ours
	strange := good
	strange.Local = netip.MustParseAddrPort("192.0.2.1:7") // no such socket
	for _, row := range []struct {
		bad  Datagram
		want string
	}{
		{lost, "network is unreachable"}, {foreign, "unreachable"}, {strange, "no socket for that"}, {Datagram{Local: good.Local}, "no socket for that"},
	} {
		sent, err := a.Write([]Datagram{good, row.bad, good})
		if sent != 1 || err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("want %s, got %d, %v", row.want, sent, err)
		}
		in := datagrams(1)
		if _, err := b.Read(in); err != nil || string(in[0].Octets) != "good" {
			t.Errorf("got %q, %v", in[0].Octets, err)
		}
	}
}

func TestUDPTellsOfTruncation(t *testing.T) {
	n := build(t, "pair")
	a, b := listenUDP(t, UDPOptions{In: n.alice.Do}), listenUDP(t, UDPOptions{In: n.bob.Do})
	out := Datagram{Octets: make([]byte, 3000), Local: netip.AddrPortFrom(n.aliceAddr, 500), Remote: netip.AddrPortFrom(n.bobAddr, 500)}
	for range 2 {
		if _, err := a.Write([]Datagram{out}); err != nil { // longer than the link: goes in fragments
			t.Fatal(err)
		}
	}
	in := datagrams(1)
	if _, err := b.Read(in); err != nil || in[0].Err != ErrTruncated || len(in[0].Octets) != 2000 {
		t.Errorf("got %d octets, %v, %v", len(in[0].Octets), in[0].Err, err)
	}
	in[0].Octets = make([]byte, 4000)
	if _, err := b.Read(in); err != nil || in[0].Err != nil || len(in[0].Octets) != 3000 {
		t.Errorf("got %d octets, %v, %v", len(in[0].Octets), in[0].Err, err)
	}
}

func TestUDPListenOnOneAddress(t *testing.T) {
	n := build(t, "gateways")
	only := netip.MustParseAddr("10.1.0.1")
	u := listenUDP(t, UDPOptions{In: n.alice.Do, Listen: only, Ports: []uint16{500, 0}})
	local := u.Local()
	if len(local) != 2 || local[0] != netip.AddrPortFrom(only, 500) || local[1].Addr() != only || local[1].Port() < 1024 {
		t.Errorf("bound to %v", local)
	}
	// The wildcard of the other family is free, this address is not.
	listenUDP(t, UDPOptions{In: n.alice.Do, Listen: netip.IPv6Unspecified()})
	_, err := ListenUDP(UDPOptions{In: n.alice.Do})
	if !errors.Is(err, unix.EADDRINUSE) || !strings.Contains(err.Error(), "listen on UDP 0.0.0.0:500: address already in use (another IKE daemon?)") {
		t.Errorf("a second time: %v", err)
	}
	_, err = ListenUDP(UDPOptions{In: n.alice.Do, Listen: netip.MustParseAddr("192.0.2.99")})
	if !errors.Is(err, unix.EADDRNOTAVAIL) || !strings.Contains(err.Error(), "does not have the address") {
		t.Errorf("a foreign address: %v", err)
	}
}

func TestUDPDefaultSockets(t *testing.T) {
	n := build(t, "pair")
	u := listenUDP(t, UDPOptions{In: n.alice.Do, Mark: 7})
	var got []string
	for _, l := range u.Local() {
		got = append(got, l.String())
	}
	if want := []string{"0.0.0.0:500", "[::]:500", "0.0.0.0:4500", "[::]:4500"}; !slices.Equal(got, want) {
		t.Errorf("bound to %v", got)
	}
	for _, k := range u.list {
		if m, err := unix.GetsockoptInt(k.fd, unix.SOL_SOCKET, unix.SO_MARK); m != 7 || err != nil {
			t.Errorf("mark %d, %v", m, err)
		}
	}
}

func TestUDPCloseEndsRead(t *testing.T) {
	n := build(t, "pair")
	u := listenUDP(t, UDPOptions{In: n.alice.Do})
	ended := make(chan error)
	for range 3 {
		go func() {
			_, err := u.Read(datagrams(1))
			ended <- err
		}()
	}
	if err := u.Close(); err != nil {
		t.Error(err)
	}
	for range 3 {
		if err := <-ended; err != os.ErrClosed {
			t.Errorf("Read ended with %v", err)
		}
	}
	out := Datagram{Octets: []byte("x"), Local: netip.AddrPortFrom(n.aliceAddr, 500), Remote: netip.AddrPortFrom(n.bobAddr, 500)}
	if _, err := u.Write([]Datagram{out}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Write: %v", err)
	}
	if err := u.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		t.Errorf("a second Close: %v", err)
	}
}

// What is allocated is for the call, not for the datagram.
func TestUDPAllocatesNothingForADatagram(t *testing.T) {
	for _, name := range []string{"pair", "pair6"} {
		n := build(t, name)
		a, b := listenUDP(t, UDPOptions{In: n.alice.Do}), listenUDP(t, UDPOptions{In: n.bob.Do})
		var out []Datagram
		for range 50 {
			out = append(out, Datagram{Octets: []byte("x"), Local: netip.AddrPortFrom(n.aliceAddr, 500), Remote: netip.AddrPortFrom(n.bobAddr, 500)})
		}
		in := datagrams(50)
		allocs := testing.AllocsPerRun(100, func() {
			a.Write(out)
			for got := 0; got < len(out); {
				k, err := b.Read(in)
				if err != nil {
					t.Fatal(err)
				}
				got += k
			}
		})
		if allocs > 10 {
			t.Errorf("%s: %v allocations for sending and receiving %d datagrams", name, allocs, len(out))
		}
	}
}

package host

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func openRawTest(t testing.TB, o RawOptions) *Raw {
	t.Helper()
	r, err := OpenRaw(o)
	if err != nil {
		t.Fatal(err)
	}
	closeInTime(t, r)
	return r
}

// ipPacket makes an IP packet of a protocol, with a traffic class and hop limit that are not the usual ones. The
// checksum of IPv4 is left to the kernel.
func ipPacket(src, dst netip.Addr, protocol byte, body string) []byte {
	if src.Is4() {
		h := []byte{0x45, 0x28, 0, byte(20 + len(body)), 0x12, 0x34, 0x40, 0, 77, protocol, 0, 0}
		h = append(append(h, src.AsSlice()...), dst.AsSlice()...)
		binary.BigEndian.PutUint16(h[2:], uint16(20+len(body)))
		return append(h, body...)
	}
	h := []byte{0x62, 0x8a, 0xbc, 0xde, 0, 0, protocol, 77}
	h = append(append(h, src.AsSlice()...), dst.AsSlice()...)
	binary.BigEndian.PutUint16(h[4:], uint16(len(body)))
	return append(h, body...)
}

func whole(octets []byte) Packet { return Packet{Buffer: octets, To: len(octets)} }

func packets(n int) []Packet {
	batch := make([]Packet, n)
	for i := range batch {
		batch[i] = Packet{Buffer: make([]byte, 2000), From: 100}
	}
	return batch
}

func TestRawCarriesWholePackets(t *testing.T) {
	for _, name := range []string{"pair", "pair6"} {
		n := build(t, name)
		a, b := openRawTest(t, RawOptions{In: n.alice.Do, Mark: 9}), openRawTest(t, RawOptions{In: n.bob.Do})
		for i, protocol := range []byte{unix.IPPROTO_ESP, unix.IPPROTO_AH, unix.IPPROTO_ESP} {
			out := ipPacket(n.aliceAddr, n.bobAddr, protocol, fmt.Sprintf("packet %d", i))
			if sent, err := a.Write([]Packet{whole(out)}); sent != 1 || err != nil {
				t.Fatal(sent, err)
			}
			in := packets(3)
			got, err := b.Read(in)
			if err != nil || got != 1 || in[0].Err != nil {
				t.Fatal(got, err, in[0].Err)
			}
			// On the way the kernel changes nothing but the checksum of an IPv4 header, which the sender leaves to it.
			p := bytes.Clone(in[0].Octets())
			if n.aliceAddr.Is4() {
				copy(p[10:12], []byte{0, 0})
			}
			if !bytes.Equal(p, out) {
				t.Errorf("%s:\nsent % x\ngot  % x", name, out, p)
			}
			if in[0].From != 100 {
				t.Errorf("From was moved to %d", in[0].From)
			}
		}
	}
}

func TestRawManyPacketsOfBothFamilies(t *testing.T) {
	n := build(t, "gateways6")
	n4 := build(t, "gateways")
	for _, n := range []testNet{n, n4} {
		a, b := openRawTest(t, RawOptions{In: n.alice.Do}), openRawTest(t, RawOptions{In: n.bob.Do, Listen: n.bobAddr, Protocols: []int{50}})
		const count = 300
		var out []Packet
		for i := range count {
			out = append(out, whole(ipPacket(n.aliceAddr, n.bobAddr, 50, fmt.Sprint(i))))
		}
		if sent, err := a.Write(out); sent != count || err != nil {
			t.Fatal(sent, err)
		}
		header := ipv4Header
		if n.bobAddr.Is6() {
			header = ipv6Header
		}
		for got := 0; got < count; {
			in := packets(100)
			k, err := b.Read(in)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range in[:k] {
				if string(p.Octets()[header:]) != fmt.Sprint(got) {
					t.Fatalf("got %q, want %d", p.Octets()[header:], got)
				}
				got++
			}
		}
	}
}

// Nobody at the other end takes the protocol (which is for experiments: a kernel may know ESP); the packet that was
// refused comes back with the news.
func TestRawTellsWhoRefused(t *testing.T) {
	for name, want := range map[string]unix.Errno{"pair": unix.ENOPROTOOPT, "pair6": unix.EPROTO} {
		n := build(t, name)
		a := openRawTest(t, RawOptions{In: n.alice.Do, Protocols: []int{253}})
		out := ipPacket(n.aliceAddr, n.bobAddr, 253, "to nobody at all")
		if _, err := a.Write([]Packet{whole(out)}); err != nil {
			t.Fatal(err)
		}
		in := packets(1)
		if got, err := a.Read(in); got != 1 || err != nil {
			t.Fatal(got, err)
		}
		var r *Refused
		if !errors.As(in[0].Err, &r) || r.Errno != want || r.By != n.bobAddr {
			t.Errorf("%s: %v", name, in[0].Err)
		}
		if to := destination(in[0].Octets()); to != n.bobAddr || !strings.HasSuffix(string(in[0].Octets()), "to nobody at all") {
			t.Errorf("%s: refused % x", name, in[0].Octets())
		}
		if _, err := a.Write([]Packet{whole(out)}); err != nil {
			t.Errorf("%s: the socket is not usable any more: %v", name, err)
		}
	}
}

// A router on the way says how much it can carry.
func TestRawTellsTheMTUOfTheWay(t *testing.T) {
	for _, name := range []string{"gateways", "gateways6"} {
		x := narrow(t, name)
		n := buildOf(t, x)
		carol := openRawTest(t, RawOptions{In: n.Host("carol").Do})
		out := ipPacket(x.Addr("carol", ""), x.Addr("dave", ""), 50, strings.Repeat("x", 1400))
		if _, err := carol.Write([]Packet{whole(out)}); err != nil {
			t.Fatal(err)
		}
		in := packets(1)
		var r *Refused
		if _, err := carol.Read(in); err != nil || !errors.As(in[0].Err, &r) || r.Errno != unix.EMSGSIZE || r.MTU != 1300 || r.By != x.Addr("alice", "left") {
			t.Errorf("%s: %v, %v", name, err, in[0].Err)
		}
	}
}

func TestRawWriteNamesWhatItCannotSend(t *testing.T) {
	n := build(t, "pair")
	a := openRawTest(t, RawOptions{In: n.alice.Do})
	good := whole(ipPacket(n.aliceAddr, n.bobAddr, 50, "good"))
	for _, row := range []struct {
		bad  Packet
		want string
	}{
		{whole(ipPacket(n.aliceAddr, n.bobAddr, 50, strings.Repeat("x", 1600))), "send to 192.0.2.2: message too long"},
		{whole(ipPacket(n.aliceAddr, netip.MustParseAddr("203.0.113.1"), 50, "x")), "send to 203.0.113.1: network is unreachable"},
		{whole([]byte{0x45, 0}), "2 octets that are no IP packet"},
		{Packet{}, "0 octets that are no IP packet"},
	} {
		if sent, err := a.Write([]Packet{good, row.bad, good}); sent != 1 || err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("want %s, got %d, %v", row.want, sent, err)
		}
	}
	if sent, err := a.Write([]Packet{good}); sent != 1 || err != nil {
		t.Error(sent, err)
	}
}

func TestRawTellsOfTruncation(t *testing.T) {
	for _, name := range []string{"pair", "pair6"} {
		n := build(t, name)
		a, b := openRawTest(t, RawOptions{In: n.alice.Do}), openRawTest(t, RawOptions{In: n.bob.Do})
		for range 3 {
			if _, err := a.Write([]Packet{whole(ipPacket(n.aliceAddr, n.bobAddr, 50, strings.Repeat("x", 200)))}); err != nil {
				t.Fatal(err)
			}
		}
		for _, room := range []int{100, 30, 0} { // less than the packet, less than an IPv6 header, nothing
			in := []Packet{{Buffer: make([]byte, 10+room), From: 10}}
			if _, err := b.Read(in); err != nil || in[0].Err != ErrTruncated || in[0].To > 10+room {
				t.Errorf("%s: %v, %v, %d", name, err, in[0].Err, in[0].To)
			}
		}
	}
}

func TestRawCloseEndsRead(t *testing.T) {
	n := build(t, "pair")
	r := openRawTest(t, RawOptions{In: n.alice.Do})
	ended := make(chan error)
	go func() {
		_, err := r.Read(packets(1))
		ended <- err
	}()
	r.Close()
	if err := <-ended; err != os.ErrClosed {
		t.Errorf("Read ended with %v", err)
	}
}

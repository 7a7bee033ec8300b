package host

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"ikewit/netns"
)

func openTap(t testing.TB, ends ...TapEnd) *Tap {
	t.Helper()
	tap, err := OpenTap(ends...)
	if err != nil {
		t.Fatal(err)
	}
	closeInTime(t, tap)
	return tap
}

func (n testNet) wire() []TapEnd {
	return []TapEnd{{In: n.alice.Do, Device: "eth0"}, {In: n.bob.Do, Device: "eth0"}}
}

// body is what the UDP datagram in an Ethernet frame carries.
func body(frame []byte) string {
	const ethernet, udp = 14, 8
	header := ipv4Header
	if frame[12] == 0x86 {
		header = ipv6Header
	}
	return string(frame[ethernet+header+udp:])
}

// exchange has two hosts send each other datagrams in turn: "0" from alice, "1" from bob, and so on.
func exchange(t *testing.T, n testNet, count int) {
	t.Helper()
	a, b := listenUDP(t, UDPOptions{In: n.alice.Do, Ports: []uint16{500}}), listenUDP(t, UDPOptions{In: n.bob.Do, Ports: []uint16{500}})
	defer a.Close()
	defer b.Close()
	from, to := netip.AddrPortFrom(n.aliceAddr, 500), netip.AddrPortFrom(n.bobAddr, 500)
	in := datagrams(1)
	for i := range count {
		if _, err := a.Write([]Datagram{{Octets: fmt.Append(nil, i), Local: from, Remote: to}}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Read(in); err != nil || string(in[0].Octets) != fmt.Sprint(i) {
			t.Fatalf("got %q, %v, want %d", in[0].Octets, err, i)
		}
		a, b, from, to = b, a, to, from
	}
}

// Nothing but what was said crosses the wire, from the moment at which it was built: no ARP, no neighbour discovery, no
// reports. And all of it is seen in its order, with the one who sent it.
func TestTapSeesBothDirectionsInOrder(t *testing.T) {
	for _, name := range []string{"pair", "pair6", "gateways", "gateways6"} {
		t.Run(name, func(t *testing.T) {
			n := build(t, name)
			before := time.Now()
			tap := openTap(t, n.wire()...)
			const count = 400
			exchange(t, n, count)
			if err := tap.Stop(); err != nil {
				t.Fatal(err)
			}
			var last time.Time
			for i := range count {
				f, err := tap.Read()
				if err != nil {
					t.Fatal(err)
				}
				if f.End != i%2 || body(f.Octets) != fmt.Sprint(i) || f.Length != len(f.Octets) || f.Partial {
					t.Fatalf("frame %d: end %d, length %d, partial %v, % x", i, f.End, f.Length, f.Partial, f.Octets)
				}
				if f.Time.Before(last) || f.Time.Before(before.Add(-time.Millisecond)) || f.Time.After(time.Now().Add(time.Millisecond)) {
					t.Errorf("frame %d: at %v, after one at %v", i, f.Time, last)
				}
				if f.Octets[12] == 8 && !checksumsAreRight(f.Octets[14:]) {
					t.Errorf("frame %d: checksums", i)
				}
				last = f.Time
			}
			if f, err := tap.Read(); err != io.EOF {
				t.Errorf("after the last frame: %v, % x", err, f.Octets)
			}
			if n, err := tap.Dropped(); n != 0 || err != nil {
				t.Errorf("dropped %d, %v", n, err)
			}
		})
	}
}

// A tap with one end sees both directions too.
func TestTapWithOneEnd(t *testing.T) {
	n := build(t, "pair")
	tap := openTap(t, n.wire()[0])
	exchange(t, n, 20)
	for i := range 20 {
		f, err := tap.Read()
		if err != nil || f.End != i%2 || body(f.Octets) != fmt.Sprint(i) {
			t.Fatalf("frame %d: end %d, %v, % x", i, f.End, err, f.Octets)
		}
	}
	if f, ok := tap.Next(); ok {
		t.Errorf("a frame too many: % x", f.Octets)
	}
}

// Many goroutines send at once; when they have returned, everything is there to be read, with no need to wait.
func TestTapStopMissesNothingThatWasSent(t *testing.T) {
	n := build(t, "pair")
	a, b := listenUDP(t, UDPOptions{In: n.alice.Do, Ports: []uint16{500}}), listenUDP(t, UDPOptions{In: n.bob.Do, Ports: []uint16{500}})
	for round := range 8 {
		tap := openTap(t, n.wire()...)
		var wg sync.WaitGroup
		const each = 50
		send := func(u *UDP, from, to netip.Addr) {
			for range each {
				out := Datagram{Octets: []byte("x"), Local: netip.AddrPortFrom(from, 500), Remote: netip.AddrPortFrom(to, 500)}
				if _, err := u.Write([]Datagram{out}); err != nil {
					t.Error(err)
				}
			}
		}
		for range 2 {
			wg.Go(func() { send(a, n.aliceAddr, n.bobAddr) })
			wg.Go(func() { send(b, n.bobAddr, n.aliceAddr) })
		}
		wg.Wait()
		tap.Stop()
		send(a, n.aliceAddr, n.bobAddr) // is not seen any more
		var got [2]int
		for {
			f, err := tap.Read()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			got[f.End]++
		}
		if got != [2]int{2 * each, 2 * each} {
			t.Fatalf("round %d: saw %v frames of %d each", round, got, 2*each)
		}
		tap.Close()
	}
}

func TestTapReadWaitsAndIsEnded(t *testing.T) {
	n := build(t, "pair")
	for _, row := range []struct {
		end  func(*Tap) error
		want error
	}{{(*Tap).Stop, io.EOF}, {(*Tap).Close, os.ErrClosed}} {
		tap := openTap(t, n.wire()...)
		type result struct {
			text string
			err  error
		}
		results := make(chan result)
		go func() {
			for {
				f, err := tap.Read()
				if err != nil {
					results <- result{err: err}
					return
				}
				results <- result{text: body(f.Octets)}
			}
		}()
		exchange(t, n, 1)
		if r := <-results; r.text != "0" || r.err != nil {
			t.Errorf("got %q, %v", r.text, r.err)
		}
		if err := errors.Join(row.end(tap), row.end(tap)); err != nil {
			t.Error(err)
		}
		if r := <-results; r.err != row.want {
			t.Errorf("Read ended with %v, want %v", r.err, row.want)
		}
		tap.Close()
		if _, ok := tap.Next(); ok {
			t.Error("a frame after Close")
		}
	}
}

func TestTapCountsWhatItCouldNotKeep(t *testing.T) {
	n := build(t, "pair")
	end := n.wire()[0]
	end.Room = 64 << 10 // 32 frames
	tap := openTap(t, end, n.wire()[1])
	a := listenUDP(t, UDPOptions{In: n.alice.Do, Ports: []uint16{500}})
	out := make([]Datagram, 100)
	for i := range out {
		out[i] = Datagram{Octets: []byte("x"), Local: netip.AddrPortFrom(n.aliceAddr, 500), Remote: netip.AddrPortFrom(n.bobAddr, 500)}
	}
	if _, err := a.Write(out); err != nil {
		t.Fatal(err)
	}
	tap.Stop()
	got := 0
	for {
		f, err := tap.Read()
		if err != nil {
			break
		}
		if f.End == 0 {
			got++
		}
	}
	for range 2 { // asking twice changes nothing
		if d, err := tap.Dropped(); err != nil || got != 32 || d != 100-32 {
			t.Errorf("read %d, dropped %d, %v", got, d, err)
		}
	}
}

// Where devices are left to do checksums and to cut, a frame says so, and one that is too long is cut.
func TestTapMarksWhatHardwareWouldDo(t *testing.T) {
	x := narrow(t, "pair")
	n := buildWith(t, x, netns.Options{Offload: true})
	tap := openTap(t, n.wire()...)
	exchange(t, n, 1)
	f, err := tap.Read()
	if err != nil || !f.Partial || checksumsAreRight(f.Octets[14:]) {
		t.Errorf("%v, partial %v, % x", err, f.Partial, f.Octets)
	}
}

func TestTapSaysWhatIsWrong(t *testing.T) {
	n := build(t, "pair")
	if _, err := OpenTap(TapEnd{In: n.alice.Do, Device: "eth9"}); err == nil || !strings.Contains(err.Error(), "tap on eth9") {
		t.Errorf("got %v", err)
	}
	if _, err := OpenTap(n.wire()[0], TapEnd{In: n.bob.Do, Device: "eth9"}); err == nil || !strings.Contains(err.Error(), "tap on eth9") {
		t.Errorf("got %v", err)
	}
	if _, err := OpenTap(); err == nil {
		t.Error("a tap without an end")
	}
}

// The slots of a ring are gone through many times.
func TestTapRingGoesRound(t *testing.T) {
	n := build(t, "pair")
	ends := n.wire()
	ends[0].Room, ends[1].Room = 64<<10, 64<<10
	tap := openTap(t, ends...)
	a := listenUDP(t, UDPOptions{In: n.alice.Do, Ports: []uint16{500}})
	for i := range uint32(500) {
		out := Datagram{Octets: binary.BigEndian.AppendUint32(nil, i), Local: netip.AddrPortFrom(n.aliceAddr, 500), Remote: netip.AddrPortFrom(n.bobAddr, 500)}
		if _, err := a.Write([]Datagram{out}); err != nil {
			t.Fatal(err)
		}
		f, err := tap.Read()
		for err == nil && f.End == 1 { // bob says that nobody is there
			f, err = tap.Read()
		}
		if err != nil || binary.BigEndian.Uint32([]byte(body(f.Octets))) != i {
			t.Fatalf("datagram %d: %v, % x", i, err, f.Octets)
		}
	}
}

package host

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestPingAcrossGateways(t *testing.T) {
	for _, name := range []string{"gateways", "gateways6"} {
		n := build(t, name)
		carol, dave := n.Topology.Addr("carol", ""), n.Topology.Addr("dave", "")
		for _, size := range []int{0, 1, 1400, 4000} {
			pongs, err := Ping(t.Context(), PingOptions{In: n.Host("carol").Do, Src: carol, Dst: dave, Count: 3, Size: size, Timeout: 5 * time.Second})
			if err != nil || len(pongs) != 3 {
				t.Fatal(pongs, err)
			}
			for i, p := range pongs {
				if p.Err != nil || p.Seq != i+1 || p.RTT <= 0 || p.RTT > 5*time.Second {
					t.Errorf("%s, %d octets: %+v", name, size, p)
				}
			}
		}
	}
}

// Somebody on the way says no: at once, and it is told who.
func TestPingRefused(t *testing.T) {
	for name, to := range map[string]string{"gateways": "203.0.113.1", "gateways6": "2001:db8:99::1"} {
		n := build(t, name)
		pongs, err := Ping(t.Context(), PingOptions{In: n.Host("carol").Do, Dst: netip.MustParseAddr(to), Count: 2, Timeout: time.Minute})
		if err != nil || len(pongs) != 2 {
			t.Fatal(pongs, err)
		}
		for _, p := range pongs {
			var r *Refused
			if !errors.As(p.Err, &r) || r.By != n.Topology.Addr("alice", "left") || r.Errno != unix.ENETUNREACH {
				t.Errorf("%s: %v", name, p.Err)
			}
		}
		// This host itself has no way there.
		pongs, err = Ping(t.Context(), PingOptions{In: n.alice.Do, Dst: netip.MustParseAddr(to)})
		if err != nil || !errors.Is(pongs[0].Err, unix.ENETUNREACH) {
			t.Errorf("%s: %v, %v", name, pongs, err)
		}
	}
}

// Where everything is swallowed, the time for each answer passes, or the context ends.
func TestPingWithoutAnswer(t *testing.T) {
	for _, name := range []string{"pair", "pair6"} {
		n := build(t, name)
		tunnel := openTunnel(t, OpenTunnel, TunnelOptions{In: n.bob.Do})
		_ = tunnel // nobody reads it: what bob answers is lost
		openDiversion(t, n.bob.Do, between(n.bobAddr, n.aliceAddr), Flow{SrcFrom: n.aliceAddr, SrcTo: n.aliceAddr, Proto: 99})
		start := time.Now()
		pongs, err := Ping(t.Context(), PingOptions{In: n.alice.Do, Dst: n.bobAddr, Count: 2, Timeout: 20 * time.Millisecond})
		if err != nil || pongs[0].Err != ErrNoAnswer || pongs[1].Err != ErrNoAnswer || time.Since(start) < 40*time.Millisecond {
			t.Errorf("%s: %v, %v after %v", name, pongs, err, time.Since(start))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		pongs, err = Ping(ctx, PingOptions{In: n.alice.Do, Dst: n.bobAddr, Count: 3, Timeout: time.Minute})
		cancel()
		if err != nil || len(pongs) != 3 || pongs[0].Err != context.DeadlineExceeded || pongs[2].Err != context.DeadlineExceeded {
			t.Errorf("%s: %v, %v", name, pongs, err)
		}
	}
}

// Two at once do not take each other's answers, and somebody else's are nobody's.
func TestPingsDoNotMix(t *testing.T) {
	n := build(t, "pair")
	results := make(chan error)
	for range 8 {
		go func() {
			pongs, err := Ping(t.Context(), PingOptions{In: n.alice.Do, Dst: n.bobAddr, Count: 20, Timeout: 5 * time.Second})
			for _, p := range pongs {
				err = errors.Join(err, p.Err)
			}
			results <- err
		}()
	}
	for range 8 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}

// A late answer to one request is not taken for that to the next.
func TestPingTellsRequestsApart(t *testing.T) {
	p := pinger{id: 0x1234}
	for _, row := range []struct {
		message []byte
		seq     int
		want    bool
	}{
		{[]byte{0, 0, 0, 0, 0x12, 0x34, 0, 7}, 7, true},
		{[]byte{0, 0, 0, 0, 0x12, 0x34, 0, 7}, 8, false},
		{[]byte{0, 0, 0, 0, 0x12, 0x35, 0, 7}, 7, false},
		{[]byte{0, 0, 0, 0, 0x12, 0x34, 0}, 7, false},
	} {
		if p.mine(row.message, row.seq) != row.want {
			t.Errorf("% x for request %d: want %v", row.message, row.seq, row.want)
		}
	}
}

func TestPingSaysWhatIsWrong(t *testing.T) {
	n := build(t, "pair")
	for _, row := range []struct {
		o    PingOptions
		want string
	}{
		{PingOptions{Dst: n.bobAddr, Src: netip.MustParseAddr("::1")}, "ping 192.0.2.2: 56 octets from ::1: not possible"},
		{PingOptions{}, "not possible"},
		{PingOptions{Dst: n.bobAddr, Size: 1 << 20}, "not possible"},
		{PingOptions{Dst: n.bobAddr, Src: netip.MustParseAddr("10.9.9.9")}, "from 10.9.9.9: cannot assign requested address (this host does not have the address)"},
	} {
		row.o.In = n.alice.Do
		if pongs, err := Ping(t.Context(), row.o); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%+v: %v, %v", row.o, pongs, err)
		}
	}
}

package fabric

import (
	"bytes"
	"context"
	"net/netip"
	"slices"
	"testing"
	"time"

	"ikewit/harness/capture/pcapfile"
	"ikewit/netns/netnstest"
	"ikewit/netns/topo"
)

func TestMain(m *testing.M) { netnstest.Main(m) }

func build(t *testing.T, name string) *Namespaces {
	t.Helper()
	top, err := topo.ByName(name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := BuildNamespaces(top, "fabrictest")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func patience(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestPingsAreHeardAtBothEndsAndSeenOnTheWire(t *testing.T) {
	for _, name := range []string{"pair", "gateways", "pair6", "gateways6"} {
		t.Run(name, func(t *testing.T) {
			f := build(t, name)
			ends := f.Topology().Ends
			to := f.Topology().Addr(ends[1], "")
			here, err := ListenEchoes(f.Host(ends[0]), to.Is6())
			if err != nil {
				t.Fatal(err)
			}
			there, err := ListenEchoes(f.Host(ends[1]), to.Is6())
			if err != nil {
				t.Fatal(err)
			}
			marker := []byte("seen on the wire?")
			if err := here.Send(to, 7, 1, marker); err != nil {
				t.Fatal(err)
			}
			if err := here.Until(patience(t), func(heard []Echo) bool {
				return slices.ContainsFunc(heard, func(e Echo) bool { return e.Reply && e.ID == 7 && e.Seq == 1 && e.From == to })
			}); err != nil {
				t.Fatal("no reply:", err)
			}
			delivered := func(heard []Echo) bool {
				return slices.ContainsFunc(heard, func(e Echo) bool { return !e.Reply && bytes.Equal(e.Data, marker) })
			}
			if err := there.Until(patience(t), delivered); err != nil {
				t.Error("the request was not delivered:", err)
			}
			frames, err := f.Frames()
			if err != nil {
				t.Fatal(err)
			}
			seen := 0
			for i, frame := range frames {
				if frame.Number != i+1 || frame.Time.IsZero() {
					t.Errorf("frame %d: number %d at %v", i, frame.Number, frame.Time)
				}
				if bytes.Contains(frame.Data, marker) {
					seen++
				}
			}
			if seen != 2 {
				t.Errorf("marker seen in %d of %d frames, want request and reply", seen, len(frames))
			}
			here.Close()
			there.Close()
			if left, err := f.Leftovers(); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v %v", left, err)
			}
			if after, err := f.Frames(); err != nil || len(after) < len(frames) {
				t.Errorf("%d frames after the tap was closed, %d before: %v", len(after), len(frames), err)
			}
		})
	}
}

// What was on the wire can be put there again, from either side, and is delivered again.
func TestInjectedFramesAreDelivered(t *testing.T) {
	f := build(t, "pair")
	alice, bob := f.Topology().Addr("alice", "wire"), f.Topology().Addr("bob", "wire")
	at := map[string]*Echoes{}
	for _, name := range []string{"alice", "bob"} {
		e, err := ListenEchoes(f.Host(name), false)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		at[name] = e
	}
	for _, row := range []struct {
		from, to string
		dst      netip.Addr
	}{{"alice", "bob", bob}, {"bob", "alice", alice}} {
		requests := func(n int) func([]Echo) bool {
			return func(heard []Echo) bool {
				return len(slices.DeleteFunc(slices.Clone(heard), func(e Echo) bool { return e.Reply })) == n
			}
		}
		if err := at[row.from].Send(row.dst, 1, 1, []byte(row.from)); err != nil {
			t.Fatal(err)
		}
		if err := at[row.to].Until(patience(t), requests(1)); err != nil {
			t.Fatal(err)
		}
		frames, err := f.Frames()
		if err != nil {
			t.Fatal(err)
		}
		// An answer to the row before may still come by: the request is known by what it is.
		const icmpType, echoRequest = 14 + 20, 8
		found := slices.IndexFunc(frames, func(x pcapfile.Frame) bool {
			return bytes.HasSuffix(x.Data, []byte(row.from)) && x.Data[icmpType] == echoRequest
		})
		if found < 0 {
			t.Fatalf("%s: its request was not seen on the wire", row.from)
		}
		request := frames[found].Data
		if err := f.Inject(row.from, request); err != nil {
			t.Fatal(err)
		}
		if err := at[row.to].Until(patience(t), requests(2)); err != nil {
			t.Errorf("%s: the copy was not delivered: %v", row.to, err)
		}
		after, err := f.Frames()
		if err != nil {
			t.Fatal(err)
		}
		copies := slices.DeleteFunc(slices.Clone(after), func(x pcapfile.Frame) bool { return !bytes.Equal(x.Data, request) })
		if len(copies) != 2 {
			t.Errorf("%s: the frame was seen %d times on the wire, want twice", row.from, len(copies))
		}
	}
}

func TestChecksum(t *testing.T) {
	// RFC 1071 section 3.
	if got := Checksum([]byte{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}); got != ^uint16(0xddf2) {
		t.Errorf("%04x", got)
	}
	if got := Checksum([]byte{0xff}); got != ^uint16(0xff00) {
		t.Errorf("odd: %04x", got)
	}
}

package pfkey

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"

	"ikewit/impl/driver/none"
	"ikewit/impl/pfserver"
	"ikewit/impl/sadb"
	"ikewit/impl/sadb/sadbtest"
	"ikewit/impl/wire/pfkey"
	"ikewit/netns/guest"
	"ikewit/netns/guest/guesttest"
)

func TestMain(m *testing.M) {
	guest.Init()
	os.Exit(m.Run())
}

// needKernel runs the test again in the guest where this kernel has no AF_KEY, and reports whether to go on here.
func needKernel(t *testing.T) bool {
	t.Helper()
	switch s, err := DialKernel(); {
	case err == nil:
		s.Close()
		return true
	case guest.Inside():
		t.Fatal(err)
	}
	guesttest.Again(t, "")
	return false
}

// openKernel gives a driver in a namespace of its own, prepared by inside if that is not nil.
func openKernel(t *testing.T, inside func()) *Driver {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before, err := netns.Get()
	if err != nil {
		t.Fatal(err)
	}
	defer before.Close()
	ours, err := netns.New()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	defer netns.Set(before)
	d, err := OpenKernel()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	if inside != nil {
		inside()
	}
	return d
}

// An engine is ours behind a socket.
type engine struct {
	path string
	db   *none.Driver
	stop func()
}

func newEngine(t *testing.T) *engine {
	t.Helper()
	e := &engine{path: filepath.Join(t.TempDir(), "s"), db: none.New(nil)}
	service, err := pfserver.Start(e.path, pfserver.Config{Database: e.db})
	if err != nil {
		t.Fatal(err)
	}
	e.stop = func() {
		service.Close()
		e.db.Close()
	}
	t.Cleanup(e.stop)
	return e
}

func (e *engine) open(t *testing.T) *Driver {
	t.Helper()
	d, err := Open(e.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestSuiteOverOurEngine(t *testing.T) {
	sadbtest.Run(t, func(t *testing.T) sadb.Driver { return newEngine(t).open(t) }, sadbtest.Options{Whole: true, Many: 3000})
}

// What wants the kernel's own engine: one boot for all.
func TestKernel(t *testing.T) {
	if !needKernel(t) {
		return
	}
	t.Run("Suite", func(t *testing.T) {
		sadbtest.Run(t, func(t *testing.T) sadb.Driver { return openKernel(t, nil) }, sadbtest.Options{Unordered: true, Whole: true, Many: 1000})
	})
	t.Run("Acquire", testAcquireOfTheKernel)
}

func TestEngineThatEnds(t *testing.T) {
	e := newEngine(t)
	d := e.open(t)
	e.stop()
	if _, open := <-d.Events(); open {
		t.Error("an event after the end")
	}
	if _, err := d.SAs(); err == nil || errors.Is(err, sadb.ErrClosed) || !strings.Contains(err.Error(), "gone") {
		t.Errorf("SAs: %v", err)
	}
	if err := d.Apply(sadb.Flush{}); err == nil {
		t.Error("Flush worked")
	}
	if _, err := Open(e.path); err == nil || !strings.Contains(err.Error(), e.path) {
		t.Errorf("Open: %v", err)
	}
}

// protect is a policy for what alice sends to bob's network.
func protect(mode sadb.Mode) sadb.Policy {
	p := sadb.Policy{Direction: sadb.Out, Do: sadb.Protect, Priority: 9,
		Selector:  sadb.Selector{Src: sadb.RangeOfPrefix(netip.MustParsePrefix("192.0.2.0/24")), Dst: sadb.RangeOf(bob)},
		Templates: []sadb.Template{{Proto: sadb.ESP, Mode: mode, ReqID: 12}}}
	if mode == sadb.Tunnel {
		p.Templates[0].Src, p.Templates[0].Dst = alice, netip.MustParseAddr("198.51.100.1")
	}
	return p
}

var (
	alice = netip.MustParseAddr("192.0.2.1")
	bob   = netip.MustParseAddr("192.0.2.2")
)

func nextAcquire(t *testing.T, d *Driver) sadb.Acquire {
	t.Helper()
	select {
	case e := <-d.Events():
		if a, ok := e.(sadb.Acquire); ok {
			return a
		}
		t.Fatalf("got %v", e)
	case <-time.After(patience):
		t.Fatal("no event")
	}
	return sadb.Acquire{}
}

func TestAcquireOfOurEngine(t *testing.T) {
	for _, mode := range []sadb.Mode{sadb.Transport, sadb.Tunnel} {
		e := newEngine(t)
		d := e.open(t)
		p := protect(mode)
		other := protect(mode)
		other.Selector.Dst, other.Priority, other.Templates[0].Proto = sadb.Range{}, 1, sadb.AH
		for _, x := range []sadb.Policy{other, p} {
			if err := d.Apply(sadb.AddPolicy{Policy: x}); err != nil {
				t.Fatal(err)
			}
		}
		packet := sadb.Selector{Src: sadb.RangeOf(alice), Dst: sadb.RangeOf(bob), Proto: 17, SrcPort: 1025, DstPort: 53}
		e.db.Emit(sadb.Acquire{Packet: packet, Policy: p, Template: p.Templates[0], Seq: 33})
		a := nextAcquire(t, d)
		if a.Seq != 33 || a.Policy.ID() != p.ID() || a.Template != p.Templates[0] {
			t.Errorf("%v: %v for policy %v", mode, a, a.Policy)
		}
		if mode == sadb.Transport && a.Packet != packet {
			t.Errorf("packet %v", a.Packet)
		}
		if mode == sadb.Tunnel && (a.Packet.Src != packet.Src || !a.Packet.Dst.IsAny()) && a.Packet != p.Selector {
			t.Errorf("packet %v", a.Packet)
		}
	}
}

func testAcquireOfTheKernel(t *testing.T) {
	for _, mode := range []sadb.Mode{sadb.Transport, sadb.Tunnel} {
		var c *net.UDPConn
		d := openKernel(t, func() {
			link := &netlink.Dummy{LinkAttrs: netlink.LinkAttrs{Name: "d0"}}
			must(t, netlink.LinkAdd(link))
			address, err := netlink.ParseAddr("192.0.2.1/24")
			must(t, err)
			must(t, netlink.AddrAdd(link, address))
			must(t, netlink.LinkSetUp(link))
			c, err = net.ListenUDP("udp4", nil)
			must(t, err)
		})
		defer c.Close()
		p := protect(mode)
		must(t, d.Apply(sadb.AddPolicy{Policy: p}))
		c.WriteToUDPAddrPort([]byte("hello"), netip.AddrPortFrom(bob, 9)) // which the policy may say to block
		a := nextAcquire(t, d)
		if a.Seq == 0 || a.Policy.ID() != p.ID() || a.Template != p.Templates[0] || a.Policy.Priority != 9 {
			t.Errorf("%v: %+v", mode, a)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// An answer to another process is not taken for ours, though its number be the same.
func TestAnswersToOthersAreNotOurs(t *testing.T) {
	d := newEngine(t).open(t)
	answer := make(chan *pfkey.Message, 1)
	d.mu.Lock()
	d.waiting[77] = answer
	d.mu.Unlock()
	d.dispatch(&pfkey.Message{Type: pfkey.Get, Seq: 77, PID: uint32(os.Getpid()) + 1})
	if len(answer) != 0 {
		t.Error("taken from another")
	}
	d.dispatch(&pfkey.Message{Type: pfkey.Get, Seq: 77, PID: uint32(os.Getpid())})
	if len(answer) != 1 {
		t.Error("ours is not taken")
	}
}

package plutoplus

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"ikewit/impl/daemon"
	"ikewit/impl/driver/none"
	"ikewit/impl/host"
	"ikewit/impl/ike"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/isakmp"
)

// A memoryHost is a host on a network in memory.
type memoryHost struct {
	net  *daemon.Memory
	addr netip.Addr
}

func (h memoryHost) Listen(local netip.AddrPort, _ string, _ bool) (daemon.Sockets, error) {
	return h.net.Open(netip.AddrPortFrom(h.addr, local.Port()))
}

func (h memoryHost) Source(netip.Addr) (netip.Addr, error) { return h.addr, nil }

func (h memoryHost) Own(a netip.Addr) bool { return a == h.addr }

func (h memoryHost) Lookup(string) ([]netip.Addr, error) { return nil, errors.New("no names here") }

func (h memoryHost) Entropy() ike.Entropy { return host.Entropy{} }

func (h memoryHost) Driver(string) (sadb.Driver, string, error) {
	return none.New(nil), "kernel: none", nil
}

// An actor is one plutoplus of a play.
type actor struct {
	*Program
	config   Config
	driver   sadb.Driver
	out, err bytes.Buffer
	done     chan int
	cancel   context.CancelCauseFunc

	events []ike.Event
	sent   map[string]*isakmp.Message // by short name: the last of our messages, in clear
	before func(message string)       // called before one of our messages leaves; nil: nothing
	to     []netip.AddrPort           // where datagrams went
}

// cast puts a plutoplus on the network. It listens from here on.
func cast(t *testing.T, net *daemon.Memory, addr, secretText, args string) *actor {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secrets")
	if err := os.WriteFile(path, []byte("%any \""+secretText+"\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o, _, err := Parse(append(words(args), "--secretsfile", path))
	if err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	a := &actor{driver: none.New(nil), done: make(chan int, 1), sent: map[string]*isakmp.Message{}}
	t.Cleanup(func() { a.driver.Close() })
	a.config = Config{
		Options: o, Log: &Streams{Out: &a.out, Err: &a.err}, Host: memoryHost{net, netip.MustParseAddr(addr)}, Driver: a.driver,
		Listen: Listeners{
			Event: func(_ time.Time, e ike.Event) { a.events = append(a.events, e) },
			Packet: func(_ time.Time, p daemon.Packet) {
				if p.Sent {
					a.to = append(a.to, p.Remote)
				}
			},
		},
	}
	a.config.Seams.Sealed = func(message string, octets []byte) []byte {
		if a.before != nil {
			a.before(message)
		}
		return octets
	}
	a.config.Seams.Hashed = func(message string, m *isakmp.Message) { a.sent[message] = m }
	if a.Program, err = Open(a.config); err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	return a
}

// start runs it beside the test; wait gives its status.
func (a *actor) start(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	a.cancel = cancel
	go func() { a.done <- a.Run(ctx) }()
}

func (a *actor) wait() int {
	status := <-a.done
	a.cancel(nil)
	return status
}

func (a *actor) stop() int {
	a.cancel(Interrupted{15, "SIGTERM"})
	return a.wait()
}

// pass lets time go by, and what happens in it happen.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// mirror checks that two sides hold the same SAs, seen from either end.
func mirror(t *testing.T, a, b *actor) []sadb.SA {
	t.Helper()
	ours, err := a.driver.SAs()
	theirs, err2 := b.driver.SAs()
	if err != nil || err2 != nil || len(ours) != len(theirs) {
		t.Fatalf("%d SAs here, %d there; %v, %v", len(ours), len(theirs), err, err2)
	}
	for _, x := range ours {
		y, err := b.driver.Get(x.ID())
		if err != nil {
			t.Errorf("%v is not there: %v", x, err)
			continue
		}
		if x.Direction+y.Direction != sadb.In+sadb.Out || x.Mode != y.Mode || x.Cipher != y.Cipher || x.Integrity != y.Integrity ||
			string(x.CipherKey) != string(y.CipherKey) || string(x.AuthKey) != string(y.AuthKey) || x.Hard != y.Hard ||
			x.Src != y.Src || x.Selector != y.Selector {
			t.Errorf("%v here, %v there: the two are not the same", x, y)
		}
	}
	return ours
}

// play runs an initiator at 10.0.0.1 and a responder at 10.0.0.2 until both have ended by themselves.
func play(t *testing.T, initiator, responder string, check func(a, b *actor, statusA, statusB int)) {
	t.Helper()
	playWith(t, sharedSecret, sharedSecret, initiator, responder, check)
}

func playWith(t *testing.T, secretA, secretB, initiator, responder string, check func(a, b *actor, statusA, statusB int)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		net := &daemon.Memory{}
		b := cast(t, net, "10.0.0.2", secretB, responder)
		a := cast(t, net, "10.0.0.1", secretA, initiator)
		b.start(t)
		a.start(t)
		statusA, statusB := a.wait(), b.wait()
		check(a, b, statusA, statusB)
		if t.Failed() {
			t.Logf("initiator:\n%s%sresponder:\n%s%s", a.out.String(), a.err.String(), b.out.String(), b.err.String())
		}
	})
}

func noSAs(t *testing.T, a *actor) {
	t.Helper()
	sas, err := a.driver.SAs()
	policies, err2 := a.driver.Policies()
	if len(sas)+len(policies) > 0 || err != nil || err2 != nil {
		t.Errorf("left: %v %v, %v %v", sas, policies, err, err2)
	}
}

package plutoplus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ikewit/impl/daemon"
	"ikewit/impl/host"
	"ikewit/impl/ike"
	"ikewit/impl/sadb"
	"ikewit/netns"
	"ikewit/netns/netnstest"
)

func TestMain(m *testing.M) { netnstest.Main(m) }

// A resident is a plutoplus in a namespace, with the user-space stack.
type resident struct {
	*Program
	in       host.Inside
	addr     netip.Addr
	out, err bytes.Buffer
	up       chan struct{} // one for each pair of SAs
	cancel   context.CancelCauseFunc
	done     chan int
}

// settle starts a plutoplus in a host of a topology.
func settle(t *testing.T, f *netns.Fabric, name, args string) *resident {
	t.Helper()
	o, _, err := Parse(append(words(args), "--secretsfile", secretsAt(t)))
	if err != nil {
		t.Fatal(err)
	}
	in := f.Host(name).Do
	r := &resident{in: in, addr: f.Topology.Addr(name, f.Topology.Wire), up: make(chan struct{}, 8), done: make(chan int, 1)}
	r.Program, err = Open(Config{
		Options: o, Log: &Streams{Out: &r.out, Err: &r.err}, Host: &daemon.Host{In: in},
		Listen: Listeners{Event: func(_ time.Time, e ike.Event) {
			if _, ok := e.(ike.Phase2Up); ok {
				r.up <- struct{}{}
			}
		}},
	})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	r.cancel = cancel
	go func() { r.done <- r.Run(ctx) }()
	return r
}

func secretsAt(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "secrets")
	if err := os.WriteFile(path, []byte("%any \""+sharedSecret+"\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// wait waits for a pair of SAs.
func (r *resident) wait(t *testing.T) {
	t.Helper()
	select {
	case <-r.up:
	case status := <-r.done:
		t.Fatalf("ended with %d\n%s%s", status, r.out.String(), r.err.String())
	}
}

func (r *resident) end(t *testing.T) {
	t.Helper()
	r.cancel(Interrupted{15, "SIGTERM"})
	if status := <-r.done; status != StatusOK {
		t.Errorf("status %d\n%s%s", status, r.out.String(), r.err.String())
	}
}

// pair builds two hosts on one link.
func pair(t *testing.T) *netns.Fabric {
	t.Helper()
	return netnstest.Build(t, netnstest.Topology(t, "pair"), netns.Options{})
}

// ping sends pings until one is answered.
func (r *resident) ping(t *testing.T, to netip.Addr) {
	t.Helper()
	pongs, err := host.Ping(t.Context(), host.PingOptions{In: r.in, Src: r.addr, Dst: to, Count: 20, Timeout: 200 * time.Millisecond})
	answered := 0
	for _, p := range pongs {
		if p.Err == nil {
			answered++
		}
	}
	if err != nil || answered == 0 {
		t.Errorf("ping %v: %v, %+v", to, err, pongs)
	}
}

// inbound gives the SA in and what went through it.
func (r *resident) inbound(t *testing.T) sadb.SA {
	t.Helper()
	sas, err := r.Driver().SAs()
	if err != nil {
		t.Fatal(err)
	}
	for _, sa := range sas {
		if sa.Direction == sadb.In {
			return sa
		}
	}
	t.Fatalf("no inbound SA among %v", sas)
	return sadb.SA{}
}

// After a WIT run that holds, real traffic goes through the SAs.
func TestHoldCarriesTraffic(t *testing.T) {
	f := pair(t)
	alice, bob := f.Topology.Addr("alice", f.Topology.Wire), f.Topology.Addr("bob", f.Topology.Wire)
	b := settle(t, f, "bob", fmt.Sprintf("--wit --kernel user --hold -d %v -3s -e 3 -a 3", alice))
	a := settle(t, f, "alice", fmt.Sprintf("--wit --kernel user --hold -i -d %v -3s -e 3 -a 3", bob))
	a.wait(t)
	b.wait(t)
	a.ping(t, bob)
	if in := a.inbound(t); in.Current.Packets == 0 {
		t.Errorf("%v: no packets", in)
	}
	a.end(t)
	b.end(t)
	if !strings.Contains(a.out.String(), "\nWIT: SUCCESS\n") {
		t.Errorf("stdout %s", a.out.String())
	}
}

// PP-07: a packet meets a policy that protects; the daemon negotiates, and the packets after it pass.
func TestAPacketStartsANegotiation(t *testing.T) {
	f := pair(t)
	bob := f.Topology.Addr("bob", f.Topology.Wire)
	b := settle(t, f, "bob", "--debug --kernel user")
	a := settle(t, f, "alice", "--debug --kernel user -e 7 -a 2 -f")
	selector := sadb.Selector{Src: sadb.RangeOf(a.addr), Dst: sadb.RangeOf(bob)}
	template := []sadb.Template{{Proto: sadb.ESP, Mode: sadb.Transport}}
	err := errors.Join(
		a.Driver().Apply(sadb.AddPolicy{Policy: sadb.Policy{Selector: selector, Direction: sadb.Out, Do: sadb.Protect, Templates: template}}),
		a.Driver().Apply(sadb.AddPolicy{Policy: sadb.Policy{Selector: selector.Reversed(), Direction: sadb.In, Do: sadb.Protect, Templates: template}}))
	if err != nil {
		t.Fatal(err)
	}
	a.ping(t, bob)
	a.wait(t)
	b.wait(t)
	if in := a.inbound(t); in.Current.Packets == 0 || in.Cipher.Name != "blowfish" {
		t.Errorf("%v: %d packets", in, in.Current.Packets)
	}
	a.end(t)
	b.end(t)
}

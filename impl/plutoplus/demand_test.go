package plutoplus

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ikewit/impl/daemon"
	"ikewit/impl/driver/none"
	"ikewit/impl/sadb"
)

// An asking driver holds SAs in memory, and asks for them when the test says so.
type asking struct {
	*none.Driver
	events chan sadb.Event
}

func (d asking) Events() <-chan sadb.Event { return d.events }

// castAsking is cast with a driver that asks.
func castAsking(t *testing.T, net *daemon.Memory, addr, args string) (*actor, chan<- sadb.Event) {
	t.Helper()
	a := cast(t, net, addr, sharedSecret, args)
	a.Daemon().Stop(nil) // this one never runs: it is opened again with the other driver
	a.start(t)
	a.wait()
	events := make(chan sadb.Event)
	a.config.Driver = asking{a.driver.(*none.Driver), events}
	var err error
	if a.Program, err = Open(a.config); err != nil {
		t.Fatal(err)
	}
	return a, events
}

// phase1s counts the Main Modes that a side began or answered.
func phase1s(a *actor) int {
	return strings.Count(a.out.String(), "ISAKMP SA established")
}

// A request negotiates for the policy that is there; the next one finds the ISAKMP SA and needs no phase 1.
func TestTheKernelAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &daemon.Memory{}
		b := cast(t, net, "10.0.0.2", sharedSecret, "--debug")
		a, events := castAsking(t, net, "10.0.0.1", "--debug -e 3 -a 3")
		b.start(t)
		a.start(t)
		events <- acquire(sadb.ESP, sadb.Transport, sadb.Selector{})
		pass(time.Second)
		for _, sa := range mirror(t, a, b) {
			if sa.ReqID != 7 || sa.Mode != sadb.Transport || sa.Cipher.Name != "3des" {
				t.Errorf("%v, reqid %d", sa, sa.ReqID)
			}
		}
		events <- acquire(sadb.ESP, sadb.Transport, sadb.Selector{Proto: 17})
		pass(time.Second)
		if sas := mirror(t, a, b); len(sas) != 4 || phase1s(a) != 1 {
			t.Errorf("%d SAs, %d phase 1", len(sas), phase1s(a))
		}
		if policies, _ := a.driver.Policies(); len(policies) != 0 {
			t.Errorf("policies put in: %v", policies)
		}
		a.stop()
		b.stop()
	})
}

// An ISAKMP SA that the peer began serves too.
func TestTheKernelAsksAfterThePeerCalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &daemon.Memory{}
		a, events := castAsking(t, net, "10.0.0.1", "--debug")
		b := cast(t, net, "10.0.0.2", sharedSecret, "--debug -i -d 10.0.0.1")
		a.start(t)
		b.start(t)
		pass(time.Second)
		events <- acquire(sadb.ESP, sadb.Transport, sadb.Selector{})
		pass(time.Second)
		if sas := mirror(t, a, b); len(sas) != 4 || phase1s(a) != 1 {
			t.Errorf("%d SAs, %d phase 1\n%s", len(sas), phase1s(a), a.out.String())
		}
		a.stop()
		b.stop()
	})
}

// Two requests for the same while it is negotiated are one negotiation; nobody answers, it is given up, and asked
// for again.
func TestTheKernelAsksInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &daemon.Memory{}
		a, events := castAsking(t, net, "10.0.0.1", "--debug")
		a.start(t)
		for range 3 {
			events <- acquire(sadb.ESP, sadb.Transport, sadb.Selector{})
		}
		pass(2 * time.Minute)
		events <- acquire(sadb.ESP, sadb.Transport, sadb.Selector{})
		pass(2 * time.Minute)
		a.stop()
		if n := strings.Count(a.out.String(), "state idle -> MI1 sent"); n != 2 {
			t.Errorf("%d negotiations\n%s", n, a.out.String())
		}
		if n := strings.Count(a.out.String(), "kernel request dropped"); n != 2 {
			t.Errorf("%d dropped\n%s", n, a.out.String())
		}
	})
}

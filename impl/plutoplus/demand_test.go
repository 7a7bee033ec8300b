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
		pass(time.Minute)
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
		pass(time.Minute)
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

// answerOf is what the other host asks for when it answers the packet of a request.
func answerOf(a sadb.Acquire) sadb.Acquire {
	a.Packet, a.Policy.Selector = a.Packet.Reversed(), a.Policy.Selector.Reversed()
	a.Template.Src, a.Template.Dst = a.Template.Dst, a.Template.Src
	return a
}

// quickModes counts the Quick Modes that a side began.
func quickModes(a *actor) int {
	return strings.Count(a.out.String(), "state idle -> QI1 sent")
}

// A first packet overtakes QI2: the responder answers it and has no SA yet to send the answer. That, a second packet
// meanwhile, and requests that come late are no reason for a second Quick Mode.
func TestTheKernelAsksForWhatIsOnItsWay(t *testing.T) {
	for _, row := range []struct {
		name, args string
		request    sadb.Acquire
		before     string // when the responder's kernel asks
		after      time.Duration
		reqID      uint32 // of the responder's policy
		want       int    // Quick Modes that the responder begins
	}{
		{"transport", "--debug -e 3 -a 3", acquire(sadb.ESP, sadb.Transport, sadb.Selector{}), "QI2", 0, 0, 0},
		{"tunnel", "--debug -e 3 -a 3 -t", hostTunnel(), "QI2", 0, 0, 0},
		{"PFS", "--debug -e 3 -a 3 -f", acquire(sadb.ESP, sadb.Transport, sadb.Selector{}), "QI2", 0, 0, 0},
		{"late", "--debug -e 3 -a 3", acquire(sadb.ESP, sadb.Transport, sadb.Selector{}), "", time.Second, 0, 0},
		{"lost since", "--debug -e 3 -a 3", acquire(sadb.ESP, sadb.Transport, sadb.Selector{}), "", time.Minute, 0, 1},
		{"too early", "--debug -e 3 -a 3", acquire(sadb.ESP, sadb.Transport, sadb.Selector{}), "QI1", 0, 0, 1},
		{"another reqid", "--debug -e 3 -a 3", acquire(sadb.ESP, sadb.Transport, sadb.Selector{}), "QI2", 0, 7, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				net := &daemon.Memory{}
				a, ask := castAsking(t, net, "10.0.0.1", row.args)
				b, answer := castAsking(t, net, "10.0.0.2", row.args)
				back := answerOf(row.request)
				back.Template.ReqID = row.reqID
				a.before = func(message string) {
					if message == row.before {
						a.before = nil // the first
						answer <- back
					}
				}
				a.start(t)
				b.start(t)
				ask <- row.request
				ask <- row.request
				if pass(time.Second); row.before == "" {
					pass(row.after)
					answer <- back
				}
				pass(time.Second)
				if n := quickModes(a); n != 1 {
					t.Errorf("the initiator began %d Quick Modes\n%s", n, a.out.String())
				}
				if n := quickModes(b); n != row.want || strings.Count(b.out.String(), "kernel request dropped") != 1-row.want {
					t.Errorf("the responder began %d Quick Modes, want %d\n%s", n, row.want, b.out.String())
				}
				if sas := mirror(t, a, b); len(sas) != 2+2*row.want {
					t.Errorf("%d SAs", len(sas))
				}
				a.stop()
				b.stop()
			})
		})
	}
}

func hostTunnel() sadb.Acquire {
	a := acquire(sadb.ESP, sadb.Tunnel, sadb.Selector{Src: sadb.RangeOf(alice), Dst: sadb.RangeOf(bob)})
	a.Template.Src, a.Template.Dst = alice, bob
	return a
}

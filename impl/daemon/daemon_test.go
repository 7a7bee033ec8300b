package daemon

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ikewit/impl/ike"
	"ikewit/impl/sadb"
)

var (
	here  = netip.MustParseAddrPort("10.0.0.1:500")
	there = netip.MustParseAddrPort("10.0.0.2:500")
)

// A scripted engine answers each input by what the script says for it, and writes down what it got.
type scripted struct {
	answer   func(in ike.Input) []ike.Effect
	deadline func() (time.Time, string, bool)
	got      []string
}

func (s *scripted) Step(_ time.Time, in ike.Input) []ike.Effect {
	switch in := in.(type) {
	case ike.Datagram:
		s.got = append(s.got, fmt.Sprintf("Datagram %s", in.Octets))
	case ike.Unreachable:
		s.got = append(s.got, "Unreachable "+in.Reason)
	default:
		s.got = append(s.got, fmt.Sprintf("%T %v", in, in))
	}
	return s.answer(in)
}

func (s *scripted) Deadline() (time.Time, string, bool) {
	if s.deadline == nil {
		return time.Time{}, "", false
	}
	return s.deadline()
}

// A table of SAs that refuses one SPI and counts.
type table struct {
	refuse  uint32
	applied []string
	events  chan sadb.Event
}

func (t *table) Name() string                     { return "test" }
func (t *table) Supports(*sadb.SA) error          { return nil }
func (t *table) Get(sadb.ID) (sadb.SA, error)     { return sadb.SA{}, sadb.ErrNotFound }
func (t *table) SAs() ([]sadb.SA, error)          { return nil, nil }
func (t *table) Policies() ([]sadb.Policy, error) { return nil, nil }
func (t *table) Events() <-chan sadb.Event        { return t.events }
func (t *table) Close() error                     { return nil }
func (t *table) Apply(a sadb.Action) error {
	add, ok := a.(sadb.Add)
	if ok && add.SA.SPI == t.refuse {
		return sadb.ErrExists
	}
	t.applied = append(t.applied, fmt.Sprintf("%T", a))
	return nil
}

func note(text string) ike.Event { return ike.Decided{Text: text} }

// run makes a daemon of here, with a second address that collects what is sent to it.
func run(t *testing.T, cfg Config) (d *Daemon, peer Sockets, end func()) {
	t.Helper()
	var net Memory
	var err error
	if cfg.Sockets, err = net.Open(here); err != nil {
		t.Fatal(err)
	}
	if peer, err = net.Open(there); err != nil {
		t.Fatal(err)
	}
	if cfg.Driver == nil {
		cfg.Driver = &table{events: make(chan sadb.Event)}
	}
	d = New(cfg)
	go d.Run(t.Context())
	return d, peer, func() { d.Stop(nil); <-d.Ended(); peer.Close() }
}

func TestEffectsAreDoneInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log []string
		e := &scripted{answer: func(in ike.Input) []ike.Effect {
			switch in := in.(type) {
			case ike.Initiate:
				return []ike.Effect{
					note("one"),
					ike.SA{ID: 7, Actions: []sadb.Action{sadb.Add{SA: sadb.SA{SPI: 1}}, sadb.Add{SA: sadb.SA{SPI: 2}}, sadb.Add{SA: sadb.SA{SPI: 3}}}},
					ike.Send{Local: here, Remote: there, Octets: []byte("x")},
					note("two"),
				}
			case ike.SADone:
				return []ike.Effect{note(fmt.Sprintf("sa %d done %d: %v", in.ID, in.Done, in.Err))}
			}
			return nil
		}}
		d, peer, end := run(t, Config{
			Engine: e,
			Driver: &table{refuse: 2, events: make(chan sadb.Event)},
			Log:    func(_ time.Time, e ike.Event) { log = append(log, e.String()) },
			Packet: func(_ time.Time, p Packet) { log = append(log, fmt.Sprintf("packet %s", p.Octets)) },
			Applied: func(_ time.Time, a sadb.Action, err error) {
				log = append(log, fmt.Sprintf("add %d: %v", a.(sadb.Add).SA.SPI, err))
			},
		})
		d.Do(ike.Initiate{})
		if in, err := peer.Receive(); err != nil || string(in.(ike.Datagram).Octets) != "x" {
			t.Errorf("peer receives %v, %v", in, err)
		}
		end()
		want := "one; add 1: <nil>; add 2: the SA exists already; packet x; two; sa 7 done 1: the SA exists already"
		if got := strings.Join(log, "; "); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

func TestResultsComeBackInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &scripted{answer: func(in ike.Input) []ike.Effect {
			if _, ok := in.(ike.Initiate); ok {
				return []ike.Effect{ike.SA{ID: 1}, ike.SA{ID: 2}, ike.SA{ID: 3}}
			}
			return nil
		}}
		d, _, end := run(t, Config{Engine: e})
		d.Do(ike.Initiate{})
		end()
		if got := strings.Join(e.got[1:], " "); got != "ike.SADone {1 0 <nil>} ike.SADone {2 0 <nil>} ike.SADone {3 0 <nil>}" {
			t.Errorf("engine got %s", got)
		}
	})
}

func TestWorkRunsBesideTheLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, answered := make(chan struct{}), make(chan struct{})
		e := &scripted{}
		e.answer = func(in ike.Input) []ike.Effect {
			switch in := in.(type) {
			case ike.Initiate:
				var all []ike.Effect
				for id := range ike.WorkID(20) {
					all = append(all, ike.Work{ID: id, Do: func() error { <-first; return fmt.Errorf("result %d", id) }})
				}
				return all
			case ike.Datagram:
				close(answered) // though every helper is busy
			case ike.WorkDone:
				if in.Err.Error() != fmt.Sprintf("result %d", in.ID) {
					t.Errorf("work %d brings %v", in.ID, in.Err)
				}
			}
			return nil
		}
		d, peer, end := run(t, Config{Engine: e, Helpers: 2})
		d.Do(ike.Initiate{})
		if err := peer.Send(there, here, []byte("in between")); err != nil {
			t.Error(err)
		}
		<-answered
		close(first)
		synctest.Wait()
		end()
		if n := len(e.got); n != 22 {
			t.Errorf("%d inputs: %q", n, e.got)
		}
	})
}

func TestDeadlinesBecomeTicks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		next := start.Add(10 * time.Second)
		var ticks []time.Duration
		var told []string
		e := &scripted{deadline: func() (time.Time, string, bool) { return next, "resend", !next.IsZero() }}
		e.answer = func(in ike.Input) []ike.Effect {
			if _, ok := in.(ike.Tick); ok {
				ticks = append(ticks, time.Since(start))
				if next = next.Add(20 * time.Second); len(ticks) == 2 {
					next = time.Time{}
				}
			}
			return nil
		}
		_, _, end := run(t, Config{Engine: e, Deadline: func(at time.Time, why string) {
			told = append(told, fmt.Sprintf("%s at %v", why, at.Sub(start)))
		}})
		<-time.After(time.Hour)
		end()
		if fmt.Sprint(ticks) != "[10s 30s]" || fmt.Sprint(told) != "[resend at 10s resend at 30s]" {
			t.Errorf("ticks %v, told %v", ticks, told)
		}
	})
}

func TestRequestsAndExpiriesOfTheDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		driver := &table{events: make(chan sadb.Event)}
		e := &scripted{answer: func(ike.Input) []ike.Effect { return nil }}
		_, _, end := run(t, Config{Engine: e, Driver: driver, Request: func(_ time.Time, a sadb.Acquire) []ike.Input {
			return []ike.Input{ike.Initiate{ReqID: a.Template.ReqID}}
		}})
		driver.events <- sadb.Acquire{Template: sadb.Template{ReqID: 5}}
		driver.events <- sadb.Expire{SA: sadb.SA{SPI: 9}, Hard: true}
		end()
		if len(e.got) != 2 || !strings.HasPrefix(e.got[0], "ike.Initiate") || !strings.HasPrefix(e.got[1], "ike.Expire hard expire") {
			t.Errorf("engine got %q", e.got)
		}
	})
}

// A key engine that another process runs may end: then so does the daemon, and says goodbye.
func TestDatabaseThatGoes(t *testing.T) {
	driver := &table{events: make(chan sadb.Event)}
	e := &scripted{answer: func(ike.Input) []ike.Effect { return nil }}
	var net Memory
	sockets, err := net.Open(here)
	if err != nil {
		t.Fatal(err)
	}
	d := New(Config{Engine: e, Driver: driver, Sockets: sockets})
	close(driver.events)
	if err := d.Run(t.Context()); !errors.Is(err, errNoDatabase) {
		t.Errorf("Run: %v", err)
	}
	if len(e.got) != 1 || !strings.HasPrefix(e.got[0], "ike.Terminate") {
		t.Errorf("engine got %q", e.got)
	}
}

func TestAFailingSendIsUnreachable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &scripted{answer: func(in ike.Input) []ike.Effect {
			if _, ok := in.(ike.Initiate); ok {
				return []ike.Effect{ike.Send{Local: here, Remote: netip.MustParseAddrPort("10.0.0.3:500")}}
			}
			return nil
		}}
		var failed error
		d, _, end := run(t, Config{Engine: e, Packet: func(_ time.Time, p Packet) { failed = p.Err }})
		d.Do(ike.Initiate{})
		end()
		if len(e.got) != 2 || e.got[1] != "Unreachable nobody has that address" || failed == nil {
			t.Errorf("engine got %q, packet %v", e.got, failed)
		}
	})
}

func TestTheEndOfTheContextSaysGoodbye(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var net Memory
		sockets, _ := net.Open(here)
		peer, _ := net.Open(there)
		e := &scripted{answer: func(in ike.Input) []ike.Effect {
			if in == (ike.Terminate{}) {
				return []ike.Effect{ike.Send{Local: here, Remote: there, Octets: []byte("bye")}}
			}
			return nil
		}}
		ctx, cancel := context.WithCancel(t.Context())
		d := New(Config{Engine: e, Driver: &table{}, Sockets: sockets})
		done := make(chan error)
		go func() { done <- d.Run(ctx) }()
		synctest.Wait()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if in, err := peer.Receive(); err != nil || string(in.(ike.Datagram).Octets) != "bye" {
			t.Errorf("peer receives %v, %v", in, err)
		}
		if err := peer.Send(there, here, nil); err == nil {
			t.Error("the sockets are still open")
		}
		d.Do(ike.Tick{}) // does nothing
	})
}

func TestSocketsThatEndEndTheDaemon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var net Memory
		sockets, _ := net.Open(here)
		e := &scripted{answer: func(ike.Input) []ike.Effect { return nil }}
		d := New(Config{Engine: e, Driver: &table{}, Sockets: sockets})
		done := make(chan error)
		go func() { done <- d.Run(t.Context()) }()
		sockets.Close()
		if err := <-done; err == nil || len(e.got) != 1 || !strings.HasPrefix(e.got[0], "ike.Terminate") {
			t.Errorf("error %v, engine got %q", err, e.got)
		}
	})
}

func TestDoFromWithinTheLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d *Daemon
		e := &scripted{answer: func(in ike.Input) []ike.Effect {
			if _, ok := in.(ike.Initiate); ok {
				return []ike.Effect{note("up")}
			}
			return nil
		}}
		d, _, _ = run(t, Config{Engine: e, Log: func(time.Time, ike.Event) { d.Stop(ike.Terminate{Silent: true}) }})
		d.Do(ike.Initiate{})
		<-d.Ended()
		if len(e.got) != 2 || e.got[1] != "ike.Terminate {<nil> true}" {
			t.Errorf("engine got %q", e.got)
		}
	})
}

func TestMemoryRefusesWhatAKernelRefuses(t *testing.T) {
	var net Memory
	a, _ := net.Open(here)
	if _, err := net.Open(here); err == nil {
		t.Error("an address is opened twice")
	}
	if err := a.Send(there, here, nil); err == nil {
		t.Error("sent from an address of another")
	}
	a.Close()
	a.Close()
	if _, err := a.Receive(); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("received after Close: %v", err)
	}
	if _, err := net.Open(here); err != nil {
		t.Error(err)
	}
}

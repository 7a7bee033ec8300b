package plutoplus

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ikewit/impl/daemon"
	"ikewit/impl/ike"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/isakmp"
)

var (
	alice     = netip.MustParseAddr("10.0.0.1")
	aliceIKE  = netip.MustParseAddrPort("10.0.0.1:500")
	bobIKE    = netip.MustParseAddrPort("10.0.0.2:500")
	strangers = netip.MustParseAddrPort("10.0.0.3:500")
)

// An engine of a script answers each input as it is told to.
type script struct {
	answer func(in ike.Input) []ike.Effect
	ended  *ike.Terminate
}

func (s *script) Step(_ time.Time, in ike.Input) []ike.Effect {
	if t, ok := in.(ike.Terminate); ok {
		s.ended = &t
	}
	if s.answer == nil {
		return nil
	}
	return s.answer(in)
}

func (s *script) Deadline() (time.Time, string, bool) { return time.Time{}, "", false }

// A shelf is a driver that holds what it is given.
type shelf struct {
	sas    []sadb.SA
	events chan sadb.Event
	closed bool
}

func (d *shelf) Name() string                     { return "none" }
func (d *shelf) Supports(*sadb.SA) error          { return nil }
func (d *shelf) Get(sadb.ID) (sadb.SA, error)     { return sadb.SA{}, sadb.ErrNotFound }
func (d *shelf) SAs() ([]sadb.SA, error)          { return d.sas, nil }
func (d *shelf) Policies() ([]sadb.Policy, error) { return nil, nil }
func (d *shelf) Events() <-chan sadb.Event        { return d.events }
func (d *shelf) Close() error                     { d.closed = true; return nil }
func (d *shelf) Apply(a sadb.Action) error {
	if add, ok := a.(sadb.Add); ok {
		d.sas = append(d.sas, add.SA)
	}
	return nil
}

// A stage is a program on a network in memory, with bob at the other end.
type stage struct {
	*Program
	net      *daemon.Memory
	engine   *script
	shelf    *shelf
	bob      daemon.Sockets
	out, err bytes.Buffer
}

// newStage makes a program of a command line, at 10.0.0.1.
func newStage(t *testing.T, args string, answer func(in ike.Input) []ike.Effect) *stage {
	t.Helper()
	o, _, err := Parse(words(args))
	if err != nil {
		t.Fatal(err)
	}
	ends, err := o.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	net := &daemon.Memory{}
	sockets, _ := net.Open(aliceIKE)
	s := &stage{net: net, engine: &script{answer: answer}, shelf: &shelf{events: make(chan sadb.Event)}}
	s.bob, _ = net.Open(bobIKE)
	s.Program = &Program{
		options: o, ends: ends, driver: s.shelf, ours: s.shelf,
		out:    &output{&Streams{Out: &s.out, Err: &s.err}, o.Mode, o.Show},
		source: func(netip.Addr) (netip.Addr, error) { return alice, nil },
	}
	s.assemble(s.engine, sockets, nil)
	return s
}

func with(remote netip.AddrPort) ike.Exchange {
	return ike.Exchange{Local: aliceIKE, Remote: remote, Initiator: true}
}

func TestWITEndsByWhatHappens(t *testing.T) {
	refusal := &ike.Refusal{Notify: 14, Check: "proposal", Err: fmt.Errorf("nothing fits")}
	up := ike.Phase2Up{Exchange: with(bobIKE)}
	named := with(bobIKE)
	named.Conn = "peer"
	for _, row := range []struct {
		name   string
		args   string
		events []ike.Effect // when the run starts, or when the peer's first datagram comes
		status int
		last   string
		after  time.Duration
		silent bool
	}{
		{"success as initiator: lingers", "-i", []ike.Effect{up}, 0, "WIT: SUCCESS", 5 * time.Second, true},
		{"success as initiator: lingers no longer than --timeout", "-i --timeout 2", []ike.Effect{up}, 0, "WIT: SUCCESS", 2 * time.Second, true},
		{"success as responder", "", []ike.Effect{up}, 0, "WIT: SUCCESS", 0, true},
		{"hold", "-i --hold=3", []ike.Effect{up}, 0, "WIT: SUCCESS", 3 * time.Second, true},
		{"the peer takes it back", "-i", []ike.Effect{up, ike.Notified{Exchange: with(bobIKE), Type: 23, Name: "INVALID-HASH-INFORMATION"}},
			2, "WIT: FAILED: peer notifies INVALID-HASH-INFORMATION (23), in clear", 0, false},
		{"our refusal", "", []ike.Effect{ike.Refused{Exchange: with(bobIKE), Message: "MI1", Refusal: refusal, Ends: true}},
			2, "WIT: FAILED: refused MI1: nothing fits (check proposal)", 0, false},
		{"a refusal that ends nothing", "", []ike.Effect{ike.Refused{Exchange: with(bobIKE), Message: "MI1", Refusal: refusal}},
			3, "WIT: TIMEOUT", 60 * time.Second, false},
		{"a refusal within the negotiation that the peer is told of", "", []ike.Effect{ike.Refused{Exchange: named, Message: "MI3", Refusal: refusal, Notified: true}},
			2, "WIT: FAILED: refused MI3: nothing fits (check proposal); peer notified", 0, false},
		{"a refusal of what belongs to nothing", "", []ike.Effect{ike.Refused{Exchange: with(bobIKE), Message: "INFO", Refusal: refusal, Notified: true}},
			3, "WIT: TIMEOUT", 60 * time.Second, false},
		{"a refusal of a stranger", "", []ike.Effect{ike.Refused{Exchange: with(strangers), Message: "MI1", Refusal: refusal, Ends: true}},
			3, "WIT: TIMEOUT", 60 * time.Second, false},
		{"an error notified by the peer", "-i", []ike.Effect{ike.Notified{Exchange: with(bobIKE), Type: uint16(isakmp.NoProposalChosen), Name: "NO-PROPOSAL-CHOSEN"}},
			2, "WIT: FAILED: peer notifies NO-PROPOSAL-CHOSEN (14), in clear", 0, false},
		{"a status notified by the peer", "-i", []ike.Effect{ike.Notified{Exchange: with(bobIKE), Type: 24578, Name: "INITIAL-CONTACT"}},
			3, "WIT: TIMEOUT", 60 * time.Second, false},
		{"an error notified by a stranger", "-i", []ike.Effect{ike.Notified{Exchange: with(strangers), Type: 14, Name: "NO-PROPOSAL-CHOSEN"}},
			3, "WIT: TIMEOUT", 60 * time.Second, false},
		{"failed", "-i", []ike.Effect{ike.Failed{Exchange: with(bobIKE), Phase: 1, Reason: "no answer"}},
			2, "WIT: FAILED: phase 1 failed: no answer", 0, false},
		{"deleted by the peer", "-i", []ike.Effect{ike.Gone{Exchange: with(bobIKE), SA: "ISAKMP SA", Reason: "deleted by the peer"}},
			2, "WIT: FAILED: ISAKMP SA deleted by the peer", 0, false},
		{"silence", "--timeout 7", nil, 3, "WIT: TIMEOUT", 7 * time.Second, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, "--wit -d 10.0.0.2 "+row.args, func(in ike.Input) []ike.Effect {
					switch in.(type) {
					case ike.Initiate, ike.Datagram:
						return row.events
					}
					return nil
				})
				if !s.options.Initiate && row.events != nil {
					s.bob.Send(bobIKE, aliceIKE, []byte("hello"))
				}
				start := time.Now()
				status := s.Run(t.Context())
				if took := time.Since(start); status != row.status || took != row.after {
					t.Errorf("status %d after %v, want %d after %v", status, took, row.status, row.after)
				}
				lines := strings.Split(strings.TrimSpace(s.out.String()), "\n")
				if lines[len(lines)-1] != row.last || strings.Count(s.out.String(), "WIT:") != 1 {
					t.Errorf("stdout %q, want %q as its last line", s.out.String(), row.last)
				}
				if s.engine.ended == nil || s.engine.ended.Silent != row.silent || !s.shelf.closed {
					t.Errorf("ended with %+v, driver closed: %t", s.engine.ended, s.shelf.closed)
				}
				if row.status == StatusSilence && !strings.Contains(s.err.String(), fmt.Sprintf("timeout: no message from 10.0.0.2 for %d seconds\n", row.after/time.Second)) {
					t.Errorf("stderr %q", s.err.String())
				}
			})
		})
	}
}

func TestSilenceRestartsWithEveryDatagramOfThePeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, "--wit -d 10.0.0.2 --timeout 10", nil)
		go func() {
			for range 3 {
				<-time.After(8 * time.Second)
				s.bob.Send(bobIKE, aliceIKE, []byte("nonsense"))
			}
		}()
		start := time.Now()
		if status := s.Run(t.Context()); status != StatusSilence || time.Since(start) != 34*time.Second {
			t.Errorf("status %d after %v", status, time.Since(start))
		}
	})
}

func TestSilenceDoesNotRestartWithOthersNorWithOurOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, "--wit -d 10.0.0.2 --timeout 10", func(in ike.Input) []ike.Effect {
			if _, ok := in.(ike.Datagram); ok {
				return []ike.Effect{ike.Send{Local: aliceIKE, Remote: bobIKE, Octets: []byte("answer")}}
			}
			return nil
		})
		stranger, err := s.net.Open(strangers)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			<-time.After(8 * time.Second)
			stranger.Send(strangers, aliceIKE, []byte("nonsense"))
		}()
		start := time.Now()
		if status := s.Run(t.Context()); status != StatusSilence || time.Since(start) != 10*time.Second {
			t.Errorf("status %d after %v", status, time.Since(start))
		}
	})
}

func TestASignalEndsTheRun(t *testing.T) {
	for _, row := range []struct {
		args   string
		up     bool
		status int
		last   string
	}{
		{"--wit -d 10.0.0.2", false, 128 + 15, "WIT: FAILED: interrupted by SIGTERM\n"},
		{"--wit -i -d 10.0.0.2 --hold", true, 0, "WIT: SUCCESS\n"},
		{"--wit -i -d 10.0.0.2", true, 0, "WIT: SUCCESS\n"},
		{"--debug", false, 0, "IPsec SAs: 0\n"},
		{"--debug -i -d 10.0.0.2", true, 0, "IPsec SAs: 0\n"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t, row.args, func(in ike.Input) []ike.Effect {
				if _, ok := in.(ike.Initiate); ok && row.up {
					return []ike.Effect{ike.Phase2Up{Exchange: with(bobIKE)}}
				}
				return nil
			})
			ctx, cancel := context.WithCancelCause(t.Context())
			done := make(chan int)
			go func() { done <- s.Run(ctx) }()
			synctest.Wait()
			cancel(Interrupted{15, "SIGTERM"})
			if status := <-done; status != row.status || !strings.HasSuffix(s.out.String(), row.last) {
				t.Errorf("%s: status %d, stdout %q", row.args, status, s.out.String())
			}
			if s.engine.ended == nil || s.engine.ended.Silent != (row.up && s.options.Mode == WIT) {
				t.Errorf("%s: ended with %+v", row.args, s.engine.ended)
			}
		})
	}
}

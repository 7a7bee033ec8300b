package load

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"ikewit/impl/conn"
	"ikewit/impl/engine"
	"ikewit/impl/engine/enginetest"
	"ikewit/impl/host"
	"ikewit/impl/ike"
)

var there = netip.MustParseAddr("192.0.2.2")

// A memoryWire is sockets that lead to an engine: what is sent is answered after a delay, unless lose says that it is
// lost.
type memoryWire struct {
	engine   *engine.Engine
	delay    time.Duration
	lose     func(sent int) bool
	refuse   error         // what Write says
	bounce   error         // comes back for each that is sent
	slow     time.Duration // what Read takes before it looks; a deadline that has passed by then ends it
	sent     []host.Datagram
	arriving []arrival
	deadline time.Time
}

type arrival struct {
	at time.Time
	d  host.Datagram
}

func (w *memoryWire) SetReadDeadline(t time.Time) error { w.deadline = t; return nil }

func (w *memoryWire) Write(batch []host.Datagram) (int, error) {
	if w.refuse != nil {
		return 0, fmt.Errorf("send: %w", w.refuse)
	}
	for _, d := range batch {
		w.sent = append(w.sent, d)
		if w.bounce != nil {
			w.arriving = append(w.arriving, arrival{time.Now(), host.Datagram{Local: d.Local, Remote: d.Remote, Octets: d.Octets, Err: w.bounce}})
		}
		if w.lose != nil && w.lose(len(w.sent)) {
			continue
		}
		w.step(ike.Datagram{Local: d.Remote, Remote: d.Local, Octets: d.Octets})
	}
	return len(batch), nil
}

func (w *memoryWire) step(in ike.Input) {
	if w.engine == nil {
		return
	}
	for _, effect := range w.engine.Step(time.Now(), in) {
		switch x := effect.(type) {
		case ike.Send:
			w.arriving = append(w.arriving, arrival{time.Now().Add(w.delay), host.Datagram{Local: x.Remote, Remote: x.Local, Octets: x.Octets}})
		case ike.Work:
			w.step(ike.WorkDone{ID: x.ID, Err: x.Do()})
		case ike.SA:
			w.step(ike.SADone{ID: x.ID, Done: len(x.Actions)})
		}
	}
}

func (w *memoryWire) Read(batch []host.Datagram) (int, error) {
	if <-time.After(w.slow); !w.deadline.After(time.Now()) {
		return 0, os.ErrDeadlineExceeded
	}
	if w.engine != nil {
		if at, _, ok := w.engine.Deadline(); ok && !at.After(time.Now()) {
			w.step(ike.Tick{})
		}
	}
	if len(w.arriving) == 0 || w.arriving[0].at.After(w.deadline) {
		<-time.After(time.Until(w.deadline))
		return 0, os.ErrDeadlineExceeded
	}
	<-time.After(time.Until(w.arriving[0].at))
	n := 0
	for n < len(batch) && len(w.arriving) > 0 && !w.arriving[0].at.After(time.Now()) {
		d := w.arriving[0].d
		batch[n] = host.Datagram{Local: d.Local, Remote: d.Remote, Octets: append(batch[n].Octets[:0], d.Octets...), Err: d.Err}
		w.arriving = w.arriving[1:]
		n++
	}
	return n, nil
}

// wired makes a generator and the responder it talks to.
func wired(t *testing.T) (*Generator, *memoryWire) {
	t.Helper()
	p := Policy{IKE: "aes128-sha1-modp768", ESP: "aes128-sha1"}
	offer, err := p.initiator(netip.Addr{}, there)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := p.responder(there)
	if err != nil {
		t.Fatal(err)
	}
	secrets := enginetest.PSK("x")
	w := &memoryWire{delay: time.Millisecond, engine: engine.New(engine.Config{
		Connections: conn.List{answer}, Secrets: secrets, Entropy: newEntropy(2, 0),
	})}
	o := Options{Addresses: 50}
	return &Generator{Sockets: w, Offer: offer, From: o.addresses(netip.Addr{}), Secrets: secrets, Seed: 1}, w
}

// run lets a generator run in a bubble of time.
func generate(t *testing.T, prepare func(*Generator, *memoryWire), p Pace) (tally *Tally, w *memoryWire) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var g *Generator
		g, w = wired(t)
		if prepare != nil {
			prepare(g, w)
		}
		var err error
		if tally, err = g.Run(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	})
	return tally, w
}

func TestCountEndsARun(t *testing.T) {
	tally, w := generate(t, nil, Pace{InFlight: 7, Count: 60})
	if tally.Begun != 60 || tally.Established != 60 || tally.Failed != 0 || tally.Sent != 60*5 || tally.Received != 60*4 || tally.SentAgain != 0 {
		t.Errorf("%+v", tally)
	}
	addresses := map[netip.Addr]bool{}
	for _, d := range w.sent {
		addresses[d.Local.Addr()] = true
	}
	if len(addresses) != 50 {
		t.Errorf("%d addresses", len(addresses))
	}
	if q := tally.Quantile(0.5); q < 4*time.Millisecond || q > 5*time.Millisecond {
		t.Errorf("latency %v; four answers take a millisecond each", q)
	}
}

func TestNeverMoreInFlightThanAsked(t *testing.T) {
	most := 0
	generate(t, func(g *Generator, w *memoryWire) {
		w.delay = time.Second // so that every step of all is seen
		g.Progress = func(p Progress) { most = max(most, p.InFlight) }
		g.Limits = ike.Limits{Resend: []time.Duration{time.Minute}, GiveUp: time.Minute}
	}, Pace{InFlight: 9, Count: 40})
	if most != 9 {
		t.Errorf("%d were in flight", most)
	}
}

func TestRateIsKept(t *testing.T) {
	tally, _ := generate(t, nil, Pace{InFlight: 100, Rate: 40, Duration: 3 * time.Second})
	if tally.Begun != 120 || tally.Established != 120 || tally.HeldBack || tally.Elapsed > 3200*time.Millisecond {
		t.Errorf("%d begun, %d established in %v, held back %v", tally.Begun, tally.Established, tally.Elapsed, tally.HeldBack)
	}
	tally, _ = generate(t, func(_ *Generator, w *memoryWire) { w.delay = 100 * time.Millisecond }, Pace{InFlight: 4, Rate: 40, Duration: 3 * time.Second})
	if tally.Begun >= 120 || !tally.HeldBack {
		t.Errorf("four in flight of 0.4 s each are %d in 3 s; held back %v", tally.Begun, tally.HeldBack)
	}
}

// Flights to be begun all the time must not keep those under way from going on.
func TestBeginningDoesNotStarveReading(t *testing.T) {
	tally, _ := generate(t, func(_ *Generator, w *memoryWire) { w.slow = 10 * time.Microsecond },
		Pace{InFlight: 10_000, Rate: 200_000, Duration: 5 * time.Millisecond})
	if q := tally.Quantile(0.99); tally.Established < 900 || q > 6*time.Millisecond {
		t.Errorf("%d established, 99 %% of them within %v", tally.Established, q)
	}
}

func TestSilenceFailsWithItsReason(t *testing.T) {
	tally, _ := generate(t, func(_ *Generator, w *memoryWire) { w.engine = nil }, Pace{InFlight: 5, Count: 5})
	if tally.Failures["phase 1: no answer from the peer"] != 5 || tally.SentAgain != 5*3 || tally.Elapsed > 5*time.Second {
		t.Errorf("%+v", tally)
	}
}

func TestOtherSecretsFailWithTheirReason(t *testing.T) {
	tally, _ := generate(t, func(g *Generator, _ *memoryWire) { g.Secrets = enginetest.PSK("y") }, Pace{InFlight: 5, Count: 5})
	if tally.Failed != 5 || len(tally.Failures) != 1 || tally.Established != 0 {
		t.Errorf("%+v", tally)
	}
}

func TestNewsOfTheNetworkIsInTheReason(t *testing.T) {
	tally, _ := generate(t, func(_ *Generator, w *memoryWire) { w.refuse = errors.New("the network is down") }, Pace{InFlight: 1, Count: 1})
	if tally.NotSent != 4 || tally.Failures["phase 1: no answer from the peer (the network is down)"] != 1 {
		t.Errorf("%+v", tally)
	}
}

func TestARefusalByTheNetworkIsInTheReason(t *testing.T) {
	tally, _ := generate(t, func(_ *Generator, w *memoryWire) {
		w.engine, w.bounce = nil, &host.Refused{Errno: unix.ECONNREFUSED}
	}, Pace{InFlight: 1, Count: 1})
	if want := "phase 1: no answer from the peer (refused by this host: connection refused)"; tally.Failures[want] != 1 || tally.Received != 0 {
		t.Errorf("%+v", tally)
	}
}

// Each message of a negotiation is lost once, then the next time it is not.
func TestLostMessagesAreSentAgain(t *testing.T) {
	for n := 1; n <= 5; n++ {
		lost := false
		tally, w := generate(t, func(_ *Generator, w *memoryWire) {
			w.lose = func(sent int) bool {
				mine := sent == n && !lost
				lost = lost || mine
				return mine
			}
		}, Pace{InFlight: 1, Count: 1})
		if !lost || tally.Established != 1 {
			t.Errorf("message %d: lost %v, %+v", n, lost, tally)
		}
		if n < 5 && tally.SentAgain != 1 {
			t.Errorf("message %d: sent %d times again", n, tally.SentAgain)
		}
		_ = w
	}
}

// A flight that is over still answers a responder whose last message was lost on the way: it asks again after 10 s.
func TestTheLastMessageIsRepeated(t *testing.T) {
	tally, w := generate(t, func(_ *Generator, w *memoryWire) {
		w.lose = func(sent int) bool { return sent == 5 } // QI2 of the first
	}, Pace{InFlight: 1, Rate: 1, Duration: 12 * time.Second})
	if tally.Established != 12 || tally.SentAgain != 1 || tally.Strays != 0 {
		t.Errorf("%+v", tally)
	}
	if again := len(w.sent) - 12*5; again != 1 {
		t.Errorf("%d datagrams more than those of 12 negotiations", again)
	}
}

func TestTheEndOfTheContextEndsARun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	g, _ := wired(t)
	tally, err := g.Run(ctx, Pace{InFlight: 1, Duration: time.Hour})
	if err != nil || !tally.Interrupted || tally.Begun != 0 {
		t.Errorf("%+v, %v", tally, err)
	}
}

func TestTheSameSeedDrawsTheSame(t *testing.T) {
	octets := func(seed uint64) (all []string) {
		_, w := generate(t, func(g *Generator, _ *memoryWire) { g.Seed = seed }, Pace{InFlight: 1, Count: 3})
		for _, d := range w.sent {
			all = append(all, string(d.Octets))
		}
		return all
	}
	one, two, other := octets(7), octets(7), octets(8)
	if !slices.Equal(one, two) || slices.Equal(one, other) || one[0] == one[5] {
		t.Error("draws do not follow from the seed and the number of the flight")
	}
}

func TestTwoRunsDrawDifferently(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, w := wired(t)
		for range 2 {
			if _, err := g.Run(t.Context(), Pace{InFlight: 1, Count: 1}); err != nil {
				t.Fatal(err)
			}
		}
		if string(w.sent[0].Octets[:8]) == string(w.sent[5].Octets[:8]) {
			t.Error("the second run has the cookie of the first")
		}
	})
}

func TestStraysAreCounted(t *testing.T) {
	tally, _ := generate(t, func(_ *Generator, w *memoryWire) {
		w.arriving = []arrival{{time.Now(), host.Datagram{Octets: []byte("what")}}, {time.Now(), host.Datagram{Octets: make([]byte, 28)}}}
	}, Pace{InFlight: 1, Count: 1})
	if tally.Strays != 2 || tally.Established != 1 {
		t.Errorf("%+v", tally)
	}
}

func TestReasonsAreBounded(t *testing.T) {
	tally := Tally{Failures: map[string]int{}}
	for i := range 1000 {
		tally.failed(fmt.Sprint("reason ", i))
	}
	if len(tally.Failures) != maxReasons+1 || tally.Failures["other reasons"] != 1000-maxReasons {
		t.Errorf("%d reasons", len(tally.Failures))
	}
}

func TestQuantilesAreThoseOfASortedList(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var h histogram
	var list []time.Duration
	for range 5000 {
		d := time.Duration(random.ExpFloat64() * float64(20*time.Millisecond))
		h.add(d)
		list = append(list, d)
	}
	slices.Sort(list)
	for _, part := range []float64{0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1} {
		want := list[int(float64(len(list))*part+0.999999)-1]
		if got := h.quantile(part); got < want || float64(got) > 1.0101*float64(max(want, shortest)) {
			t.Errorf("quantile %v: %v, want %v", part, got, want)
		}
	}
	if h.min != list[0] || h.max != list[len(list)-1] || h.quantile(1) != h.max {
		t.Errorf("min %v, max %v", h.min, h.max)
	}
	var one histogram
	if one.quantile(0.5) != 0 || one.mean() != 0 {
		t.Error("an empty histogram has quantiles")
	}
	one.add(time.Hour)
	if one.quantile(0.5) != time.Hour || one.mean() != time.Hour {
		t.Errorf("of one: %v", one.quantile(0.5))
	}
}

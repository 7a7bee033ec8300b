package ike

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"ikewit/impl/sadb"
)

func TestWorkComesBackOnce(t *testing.T) {
	var c Core
	c.Begin(epoch)
	n := 0
	var got error
	c.Work(func() error { return errors.New("done") }, func(err error) { n, got = n+1, err })
	effects := c.End()
	w, ok := effects[0].(Work)
	if !ok || c.Waiting() != 1 || len(c.End()) != 0 {
		t.Fatalf("effects %v, waiting %d", effects, c.Waiting())
	}
	done := WorkDone{ID: w.ID, Err: w.Do()}
	c.WorkDone(done)
	c.WorkDone(done)
	c.WorkDone(WorkDone{ID: 99})
	if n != 1 || got == nil || got.Error() != "done" || c.Waiting() != 0 {
		t.Errorf("came back %d times with %v, waiting %d", n, got, c.Waiting())
	}
}

func TestActionsComeBackOnce(t *testing.T) {
	var c Core
	n := 0
	c.Apply([]sadb.Action{sadb.Flush{}}, func(done int, err error) { n += 10 + done })
	a := c.End()[0].(SA)
	c.SADone(SADone{ID: a.ID, Done: 1})
	c.SADone(SADone{ID: a.ID, Done: 1})
	if n != 11 || c.Waiting() != 0 {
		t.Errorf("came back with %d, waiting %d", n, c.Waiting())
	}
}

func TestBrokenAsksTheSeamAndCounts(t *testing.T) {
	var v Coverage
	c := Core{Coverage: &v, Skip: func(c Check) bool { return c == "left out" }}
	for _, row := range []struct {
		check        Check
		failed, want bool
	}{{"a", false, false}, {"a", true, true}, {"left out", true, false}, {"left out", false, false}} {
		if got := c.Broken(row.check, row.failed); got != row.want {
			t.Errorf("check %s failed %t: broken %t", row.check, row.failed, got)
		}
	}
	if v.Of("a") != (Count{2, 1}) || v.Of("left out") != (Count{2, 1}) || v.Of("never") != (Count{}) {
		t.Errorf("counts %+v", v)
	}
	if !new(Core).Broken("a", true) {
		t.Error("without a seam a failure counts")
	}
}

func TestLimiter(t *testing.T) {
	var l Limiter
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	for _, row := range []struct {
		after time.Duration
		peer  netip.Addr
		want  bool
	}{{0, a, true}, {0, a, false}, {0, b, true}, {999 * time.Millisecond, a, false}, {time.Second, a, true}, {1500 * time.Millisecond, b, true}, {1500 * time.Millisecond, a, false}} {
		if got := l.Allow(epoch.Add(row.after), row.peer, time.Second); got != row.want {
			t.Errorf("%v at %v: %t", row.peer, row.after, got)
		}
	}
	// A flood from everywhere takes no more room than there is.
	allowed := 0
	for i := range 100000 {
		if l.Allow(epoch.Add(time.Minute), netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), time.Second) {
			allowed++
		}
	}
	if allowed > limiterPlaces || len(l.next) != limiterPlaces {
		t.Errorf("%d allowed in %d places", allowed, len(l.next))
	}
}

func TestLimitsHaveDefaults(t *testing.T) {
	l := Limits{}.WithDefaults()
	if l.Patience() != 70*time.Second || l.HalfOpen != 1000 || l.HalfOpenLife != 70*time.Second || l.Exponent != 0 {
		t.Errorf("%+v, patience %v", l, l.Patience())
	}
	own := Limits{Resend: []time.Duration{time.Second}, GiveUp: 2 * time.Second, HalfOpen: 3, HalfOpenLife: 4, Exponent: 5}
	if got := own.WithDefaults(); got.Patience() != 3*time.Second || got.HalfOpen != 3 || got.HalfOpenLife != 4 || got.Exponent != 5 {
		t.Errorf("%+v", got)
	}
}

// count is an Entropy of octets that rise.
type count struct{ n byte }

func (c *count) Fill(_ string, p []byte) {
	for i := range p {
		c.n++
		p[i] = c.n
	}
}

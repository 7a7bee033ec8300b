package sadbtest

import (
	"testing"
	"time"

	"ikewit/impl/sadb"
)

// lifetimes: the soft limit is told and the SA goes on; the hard one ends it (RFC 2367 section 3.1.8).
func (s *suite) lifetimes(t *testing.T) {
	if s.NoLifetimes {
		return
	}
	t.Parallel()
	d := s.start(t)
	sa := sample(0xb001)
	sa.Soft.Add, sa.Hard.Add = 50*time.Millisecond, 150*time.Millisecond
	if s.Whole {
		sa.Soft.Add, sa.Hard.Add = time.Second, 2*time.Second
	}
	start := time.Now()
	apply(t, d, sadb.Add{SA: sa})
	s.wantExpire(t, d, sa, false)
	if got := mustHold(t, d, sa); got.State != sadb.Dying {
		t.Errorf("after the soft limit the SA is %v", got.State)
	}
	s.wantExpire(t, d, sa, true)
	if took := time.Since(start); took < sa.Hard.Add-s.slack() || took > sa.Hard.Add+5*time.Second {
		t.Errorf("the hard limit of %v came after %v", sa.Hard.Add, took)
	}
	mustLack(t, d, sa.ID())
}

// hardOnly: a soft limit that is not before the hard one is never told.
func (s *suite) hardOnly(t *testing.T) {
	if s.NoLifetimes {
		return
	}
	t.Parallel()
	d := s.start(t)
	sa := sample(0xb101)
	sa.Soft.Add, sa.Hard.Add = 100*time.Millisecond, 100*time.Millisecond
	if s.Whole {
		sa.Soft.Add, sa.Hard.Add = 2*time.Second, time.Second
	}
	apply(t, d, sadb.Add{SA: sa})
	s.wantExpire(t, d, sa, true)
	mustLack(t, d, sa.ID())
}

// slack is how much too early a limit may come.
func (s *suite) slack() time.Duration {
	if s.Whole {
		return time.Second
	}
	return time.Millisecond
}

func (s *suite) wantExpire(t *testing.T, d sadb.Driver, sa sadb.SA, hard bool) {
	t.Helper()
	e, ok := next(t, d, 10*time.Second).(sadb.Expire)
	switch {
	case !ok || e.Hard != hard || e.SA.ID() != sa.ID():
		t.Fatalf("event is %v, want expiry of %v, hard %v", e, sa.ID(), hard)
	case len(e.SA.CipherKey) > 0 || len(e.SA.AuthKey) > 0:
		t.Error("the event holds keys")
	}
}

// slowReader: a hundred SAs end while nobody reads; each is told later, and none twice.
func (s *suite) slowReader(t *testing.T) {
	if s.NoLifetimes {
		return
	}
	t.Parallel()
	d := s.start(t)
	const n = 100
	missing := map[sadb.ID]bool{}
	for i := range uint32(n) {
		sa := sample(0xb200 + i)
		sa.Hard.Add = 10 * time.Millisecond
		if s.Whole {
			sa.Hard.Add = time.Second
		}
		missing[sa.ID()] = true
		apply(t, d, sadb.Add{SA: sa})
	}
	for len(missing) > 0 {
		e, ok := next(t, d, 10*time.Second).(sadb.Expire)
		if !ok || !e.Hard || !missing[e.SA.ID()] {
			t.Fatalf("unexpected event %v", e)
		}
		delete(missing, e.SA.ID())
	}
	if list := dump(t, d); len(list) != 0 {
		t.Errorf("%d SAs are left", len(list))
	}
}

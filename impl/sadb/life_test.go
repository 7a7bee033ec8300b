package sadb

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// IPS-PFK-30, IPS-PFK-31, IPS-LIFE-04: each kind of limit alone and together, soft before hard, hard alone
// when both come at once or the soft one is not before.
func TestLimits(t *testing.T) {
	type step struct {
		at    time.Duration
		usage Usage
		want  string
	}
	used := start.Add(10 * time.Second)
	for _, row := range []struct {
		name       string
		soft, hard Limits
		steps      []step
	}{
		{"none", Limits{}, Limits{}, []step{{1e6 * time.Hour, Usage{Octets: 1 << 60, Packets: 1 << 60, FirstUse: used}, "mature"}}},
		{"octets", Limits{Octets: 100}, Limits{Octets: 200}, []step{
			{1, Usage{Octets: 99}, "mature"}, {2, Usage{Octets: 100}, "soft"}, {3, Usage{Octets: 199}, "dying"}, {4, Usage{Octets: 200}, "hard"}}},
		{"packets", Limits{Packets: 10}, Limits{Packets: 20}, []step{
			{1, Usage{Packets: 9}, "mature"}, {2, Usage{Packets: 11}, "soft"}, {3, Usage{Packets: 12}, "dying"}, {4, Usage{Packets: 21}, "hard"}}},
		{"add", Limits{Add: time.Minute}, Limits{Add: time.Hour}, []step{
			{time.Minute - 1, Usage{}, "mature"}, {time.Minute, Usage{}, "soft"}, {time.Hour - 1, Usage{}, "dying"}, {time.Hour, Usage{}, "hard"}}},
		{"use", Limits{Use: time.Minute}, Limits{Use: time.Hour}, []step{
			{2 * time.Hour, Usage{}, "mature"}, {2 * time.Hour, Usage{FirstUse: start.Add(2 * time.Hour)}, "mature"},
			{2*time.Hour + time.Minute, Usage{}, "soft"}, {3 * time.Hour, Usage{}, "hard"}}},
		{"soft equals hard", Limits{Octets: 100}, Limits{Octets: 100}, []step{{1, Usage{Octets: 100}, "hard"}}},
		{"soft after hard", Limits{Octets: 300}, Limits{Octets: 100}, []step{{1, Usage{Octets: 99}, "mature"}, {2, Usage{Octets: 100}, "hard"}}},
		{"first of octets and time", Limits{}, Limits{Octets: 100, Add: time.Minute}, []step{{time.Minute, Usage{Octets: 1}, "hard"}}},
		{"first of time and octets", Limits{}, Limits{Octets: 100, Add: time.Minute}, []step{{time.Second, Usage{Octets: 101}, "hard"}}},
		{"soft octets, hard time", Limits{Octets: 5}, Limits{Add: time.Minute}, []step{{1, Usage{Octets: 7}, "soft"}, {time.Minute, Usage{Octets: 8}, "hard"}}},
	} {
		var table Table
		sa := sample(0x1000)
		sa.Soft, sa.Hard = row.soft, row.hard
		mustApply(t, &table, start, Add{sa})
		for i, s := range row.steps {
			now := start.Add(s.at)
			events := table.Used(now, sa.ID(), s.usage)
			events = append(events, table.Expire(now)...)
			if got := outcome(&table, sa.ID(), events); got != s.want {
				t.Errorf("%s, step %d: %s, want %s", row.name, i, got, s.want)
			}
		}
	}
}

// outcome says in a word what events and the state of the SA come to.
func outcome(table *Table, id ID, events []Event) string {
	sa, err := table.Get(id)
	switch {
	case len(events) > 1:
		return fmt.Sprint(events)
	case len(events) == 0 && err == nil:
		return sa.State.String()
	case len(events) == 1 && events[0].(Expire).Hard && err != nil:
		return "hard"
	case len(events) == 1 && !events[0].(Expire).Hard && err == nil && sa.State == Dying:
		return "soft"
	}
	return fmt.Sprint(events, sa.State, err)
}

func TestUpdateWithALaterSoftLimitTellsItAgain(t *testing.T) {
	var table Table
	sa := sample(0x1000)
	sa.Soft.Octets = 100
	mustApply(t, &table, start, Add{sa})
	if got := outcome(&table, sa.ID(), table.Used(start, sa.ID(), Usage{Octets: 150})); got != "soft" {
		t.Fatal(got)
	}
	sa.Soft.Octets = 200
	mustApply(t, &table, start, Update{sa})
	if got := outcome(&table, sa.ID(), table.Used(start, sa.ID(), Usage{Octets: 160})); got != "mature" {
		t.Error(got)
	}
	if got := outcome(&table, sa.ID(), table.Used(start, sa.ID(), Usage{Octets: 200})); got != "soft" {
		t.Error(got)
	}
}

func TestSpentEndsAnSA(t *testing.T) {
	var table Table
	sa := sample(0x1000)
	mustApply(t, &table, start, Add{sa})
	if got := outcome(&table, sa.ID(), table.Spent(sa.ID(), Usage{Seq: 1<<32 - 1})); got != "hard" {
		t.Error(got)
	}
	if events := table.Spent(sa.ID(), Usage{}); len(events) != 0 {
		t.Errorf("of an SA that is gone: %v", events)
	}
}

// The schedule against the obvious: of all SAs those whose time has come, in the order of their times.
func TestScheduleAgainstSortedList(t *testing.T) {
	const seed = 7
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	var table Table
	left := map[uint32]time.Duration{}
	now := start
	for round := range 400 {
		for range rnd.IntN(6) {
			sa := sample(256 + uint32(rnd.IntN(200)))
			sa.Hard.Add = time.Duration(1+rnd.IntN(500)) * time.Second
			action := Action(Add{sa})
			if _, err := table.Get(sa.ID()); err == nil {
				if action = (Action)(Delete{sa.ID()}); rnd.IntN(2) == 0 {
					sa.Hard.Add += now.Sub(start)
					action = Update{sa}
				}
			}
			mustApply(t, &table, now, action)
			switch got, err := table.Get(sa.ID()); {
			case err != nil:
				delete(left, sa.SPI)
			default:
				left[sa.SPI] = got.Current.Added.Add(got.Hard.Add).Sub(start)
			}
		}
		now = now.Add(time.Duration(rnd.IntN(20)) * time.Second)
		var want, got []time.Duration
		for spi, at := range left {
			if at <= now.Sub(start) {
				want = append(want, at)
				delete(left, spi)
			}
		}
		slices.Sort(want)
		for _, e := range table.Expire(now) {
			sa := e.(Expire).SA
			got = append(got, sa.Current.Added.Add(sa.Hard.Add).Sub(start))
		}
		if !slices.Equal(got, want) {
			t.Fatalf("round %d: ended %v, want %v", round, got, want)
		}
		if table.Len() != len(left) {
			t.Fatalf("round %d: %d SAs, want %d", round, table.Len(), len(left))
		}
	}
}

// SAs that are due together end in the order in which they came.
func TestTiesEndInOrder(t *testing.T) {
	var table Table
	for i := range uint32(50) {
		sa := sample(0x1000 + i*7%50)
		sa.Hard.Add = time.Minute
		mustApply(t, &table, start, Add{sa})
	}
	for i, e := range table.Expire(start.Add(time.Minute)) {
		if got, want := e.(Expire).SA.SPI, 0x1000+uint32(i)*7%50; got != want {
			t.Errorf("event %d is of %x, want %x", i, got, want)
		}
	}
}

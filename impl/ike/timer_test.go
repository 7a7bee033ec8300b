package ike

import (
	"math/rand"
	"slices"
	"testing"
	"time"
)

var epoch = time.Unix(0, 0)

// sleeper writes down which of its timers woke it.
type sleeper struct {
	name string
	log  *[]string
	then func()
}

func (s *sleeper) Wake(t *Timer) {
	*s.log = append(*s.log, s.name+"/"+t.Kind())
	if s.then != nil {
		s.then()
	}
}

func TestTimersComeInOrderOfTimeThenOfSetting(t *testing.T) {
	var c Core
	var log []string
	c.Begin(epoch)
	timers := make([]Timer, 5)
	for i, d := range []int{30, 10, 20, 10, 10} {
		c.Set(&timers[i], time.Duration(d)*time.Second, string(rune('a'+i)), &sleeper{"x", &log, nil})
	}
	c.Set(&timers[1], 10*time.Second, "again", &sleeper{"x", &log, nil}) // set anew: behind the others of its time
	c.Stop(&timers[3])
	c.Stop(&timers[3])
	if at, why, ok := c.Deadline(); !ok || why != "e" || !at.Equal(epoch.Add(10*time.Second)) {
		t.Errorf("deadline %v %q %v", at, why, ok)
	}
	c.Begin(epoch.Add(20 * time.Second))
	c.FireDue()
	if want := []string{"x/e", "x/again", "x/c"}; !slices.Equal(log, want) {
		t.Errorf("woken %v, want %v", log, want)
	}
	if timers[1].Running() || !timers[0].Running() {
		t.Error("a timer that has come is stopped, another is not")
	}
	c.Begin(epoch.Add(time.Minute))
	c.FireDue()
	if _, _, ok := c.Deadline(); ok || len(log) != 4 {
		t.Errorf("something is left: %v", log)
	}
}

func TestTimersSetWhileFiring(t *testing.T) {
	var c Core
	var log []string
	var first, second Timer
	late := &sleeper{"late", &log, nil}
	c.Begin(epoch)
	c.Set(&first, time.Second, "first", &sleeper{"early", &log, func() { c.Set(&second, 0, "second", late) }})
	c.Begin(epoch.Add(time.Second))
	c.FireDue()
	if want := []string{"early/first", "late/second"}; !slices.Equal(log, want) {
		t.Errorf("woken %v, want %v", log, want)
	}
}

// The heap against a sorted list, with many timers set, moved and stopped at random.
func TestTimersAgainstASortedList(t *testing.T) {
	r := rand.New(rand.NewSource(7))
	var c Core
	c.Begin(epoch)
	var log []string
	all := make([]Timer, 200)
	owner := &sleeper{"x", &log, nil}
	type due struct {
		at  time.Duration
		seq int
	}
	want := map[int]due{}
	for seq := range 5000 {
		i := r.Intn(len(all))
		if r.Intn(4) == 0 {
			c.Stop(&all[i])
			delete(want, i)
			continue
		}
		d := time.Duration(r.Intn(100)) * time.Second
		c.Set(&all[i], d, string(rune('!'+i)), owner)
		want[i] = due{d, seq}
	}
	var order []int
	for i := range want {
		order = append(order, i)
	}
	slices.SortFunc(order, func(a, b int) int {
		if d := want[a].at - want[b].at; d != 0 {
			return int(d)
		}
		return want[a].seq - want[b].seq
	})
	c.Begin(epoch.Add(time.Hour))
	c.FireDue()
	if len(log) != len(order) {
		t.Fatalf("%d timers came, want %d", len(log), len(order))
	}
	for i, which := range order {
		if log[i] != "x/"+string(rune('!'+which)) {
			t.Fatalf("timer %d is %s, want %d", i, log[i], which)
		}
	}
}

func TestDelaySeam(t *testing.T) {
	c := Core{Delay: func(kind string, d time.Duration) time.Duration {
		if kind == "life" {
			return 2 * d
		}
		return d
	}}
	c.Begin(epoch)
	var a, b Timer
	var log []string
	c.Set(&a, time.Second, "life", &sleeper{"x", &log, nil})
	c.Set(&b, time.Second, "other", &sleeper{"x", &log, nil})
	if a.At() != epoch.Add(2*time.Second) || b.At() != epoch.Add(time.Second) {
		t.Errorf("%v, %v", a.At(), b.At())
	}
}

package ike

import "time"

// A Timer is one moment that an engine waits for. It belongs to its owner's struct, so that setting it
// allocates nothing. The zero value is stopped.
type Timer struct {
	at    time.Time
	seq   uint64 // the order of setting; breaks ties
	place int    // 1 + index in the heap; 0: stopped
	kind  string
	owner Sleeper
}

// A Sleeper owns timers. Wake is called when one of them has come; by then it is stopped.
type Sleeper interface{ Wake(t *Timer) }

// Kind is what the timer is for: "retransmit", "half-open", "life" ...
func (t *Timer) Kind() string { return t.kind }

// Running reports whether the timer is set.
func (t *Timer) Running() bool { return t.place > 0 }

// At is when it will come.
func (t *Timer) At() time.Time { return t.at }

// timers are the running timers of an engine, a heap by time.
type timers struct {
	heap []*Timer
	seq  uint64
}

func (s *timers) set(t *Timer, at time.Time, kind string, owner Sleeper) {
	s.stop(t)
	s.seq++
	t.at, t.seq, t.kind, t.owner = at, s.seq, kind, owner
	s.heap = append(s.heap, t)
	t.place = len(s.heap)
	s.up(len(s.heap) - 1)
}

func (s *timers) stop(t *Timer) {
	if t.place == 0 {
		return
	}
	i, last := t.place-1, len(s.heap)-1
	s.swap(i, last)
	s.heap[last] = nil
	s.heap = s.heap[:last]
	t.place = 0
	if i < last {
		s.down(i)
		s.up(i)
	}
}

func (s *timers) first() *Timer {
	if len(s.heap) == 0 {
		return nil
	}
	return s.heap[0]
}

func (s *timers) less(i, j int) bool {
	a, b := s.heap[i], s.heap[j]
	if !a.at.Equal(b.at) {
		return a.at.Before(b.at)
	}
	return a.seq < b.seq
}

func (s *timers) swap(i, j int) {
	s.heap[i], s.heap[j] = s.heap[j], s.heap[i]
	s.heap[i].place, s.heap[j].place = i+1, j+1
}

func (s *timers) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !s.less(i, parent) {
			return
		}
		s.swap(i, parent)
		i = parent
	}
}

func (s *timers) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(s.heap) {
			return
		}
		if child+1 < len(s.heap) && s.less(child+1, child) {
			child++
		}
		if !s.less(child, i) {
			return
		}
		s.swap(i, child)
		i = child
	}
}

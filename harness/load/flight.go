package load

import (
	"container/heap"
	"time"

	"ikewit/impl/engine"
	"ikewit/impl/wire/ikehdr"
)

// A flight is one negotiation of one initiator.
type flight struct {
	engine *engine.Engine
	cookie ikehdr.Cookie // zero until it has sent
	begun  time.Time
	over   bool
	note   string // what the peer or the network said on the way, for the reason of a failure

	at    time.Time // when its engine wants a Tick
	place int       // in the heap, counted from 1; 0: not there
}

// deadlines is a heap of flights, the one that is due first in front.
type deadlines []*flight

// set moves a flight to where its deadline belongs; not ok takes it out.
func (d *deadlines) set(f *flight, at time.Time, ok bool) {
	switch {
	case !ok && f.place > 0:
		heap.Remove(d, f.place-1)
	case !ok:
	case f.place == 0:
		f.at = at
		heap.Push(d, f)
	case !f.at.Equal(at):
		f.at = at
		heap.Fix(d, f.place-1)
	}
}

// Len, Less, Swap, Push and Pop are heap.Interface's.
func (d deadlines) Len() int           { return len(d) }
func (d deadlines) Less(i, j int) bool { return d[i].at.Before(d[j].at) }
func (d deadlines) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].place, d[j].place = i+1, j+1
}

func (d *deadlines) Push(x any) {
	f := x.(*flight)
	*d = append(*d, f)
	f.place = len(*d)
}

func (d *deadlines) Pop() any {
	last := len(*d) - 1
	f := (*d)[last]
	(*d)[last], *d = nil, (*d)[:last]
	f.place = 0
	return f
}

// remembered is how many flights that are over still answer a peer that has not noticed. Ours.
const remembered = 4096

// A memory is a ring of flights that are over.
type memory struct {
	ring [remembered]*flight
	next int
}

// keep remembers a flight, and gives the one that is forgotten for it; nil if none is.
func (m *memory) keep(f *flight) (forgotten *flight) {
	forgotten, m.ring[m.next] = m.ring[m.next], f
	m.next = (m.next + 1) % remembered
	return forgotten
}

package simnet

import (
	"container/heap"
	"time"
)

// An event is one of: a datagram arrives, something is done, or, with neither, the host's deadline
// has come.
type event struct {
	at       time.Time
	seq      uint64 // the order of making; breaks ties
	index    int    // in the heap
	host     *host
	datagram *Datagram
	do       func(now time.Time)
}

// A queue holds events by time, then by the order in which they were added.
type queue struct {
	events eventHeap
	seq    uint64
}

func (q *queue) add(e *event) {
	q.seq++
	e.seq = q.seq
	heap.Push(&q.events, e)
}

func (q *queue) remove(e *event) { heap.Remove(&q.events, e.index) }

func (q *queue) first() *event {
	if len(q.events) == 0 {
		return nil
	}
	return q.events[0]
}

type eventHeap []*event

func (h eventHeap) Len() int { return len(h) }

func (h eventHeap) Less(i, j int) bool {
	if !h[i].at.Equal(h[j].at) {
		return h[i].at.Before(h[j].at)
	}
	return h[i].seq < h[j].seq
}

func (h eventHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *eventHeap) Push(x any) {
	e := x.(*event)
	e.index = len(*h)
	*h = append(*h, e)
}

func (h *eventHeap) Pop() any {
	old := *h
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return e
}

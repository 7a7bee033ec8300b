package pfkey

import (
	"sync"

	"ikewit/impl/sadb"
	"ikewit/impl/wire/pfkey"
)

// A queue carries the engine's own messages from the reader, who never waits, to one goroutine that makes events of them
// and waits for whoever takes those.
type queue struct {
	out  chan sadb.Event
	some chan struct{}

	mu      sync.Mutex
	waiting []*pfkey.Message
}

func newQueue() *queue {
	return &queue{out: make(chan sadb.Event), some: make(chan struct{}, 1)}
}

func (q *queue) put(m *pfkey.Message) {
	q.mu.Lock()
	q.waiting = append(q.waiting, m)
	q.mu.Unlock()
	select {
	case q.some <- struct{}{}:
	default:
	}
}

func (q *queue) take() []*pfkey.Message {
	q.mu.Lock()
	defer q.mu.Unlock()
	list := q.waiting
	q.waiting = nil
	return list
}

// watch makes events of messages until the engine is gone.
func (d *Driver) watch() {
	defer close(d.events.out)
	for {
		list := d.events.take()
		for _, m := range list {
			e, ok := d.event(m)
			if !ok {
				continue
			}
			select {
			case d.events.out <- e:
			case <-d.ended:
				return
			}
		}
		if len(list) > 0 {
			continue
		}
		select {
		case <-d.events.some:
		case <-d.ended:
			return
		}
	}
}

// event reads a message of the engine; false: it is none of those, or cannot be read.
func (d *Driver) event(m *pfkey.Message) (sadb.Event, bool) {
	switch m.Type {
	case pfkey.Expire:
		sa, err := d.told(m)
		return sadb.Expire{SA: sa, Hard: m.Find(pfkey.ExtLifetimeHard) != nil}, err == nil
	case pfkey.Acquire:
		a, err := d.acquire(m)
		return a, err == nil && m.Errno == 0
	}
	return nil, false
}

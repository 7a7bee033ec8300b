package store

import (
	"sync"

	"ikewit/impl/sadb"
)

// A queue carries events from writers that never wait to one reader who may be slow, and loses none.
type queue struct {
	out  chan sadb.Event
	done chan struct{}
	over sync.WaitGroup

	mu      sync.Mutex
	waiting []sadb.Event
	some    chan struct{} // one token while events may be waiting
}

func newQueue() *queue {
	q := &queue{out: make(chan sadb.Event), done: make(chan struct{}), some: make(chan struct{}, 1)}
	q.over.Go(q.carry)
	return q
}

func (q *queue) put(e sadb.Event) {
	q.mu.Lock()
	q.waiting = append(q.waiting, e)
	q.mu.Unlock()
	select {
	case q.some <- struct{}{}:
	default:
	}
}

// close ends the queue; what nobody has read is gone, and out is closed.
func (q *queue) close() {
	close(q.done)
	q.over.Wait()
}

func (q *queue) carry() {
	defer close(q.out)
	for {
		q.mu.Lock()
		batch := q.waiting
		q.waiting = nil
		q.mu.Unlock()
		for _, e := range batch {
			select {
			case q.out <- e:
			case <-q.done:
				return
			}
		}
		if len(batch) > 0 {
			continue
		}
		select {
		case <-q.some:
		case <-q.done:
			return
		}
	}
}

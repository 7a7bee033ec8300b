// Package events carries what SA databases say of their own accord: from writers that never wait to one reader who may be
// slow, in order and without loss.
//
//	Put ──► waiting, as many as there are ──► Out, closed by Close
package events

import "sync"

// A Queue holds what was put in until the reader takes it. Its methods may be called from any goroutine.
type Queue[T any] struct {
	out  chan T
	done chan struct{}
	once sync.Once
	over sync.WaitGroup

	mu      sync.Mutex
	waiting []T
	some    chan struct{} // one token while something may be waiting
}

// New makes an empty queue, which lives until Close.
func New[T any]() *Queue[T] {
	q := &Queue[T]{out: make(chan T), done: make(chan struct{}), some: make(chan struct{}, 1)}
	q.over.Go(q.carry)
	return q
}

// Put appends. It never blocks; after Close it does nothing that anybody sees.
func (q *Queue[T]) Put(x T) {
	q.mu.Lock()
	q.waiting = append(q.waiting, x)
	q.mu.Unlock()
	select {
	case q.some <- struct{}{}:
	default:
	}
}

// Out is where the reader takes from.
func (q *Queue[T]) Out() <-chan T { return q.out }

// Done is closed by Close.
func (q *Queue[T]) Done() <-chan struct{} { return q.done }

// Close ends the queue; what nobody has read is gone, and Out is closed.
func (q *Queue[T]) Close() {
	q.once.Do(func() { close(q.done) })
	q.over.Wait()
}

func (q *Queue[T]) carry() {
	defer close(q.out)
	for {
		q.mu.Lock()
		batch := q.waiting
		q.waiting = nil
		q.mu.Unlock()
		for _, x := range batch {
			select {
			case q.out <- x:
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

package events

import (
	"sync"
	"testing"
)

// Whatever the reader does meanwhile, it gets all of each writer, in the writer's order; and writers do not wait for it.
func TestQueueKeepsOrderAndLosesNothing(t *testing.T) {
	const writers, each = 4, 5000
	q := New[[2]int]()
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				q.Put([2]int{w, i})
			}
		})
	}
	writing.Wait() // nobody has read
	var next [writers]int
	for range writers * each {
		x := <-q.Out()
		if x[1] != next[x[0]] {
			t.Fatalf("of writer %d number %d came, want %d", x[0], x[1], next[x[0]])
		}
		next[x[0]]++
	}
	q.Close()
}

// Close ends the reader's channel whether it has read everything or not, and may come twice.
func TestQueueCloses(t *testing.T) {
	q := New[int]()
	q.Put(1)
	q.Put(2)
	<-q.Out()
	q.Close()
	q.Close()
	q.Put(3)
	if x, open := <-q.Out(); open {
		t.Errorf("%d after Close", x)
	}
	select {
	case <-q.Done():
	default:
		t.Error("it is not done")
	}
}

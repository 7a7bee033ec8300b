package pfserver

import (
	"sync"

	"ikewit/impl/pfsa"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/pfkey"
)

// A View is the server's database for a key manager that shares its process: an engine that negotiates. What it does is
// told to the ports as what a client does, by the engine's own messages, and it gets every event too.
type View struct {
	sadb.Driver
	server *Server
	queue  *queue
}

var _ sadb.Driver = (*View)(nil)

// Driver makes a view. Its Close ends the view only.
func (s *Server) Driver() *View {
	v := &View{Driver: s.db, server: s, queue: newQueue()}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.views = append(s.views, v)
	return v
}

// Apply does one action and tells the ports of it.
func (v *View) Apply(a sadb.Action) error {
	s := v.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if v.queue.isClosed() {
		return sadb.ErrClosed
	}
	before := s.before(a)
	if err := s.db.Apply(a); err != nil {
		return err
	}
	if m := s.done(a, before); m != nil {
		s.tell(m.Append(nil), everyone, nil)
	}
	return nil
}

// Events delivers acquires and expiries until Close.
func (v *View) Events() <-chan sadb.Event { return v.queue.out }

// Close ends the view; the database stays open.
func (v *View) Close() error {
	v.queue.close()
	return nil
}

// before is the SA that a delete takes out, for its source address.
func (s *Server) before(a sadb.Action) (sa sadb.SA) {
	if d, ok := a.(sadb.Delete); ok {
		sa, _ = s.db.Get(d.ID)
	}
	return sa
}

// done makes the message about an action; nil: there is none.
func (s *Server) done(a sadb.Action, before sadb.SA) *pfkey.Message {
	const public = pfsa.WithHard | pfsa.WithSoft | pfsa.WithRest
	message := func(t pfkey.Type, p sadb.Protocol, list []pfkey.Extension) *pfkey.Message {
		m := s.own(t, p)
		m.Extensions = list
		return m
	}
	switch a := a.(type) {
	case sadb.Add:
		delete(s.beyond, a.SA.ID())
		return message(pfkey.Add, a.SA.Proto, (&pfsa.Record{SA: mature(a.SA)}).Extensions(public))
	case sadb.Update:
		r := pfsa.Record{SA: mature(a.SA), Beyond: s.beyond[a.SA.ID()]}
		return message(pfkey.Update, a.SA.Proto, r.Extensions(public))
	case sadb.Delete:
		delete(s.beyond, a.ID)
		return message(pfkey.Delete, a.ID.Proto, pfsa.ByName(a.ID, before.Src))
	case sadb.Flush:
		s.flushed(a.Proto)
		return message(pfkey.Flush, a.Proto, nil)
	}
	return nil // policies are nobody else's business
}

func mature(sa sadb.SA) sadb.SA {
	sa.State = sadb.Mature
	return sa
}

// A queue carries events from a writer that never waits to one reader, and loses none.
type queue struct {
	out  chan sadb.Event
	done chan struct{}
	once sync.Once
	over sync.WaitGroup

	mu      sync.Mutex
	waiting []sadb.Event
	some    chan struct{}
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
	signal(q.some)
}

func (q *queue) close() {
	q.once.Do(func() { close(q.done) })
	q.over.Wait()
}

func (q *queue) isClosed() bool {
	select {
	case <-q.done:
		return true
	default:
		return false
	}
}

func (q *queue) carry() {
	defer close(q.out)
	for {
		q.mu.Lock()
		list := q.waiting
		q.waiting = nil
		q.mu.Unlock()
		for _, e := range list {
			select {
			case q.out <- e:
			case <-q.done:
				return
			}
		}
		if len(list) > 0 {
			continue
		}
		select {
		case <-q.some:
		case <-q.done:
			return
		}
	}
}

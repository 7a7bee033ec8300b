// Package store keeps a sadb.Table behind a lock, with a clock that ends SAs when their time is over and
// with a queue of events that loses none. It is what a driver in user space is made of: what
// carries packets for the SAs, if anything does, is the driver's Plane.
package store

import (
	"sync"
	"time"

	"ikewit/impl/sadb"
	"ikewit/impl/sadb/events"
)

// A Plane carries packets for the SAs of a Store. Its methods are called one at a time, while the store
// is locked: they must not call the store.
type Plane interface {
	// Supports says whether an SA of this shape could be carried; its error is an
	// *sadb.UnsupportedError. The SA makes sense otherwise; keys are not looked at.
	Supports(sa *sadb.SA) error

	// SupportsPolicy says whether such a policy could be enforced.
	SupportsPolicy(p *sadb.Policy) error

	// Apply does what the table is about to do. After an error the table does not do it. The
	// action has been checked, with one exception: an Add may turn out to exist already.
	Apply(a sadb.Action) error

	// Ended says that an SA is gone because its life is over.
	Ended(id sadb.ID)

	// Usage gives what an SA has done by now, if the plane knows.
	Usage(id sadb.ID) (sadb.Usage, bool)
}

// A Store is a locked table. Its methods may be called from any goroutine.
type Store struct {
	plane Plane
	now   func() time.Time

	mu     sync.Mutex
	table  sadb.Table
	closed bool
	queue  *events.Queue[sadb.Event]

	wake chan struct{} // told when the deadline may have become an earlier one
	done chan struct{}
	over sync.WaitGroup
}

// New makes an empty store. With a clock of its own (now is not nil) time passes for it only when Tick is
// called; otherwise it looks after its SAs by itself.
func New(plane Plane, now func() time.Time) *Store {
	s := &Store{plane: plane, now: now, queue: events.New[sadb.Event](), wake: make(chan struct{}, 1), done: make(chan struct{})}
	if now == nil {
		s.now = time.Now
		s.over.Go(s.watch)
	}
	return s
}

// Supports says whether an SA of this shape could be added.
func (s *Store) Supports(sa *sadb.SA) error {
	if err := sa.CheckShape(); err != nil {
		return err
	}
	return s.plane.Supports(sa)
}

// Apply does one action, in the plane and in the table, or in neither.
func (s *Store) Apply(a sadb.Action) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return sadb.ErrClosed
	}
	if err := s.supports(a); err != nil {
		return err
	}
	prepared, err := s.table.Prepare(s.now(), a)
	if err != nil {
		return err
	}
	if err := s.plane.Apply(prepared); err != nil {
		return err
	}
	s.table.Commit(prepared)
	s.rouse()
	return nil
}

func (s *Store) supports(a sadb.Action) error {
	switch a := a.(type) {
	case sadb.Add:
		return s.Supports(&a.SA)
	case sadb.AddPolicy:
		if err := a.Policy.Check(); err != nil {
			return err
		}
		return s.plane.SupportsPolicy(&a.Policy)
	}
	return nil
}

// Reserve keeps an SPI as a larval SA: sadb.Table.Reserve.
func (s *Store) Reserve(larval sadb.SA, low, high uint32, draw func() uint32) (uint32, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, sadb.ErrClosed
	}
	spi, err := s.table.Reserve(s.now(), larval, low, high, draw)
	s.rouse()
	return spi, err
}

// Get gives one SA with what it has done by now.
func (s *Store) Get(id sadb.ID) (sadb.SA, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return sadb.SA{}, sadb.ErrClosed
	}
	sa, err := s.table.Get(id)
	if err == nil {
		s.refresh(&sa)
	}
	return sa, err
}

// SAs gives every SA in the order in which they came.
func (s *Store) SAs() ([]sadb.SA, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, sadb.ErrClosed
	}
	list := make([]sadb.SA, 0, s.table.Len())
	for sa := range s.table.All() {
		list = append(list, *sa)
		s.refresh(&list[len(list)-1])
	}
	return list, nil
}

// refresh puts in what the plane has counted.
func (s *Store) refresh(sa *sadb.SA) {
	if u, ok := s.plane.Usage(sa.ID()); ok {
		u.Added = sa.Current.Added
		sa.Current = u
	}
}

// Policies gives every policy in the order in which they are looked at.
func (s *Store) Policies() ([]sadb.Policy, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, sadb.ErrClosed
	}
	return s.table.Policies(), nil
}

// Events delivers what was emitted, in order and without loss, until Close.
func (s *Store) Events() <-chan sadb.Event { return s.queue.Out() }

// Emit puts an event of the plane behind those that wait to be read. It never blocks.
func (s *Store) Emit(e sadb.Event) { s.queue.Put(e) }

// Close ends the store; what it held is gone. It reports whether this was the first call.
func (s *Store) Close() bool {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return false
	}
	s.closed = true
	s.table = sadb.Table{}
	s.mu.Unlock()
	close(s.done)
	s.over.Wait()
	s.queue.Close()
	return true
}

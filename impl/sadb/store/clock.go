package store

import (
	"time"

	"ikewit/impl/sadb"
)

// never is how long the watch waits when no SA has a limit of time.
const never = 24 * time.Hour

// Tick ends what must end by now. A store with the system's clock does it by itself.
func (s *Store) Tick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.settle(s.table.Expire(s.now()))
	}
}

// Used passes on what the plane has counted for an SA that came to a limit, or was used for the first time.
// The plane must not hold a lock that its own methods take.
func (s *Store) Used(id sadb.ID, u sadb.Usage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.settle(s.table.Used(s.now(), id, u))
		s.rouse()
	}
}

// Spent ends an SA that can carry no more.
func (s *Store) Spent(id sadb.ID, u sadb.Usage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.settle(s.table.Spent(id, u))
	}
}

// settle tells the plane which SAs are gone, and everybody what happened.
func (s *Store) settle(events []sadb.Event) {
	for _, e := range events {
		if x, ok := e.(sadb.Expire); ok {
			if u, known := s.plane.Usage(x.SA.ID()); known {
				u.Added = x.SA.Current.Added
				x.SA.Current = u
			}
			if x.Hard {
				s.plane.Ended(x.SA.ID())
			}
			e = x
		}
		s.queue.Put(e)
	}
}

// rouse makes the watch look at the deadline again.
func (s *Store) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// watch ends SAs when their time is over, until Close.
func (s *Store) watch() {
	timer := time.NewTimer(never)
	defer timer.Stop()
	for {
		timer.Reset(s.wait())
		select {
		case <-s.done:
			return
		case <-s.wake:
		case <-timer.C:
			s.Tick()
		}
	}
}

// wait is how long nothing is due.
func (s *Store) wait() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.table.Deadline(); ok {
		return max(at.Sub(s.now()), 0)
	}
	return never
}

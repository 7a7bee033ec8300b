package daemon

import (
	"errors"
	"maps"
	"sync"

	"ikewit/impl/sadb"
)

// A fallback is two SA databases as one: what the first does not support goes to the second, which is
// opened when it is needed. Policies follow the SAs that they are for.
type fallback struct {
	first      sadb.Driver
	openSecond func() (sadb.Driver, error)

	events chan sadb.Event
	closed chan struct{}
	carry  sync.WaitGroup
	once   sync.Once

	mu       sync.Mutex
	second   sadb.Driver            // nil: not needed so far
	sas      map[sadb.ID]flow       // those in second
	policies map[sadb.PolicyID]bool // those in second
}

// A flow is what joins a policy to its SA.
type flow struct {
	selector  sadb.Selector
	direction sadb.Direction
}

var _ sadb.Driver = (*fallback)(nil)

func newFallback(first sadb.Driver, openSecond func() (sadb.Driver, error)) *fallback {
	f := &fallback{
		first: first, openSecond: openSecond,
		events: make(chan sadb.Event), closed: make(chan struct{}),
		sas: map[sadb.ID]flow{}, policies: map[sadb.PolicyID]bool{},
	}
	f.carry.Go(func() { f.pass(first) })
	return f
}

// Name is that of the first.
func (f *fallback) Name() string { return f.first.Name() }

// Supports asks both; the error is the first's.
func (f *fallback) Supports(sa *sadb.SA) error {
	err := f.first.Supports(sa)
	if !lacking(err) {
		return err
	}
	if second, e := f.other(); e != nil || second.Supports(sa) != nil {
		return err
	}
	return nil
}

// Apply does an action where it belongs.
func (f *fallback) Apply(a sadb.Action) error {
	switch a := a.(type) {
	case sadb.Add:
		return f.add(a)
	case sadb.AddPolicy:
		return f.addPolicy(a)
	case sadb.Update:
		return f.where(a.SA.ID()).Apply(a)
	case sadb.Delete:
		d := f.where(a.ID)
		f.forget(a.ID)
		return d.Apply(a)
	case sadb.DeletePolicy:
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.policies[a.ID] {
			delete(f.policies, a.ID)
			return f.second.Apply(a)
		}
	case sadb.Flush:
		return f.flush(a)
	}
	return f.first.Apply(a)
}

func (f *fallback) add(a sadb.Add) error {
	err := f.where(a.SA.ID()).Apply(a)
	if !lacking(err) {
		return err
	}
	second, e := f.other()
	if e != nil {
		return errors.Join(err, e)
	}
	if err := second.Apply(a); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sas[a.SA.ID()] = flow{a.SA.Selector, a.SA.Direction}
	return nil
}

func (f *fallback) addPolicy(a sadb.AddPolicy) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	want := flow{a.Policy.Selector, a.Policy.Direction}
	if want.direction == sadb.Forward {
		want.direction = sadb.In
	}
	for _, has := range f.sas {
		if has == want {
			err := f.second.Apply(a)
			f.policies[a.Policy.ID()] = err == nil
			return err
		}
	}
	return f.first.Apply(a)
}

func (f *fallback) flush(a sadb.Flush) error {
	err := f.first.Apply(a)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.second != nil {
		err = errors.Join(err, f.second.Apply(a))
		maps.DeleteFunc(f.sas, func(id sadb.ID, _ flow) bool { return a.Proto == 0 || id.Proto == a.Proto })
		if a.Policies {
			clear(f.policies)
		}
	}
	return err
}

// Get asks where the SA is.
func (f *fallback) Get(id sadb.ID) (sadb.SA, error) { return f.where(id).Get(id) }

// SAs gives those of the first and then those of the second.
func (f *fallback) SAs() ([]sadb.SA, error) { return both(f, sadb.Driver.SAs) }

// Policies gives those of the first and then those of the second.
func (f *fallback) Policies() ([]sadb.Policy, error) { return both(f, sadb.Driver.Policies) }

func both[T any](f *fallback, ask func(sadb.Driver) ([]T, error)) ([]T, error) {
	list, err := ask(f.first)
	f.mu.Lock()
	second := f.second
	f.mu.Unlock()
	if err != nil || second == nil {
		return list, err
	}
	more, err := ask(second)
	return append(list, more...), err
}

// Events delivers those of both.
func (f *fallback) Events() <-chan sadb.Event { return f.events }

// Close closes both.
func (f *fallback) Close() (err error) {
	f.once.Do(func() {
		close(f.closed)
		err = f.first.Close()
		f.mu.Lock()
		second := f.second
		f.mu.Unlock()
		if second != nil {
			err = errors.Join(err, second.Close())
		}
		f.carry.Wait()
		close(f.events)
	})
	return err
}

// pass carries the events of one database until it ends.
func (f *fallback) pass(d sadb.Driver) {
	for e := range d.Events() {
		if hard, ok := e.(sadb.Expire); ok && hard.Hard {
			f.forget(hard.SA.ID())
		}
		select {
		case f.events <- e:
		case <-f.closed:
			return
		}
	}
}

// other gives the second database, and opens it the first time.
func (f *fallback) other() (sadb.Driver, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	select {
	case <-f.closed:
		return nil, sadb.ErrClosed
	default:
	}
	if f.second == nil {
		second, err := f.openSecond()
		if err != nil {
			return nil, err
		}
		f.second = second
		f.carry.Go(func() { f.pass(second) })
	}
	return f.second, nil
}

// where gives the database that an SA is in.
func (f *fallback) where(id sadb.ID) sadb.Driver {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.sas[id]; ok {
		return f.second
	}
	return f.first
}

func (f *fallback) forget(id sadb.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.sas, id)
}

// lacking tells whether an error says that a database cannot do such a thing.
func lacking(err error) bool {
	var unsupported *sadb.UnsupportedError
	return errors.As(err, &unsupported)
}

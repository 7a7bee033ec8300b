package sadb

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"time"
)

// A Table is an SA database and its policy database in memory. The zero value is empty and ready.
//
// Every operation on one SA costs the same whether the table holds ten or a hundred thousand; SAs
// are kept in the order in which they came. A Table has no clock, and serves one caller at a
// time.
type Table struct {
	sas         map[ID]*entry
	first, last *entry
	born        uint64
	schedule    schedule
	policies    [Forward + 1]Index
}

// An entry is an SA in a Table.
type entry struct {
	sa         SA
	prev, next *entry
	born       uint64    // counts entries: the older one is first when two are due together
	due        time.Time // when the SA must be looked at; zero: never
	place      int       // in the schedule, counted from 1; 0: not there
}

// Apply does one action. What fails changes nothing. Errors wrap ErrExists, ErrNotFound or
// *InvalidError.
func (t *Table) Apply(now time.Time, a Action) error {
	a, err := t.Prepare(now, a)
	if err == nil {
		t.Commit(a)
	}
	return err
}

// Prepare says what Apply would do now, and changes nothing: the action with the SA or policy as
// it would be kept, its state, its time and what an update leaves as it was; or the error.
func (t *Table) Prepare(now time.Time, a Action) (Action, error) {
	switch a := a.(type) {
	case Add:
		sa, err := t.added(now, &a.SA)
		return Add{sa}, err
	case Update:
		sa, err := t.updated(now, &a.SA)
		return Update{sa}, err
	case Delete:
		if t.sas[a.ID] == nil {
			return a, fmt.Errorf("delete %v: %w", a.ID, ErrNotFound)
		}
	case AddPolicy:
		a.Policy.Templates = slices.Clone(a.Policy.Templates)
		return a, a.Policy.Check()
	case DeletePolicy:
		if t.Policy(a.ID) == nil {
			return a, fmt.Errorf("delete policy %v %v: %w", a.ID.Direction, a.ID.Selector, ErrNotFound)
		}
	case Flush:
	default:
		return a, &InvalidError{What: "action", Why: fmt.Sprintf("%T is not known", a)}
	}
	return a, nil
}

// Commit does an action that Prepare gave, the table being as it was then.
func (t *Table) Commit(a Action) {
	switch a := a.(type) {
	case Add:
		t.put(&a.SA)
	case Update:
		t.put(&a.SA)
	case Delete:
		t.unlink(t.sas[a.ID])
	case AddPolicy:
		t.policies[a.Policy.Direction].Put(&a.Policy)
	case DeletePolicy:
		t.policies[a.ID.Direction].Remove(a.ID)
	case Flush:
		t.flush(a)
	}
}

// Get gives an SA; its keys are shared with the table and must not be written to.
func (t *Table) Get(id ID) (SA, error) {
	e := t.sas[id]
	if e == nil {
		return SA{}, fmt.Errorf("get %v: %w", id, ErrNotFound)
	}
	return e.sa, nil
}

// Len is the number of SAs, larval ones included.
func (t *Table) Len() int { return len(t.sas) }

// All goes through the SAs in the order in which they came. The table must not change meanwhile, and
// the SAs not at all.
func (t *Table) All() iter.Seq[*SA] {
	return func(yield func(*SA) bool) {
		for e := t.first; e != nil; e = e.next {
			if !yield(&e.sa) {
				return
			}
		}
	}
}

// Policies gives every policy in the order in which they are looked at: by priority, then by age.
func (t *Table) Policies() []Policy {
	var list []Policy
	for d := range t.policies {
		for _, p := range t.policies[d].All() {
			list = append(list, *p)
		}
	}
	slices.SortStableFunc(list, func(a, b Policy) int { return cmp.Compare(a.Priority, b.Priority) })
	return list
}

// Policy gives the policy of that name as the table shares it; nil if there is none. It never changes.
func (t *Table) Policy(id PolicyID) *Policy {
	if id.Direction > Forward {
		return nil
	}
	return t.policies[id.Direction].Get(id)
}

// Match finds the policy that a flow meets in one direction; nil if there is none.
func (t *Table) Match(d Direction, f *Flow) *Policy {
	if d > Forward {
		return nil
	}
	return t.policies[d].Match(f)
}

// added gives an SA as Add keeps it.
func (t *Table) added(now time.Time, sa *SA) (SA, error) {
	if err := sa.Check(); err != nil {
		return SA{}, err
	}
	if sa.State == Dying || sa.State == Dead {
		return SA{}, invalidSA("%v cannot be added", sa.State)
	}
	if e := t.sas[sa.ID()]; e != nil && e.sa.State != Larval {
		return SA{}, fmt.Errorf("add %v: %w", sa.ID(), ErrExists)
	}
	kept := *sa
	kept.CipherKey, kept.AuthKey = slices.Clone(sa.CipherKey), slices.Clone(sa.AuthKey)
	kept.State = Mature
	kept.Current = Usage{Added: now, Seq: sa.Current.Seq}
	return kept, nil
}

// updated gives an SA as Update keeps it: RFC 2367 section 3.1.2. A larval SA is completed; a mature one
// gets new lifetimes, a new source address and other ports.
func (t *Table) updated(now time.Time, sa *SA) (SA, error) {
	e := t.sas[sa.ID()]
	switch {
	case e == nil:
		return SA{}, fmt.Errorf("update %v: %w", sa.ID(), ErrNotFound)
	case e.sa.State == Larval:
		return t.added(now, sa)
	}
	keep := sa.Cipher == nil && sa.Integrity == nil && sa.CipherKey == nil && sa.AuthKey == nil
	if !keep && !sameAlgorithms(sa, &e.sa) {
		return SA{}, invalidSA("algorithms and keys of %v cannot change", sa.ID())
	}
	kept := e.sa
	kept.Soft, kept.Hard, kept.Encap = sa.Soft, sa.Hard, sa.Encap
	if sa.Src.IsValid() {
		kept.Src = sa.Src
	}
	kept.State = Mature // a new soft limit may lie ahead again
	return kept, kept.CheckShape()
}

// put keeps an SA under its ID, in the place of the one that has it.
func (t *Table) put(sa *SA) {
	e := t.sas[sa.ID()]
	if e == nil {
		e = t.append(sa.ID())
	}
	e.sa = *sa
	t.reschedule(e)
}

func (t *Table) flush(f Flush) {
	for e := t.first; e != nil; {
		next := e.next
		if f.Proto == 0 || f.Proto == e.sa.Proto {
			t.unlink(e)
		}
		e = next
	}
	if f.Policies {
		t.policies = [Forward + 1]Index{}
	}
}

// append makes an empty entry at the end.
func (t *Table) append(id ID) *entry {
	t.born++
	e := &entry{prev: t.last, born: t.born}
	if t.last == nil {
		t.first = e
	} else {
		t.last.next = e
	}
	t.last = e
	if t.sas == nil {
		t.sas = map[ID]*entry{}
	}
	t.sas[id] = e
	return e
}

func (t *Table) unlink(e *entry) {
	if e.prev == nil {
		t.first = e.next
	} else {
		e.prev.next = e.next
	}
	if e.next == nil {
		t.last = e.prev
	} else {
		e.next.prev = e.prev
	}
	delete(t.sas, e.sa.ID())
	t.schedule.remove(e)
}

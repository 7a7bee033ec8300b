package sadb

import "time"

// Used tells the table what an SA has done by now, as whoever carries its packets counted it, and
// gives the limits that were reached with that: a soft one, once, or the hard one, and then
// the SA is gone. The time of adding and limits stay the table's own. RFC 2367 section 3.1.8.
func (t *Table) Used(now time.Time, id ID, u Usage) []Event {
	e := t.used(id, u)
	if e == nil {
		return nil
	}
	return t.judge(now, e, nil)
}

// Spent ends an SA that can carry no more: its sequence numbers are used up (RFC 2406 section 3.3.3), or
// the next packet would go beyond a limit.
func (t *Table) Spent(id ID, u Usage) []Event {
	e := t.used(id, u)
	if e == nil {
		return nil
	}
	return []Event{t.end(e)}
}

func (t *Table) used(id ID, u Usage) *entry {
	e := t.sas[id]
	if e == nil {
		return nil
	}
	u.Added = e.sa.Current.Added
	if !e.sa.Current.FirstUse.IsZero() {
		u.FirstUse = e.sa.Current.FirstUse
	}
	e.sa.Current = u
	return e
}

// Expire gives the limits of time that were reached by now, in the order of their times.
func (t *Table) Expire(now time.Time) []Event {
	var events []Event
	for {
		e := t.schedule.first()
		if e == nil || e.due.After(now) {
			return events
		}
		events = t.judge(now, e, events)
	}
}

// Deadline says when Expire has something to do next; false: not before something changes.
func (t *Table) Deadline() (time.Time, bool) {
	if e := t.schedule.first(); e != nil {
		return e.due, true
	}
	return time.Time{}, false
}

// judge appends what an SA has come to. A hard limit that is reached together with the soft one
// hides it.
func (t *Table) judge(now time.Time, e *entry, events []Event) []Event {
	sa := &e.sa
	switch {
	case sa.State == Larval && !now.Before(sa.Current.Added.Add(LarvalLife)),
		sa.State != Larval && sa.Hard.reached(now, &sa.Current):
		return append(events, t.end(e))
	case sa.State == Mature && (sa.Soft.reached(now, &sa.Current) || sa.numbersRunLow()):
		sa.State = Dying
		events = append(events, e.expire(false))
	}
	t.reschedule(e)
	return events
}

// end takes an SA out whose life is over.
func (t *Table) end(e *entry) Expire {
	t.unlink(e)
	e.sa.State = Dead
	return e.expire(true)
}

// LowNumbers is how many 32-bit sequence numbers may be used before an SA is said to come to its end: there
// is time then to make another.
const LowNumbers = 0xf0000000

func (sa *SA) numbersRunLow() bool {
	return sa.Current.Seq >= LowNumbers && !sa.ESN && !sa.NoOverflow && !sa.OldESP()
}

// expire is the event for an SA as it stands.
func (e *entry) expire(hard bool) Expire {
	sa := e.sa
	sa.CipherKey, sa.AuthKey = nil, nil
	return Expire{SA: sa, Hard: hard}
}

// reached reports whether any of the limits is.
func (l *Limits) reached(now time.Time, u *Usage) bool {
	return l.Octets > 0 && u.Octets >= l.Octets ||
		l.Packets > 0 && u.Packets >= l.Packets ||
		l.Add > 0 && !now.Before(u.Added.Add(l.Add)) ||
		l.Use > 0 && !u.FirstUse.IsZero() && !now.Before(u.FirstUse.Add(l.Use))
}

// ends is when the first limit of time is reached; zero: never.
func (l *Limits) ends(u *Usage) time.Time {
	var at time.Time
	if l.Add > 0 {
		at = u.Added.Add(l.Add)
	}
	if l.Use > 0 && !u.FirstUse.IsZero() {
		at = earlier(at, u.FirstUse.Add(l.Use))
	}
	return at
}

// HardEnd is when an SA must not be used any more, with the usage that it says; zero: never.
func (sa *SA) HardEnd() time.Time { return sa.Hard.ends(&sa.Current) }

// earlier gives the earlier of two times, of which the zero one does not count.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// reschedule works out when the SA must be looked at next.
func (t *Table) reschedule(e *entry) {
	sa := &e.sa
	switch sa.State {
	case Larval:
		e.due = sa.Current.Added.Add(LarvalLife)
	case Mature:
		e.due = earlier(sa.Hard.ends(&sa.Current), sa.Soft.ends(&sa.Current))
	default:
		e.due = sa.Hard.ends(&sa.Current)
	}
	t.schedule.set(e)
}

package sadb

// A schedule is a heap of entries, the one that is due first in front. Entries know their
// place, so that each can be moved or taken out.
type schedule []*entry

func (s schedule) first() *entry {
	if len(s) == 0 {
		return nil
	}
	return s[0]
}

// set puts an entry where its due time belongs, or takes it out if it has none.
func (s *schedule) set(e *entry) {
	switch {
	case e.due.IsZero():
		s.remove(e)
		return
	case e.place == 0:
		*s = append(*s, e)
		e.place = len(*s)
	}
	s.sink(s.rise(e.place - 1))
}

func (s *schedule) remove(e *entry) {
	if e.place == 0 {
		return
	}
	at, last := e.place-1, len(*s)-1
	s.swap(at, last)
	(*s)[last] = nil
	*s = (*s)[:last]
	e.place = 0
	if at < last {
		s.sink(s.rise(at))
	}
}

// rise moves an entry to the front as far as it is due before others, and says where it is then.
func (s schedule) rise(at int) int {
	for at > 0 {
		up := (at - 1) / 2
		if !s[at].before(s[up]) {
			break
		}
		s.swap(at, up)
		at = up
	}
	return at
}

func (s schedule) sink(at int) {
	for {
		down := 2*at + 1
		if down >= len(s) {
			return
		}
		if down+1 < len(s) && s[down+1].before(s[down]) {
			down++
		}
		if !s[down].before(s[at]) {
			return
		}
		s.swap(at, down)
		at = down
	}
}

func (e *entry) before(o *entry) bool {
	return e.due.Before(o.due) || e.due.Equal(o.due) && e.born < o.born
}

func (s schedule) swap(i, j int) {
	s[i], s[j] = s[j], s[i]
	s[i].place, s[j].place = i+1, j+1
}

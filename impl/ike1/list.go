package ike1

// Associations are on lists that run through them, so that each is found, counted and taken off
// without looking at the others, and always in the order in which they came.
const (
	onAll      = iota // every association
	onEnds            // those between the same two addresses
	onHalfOpen        // phase 1 as responder, not authenticated yet
	onBehind          // established ones of a connection that traverse a NAT
	nLists
)

// A link is a place in a list.
type link struct{ previous, next *association }

// A list goes through associations, oldest first. which is its place in association.links.
type list struct {
	which       int
	first, last *association
	n           int
}

func (l *list) add(s *association) {
	s.links[l.which] = link{previous: l.last}
	if l.last != nil {
		l.last.links[l.which].next = s
	} else {
		l.first = s
	}
	l.last = s
	l.n++
}

func (l *list) remove(s *association) {
	at := s.links[l.which]
	if at.previous == nil && l.first != s {
		return // not on it
	}
	if at.previous != nil {
		at.previous.links[l.which].next = at.next
	} else {
		l.first = at.next
	}
	if at.next != nil {
		at.next.links[l.which].previous = at.previous
	} else {
		l.last = at.previous
	}
	s.links[l.which] = link{}
	l.n--
}

// all gives the associations, oldest first. The one at hand may be removed meanwhile.
func (l *list) all(yield func(*association) bool) {
	for s := l.first; s != nil; {
		next := s.links[l.which].next
		if !yield(s) {
			return
		}
		s = next
	}
}

// newestFirst gives them the other way round.
func (l *list) newestFirst(yield func(*association) bool) {
	for s := l.last; s != nil; {
		previous := s.links[l.which].previous
		if !yield(s) {
			return
		}
		s = previous
	}
}

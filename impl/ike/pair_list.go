package ike

// Pairs are on lists that run through them: of all of an engine, and of those between two addresses.
const (
	inAll = iota
	inEnds
)

// A pairLink is a place in a list.
type pairLink struct{ previous, next *Pair }

// A pairList goes through pairs, oldest first.
type pairList struct{ first, last *Pair }

func (l *pairList) add(p *Pair, which int) {
	p.links[which] = pairLink{previous: l.last}
	if l.last != nil {
		l.last.links[which].next = p
	} else {
		l.first = p
	}
	l.last = p
}

func (l *pairList) remove(p *Pair, which int) {
	at := p.links[which]
	if at.previous != nil {
		at.previous.links[which].next = at.next
	} else {
		l.first = at.next
	}
	if at.next != nil {
		at.next.links[which].previous = at.previous
	} else {
		l.last = at.previous
	}
	p.links[which] = pairLink{}
}

// each gives the pairs until yield is false. The one at hand may be removed meanwhile.
func (l *pairList) each(which int, yield func(*Pair) bool) {
	for p := l.first; p != nil; {
		next := p.links[which].next
		if !yield(p) {
			return
		}
		p = next
	}
}

package ike1

// An index keeps associations in lists by a key, so that those of one key are found without looking at the others.
// which is the place of its lists in association.links. An association is under one key at a time.
type index[K comparable] struct {
	which int
	lists map[K]*list
}

func newIndex[K comparable](which int) index[K] {
	return index[K]{which: which, lists: make(map[K]*list)}
}

// of gives the associations of a key, oldest first; an empty list if there are none.
func (x *index[K]) of(key K) *list {
	if l := x.lists[key]; l != nil {
		return l
	}
	return &list{which: x.which}
}

func (x *index[K]) add(key K, s *association) {
	l := x.lists[key]
	if l == nil {
		l = &list{which: x.which}
		x.lists[key] = l
	}
	l.add(s)
}

// remove takes an association out, if it is there under that key.
func (x *index[K]) remove(key K, s *association) {
	l := x.lists[key]
	if l == nil {
		return
	}
	if l.remove(s); l.n == 0 {
		delete(x.lists, key)
	}
}

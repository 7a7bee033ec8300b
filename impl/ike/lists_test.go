package ike

import "testing"

// What is removed is found nowhere, and the lists let go of it.
func TestRemovedPairsLeaveTheLists(t *testing.T) {
	s := newStage()
	all := []*Pair{s.pair(0x5000), s.pair(0x5001), s.pair(0x5002)}
	for i, p := range all {
		s.pairs.Remove(p)
		n := 0
		for range s.pairs.Between(near, far) {
			n++
		}
		for q := s.pairs.all.first; q != nil; q = q.links[inAll].next {
			n++
		}
		if want := 2 * (len(all) - i - 1); n != want {
			t.Errorf("after %d removals %d places on lists, want %d", i+1, n, want)
		}
	}
	if s.pairs.all.first != nil || s.pairs.all.last != nil || len(s.pairs.byEnds) != 0 {
		t.Errorf("lists are not empty: %+v", s.pairs)
	}
}

package sadb

import (
	"net/netip"
	"slices"
)

// An Index finds the policy that a packet meets: of all that select it, the one of lowest Priority,
// and among equals the oldest. The zero value is empty. It holds the policies of one direction,
// or of several that are looked at together.
//
// Policies whose two ranges have prefixes of the same lengths stand in one table, keyed by the two
// prefixes; a search looks once into each table. So it costs as much as there are kinds of
// policies, not as there are policies: ten thousand pairs of hosts are one kind. What is no
// prefix stands in a list.
type Index struct {
	kinds  []*kind
	ranges []*rule
	byID   map[PolicyID]*rule
	age    uint64
}

// A rule is a policy in an Index.
type rule struct {
	policy *Policy
	age    uint64
}

// A kind is the policies whose selectors have prefixes of these lengths.
type kind struct {
	src, dst width
	rules    map[prefixes][]*rule // each in order
}

// A width is the length of a prefix and the size of its addresses: {24, 32}; the zero value stands
// for every address of both families.
type width struct{ bits, of int }

type prefixes struct{ src, dst netip.Addr }

// Len is the number of policies.
func (x *Index) Len() int { return len(x.byID) }

// Put takes a policy in. One with the same PolicyID is replaced; with the same priority it
// keeps its place among its equals. The policy must not change any more.
func (x *Index) Put(p *Policy) {
	x.age++
	r := &rule{p, x.age}
	if old := x.byID[p.ID()]; old != nil {
		if old.policy.Priority == p.Priority {
			r.age = old.age
		}
		x.Remove(p.ID())
	}
	if x.byID == nil {
		x.byID = map[PolicyID]*rule{}
	}
	x.byID[p.ID()] = r
	k, key, ok := x.place(p.Selector, true)
	if !ok {
		x.ranges = insert(x.ranges, r)
		return
	}
	k.rules[key] = insert(k.rules[key], r)
}

// Remove takes a policy out, and reports whether it was there.
func (x *Index) Remove(id PolicyID) bool {
	r := x.byID[id]
	if r == nil {
		return false
	}
	delete(x.byID, id)
	k, key, ok := x.place(id.Selector, false)
	if !ok {
		x.ranges = without(x.ranges, r)
		return true
	}
	if k.rules[key] = without(k.rules[key], r); len(k.rules[key]) == 0 {
		delete(k.rules, key)
	}
	if len(k.rules) == 0 {
		x.kinds = slices.DeleteFunc(x.kinds, func(other *kind) bool { return other == k })
	}
	return true
}

// Get gives the policy of that name; nil if there is none.
func (x *Index) Get(id PolicyID) *Policy {
	if r := x.byID[id]; r != nil {
		return r.policy
	}
	return nil
}

// Match finds the policy that the flow meets; nil if there is none.
func (x *Index) Match(f *Flow) *Policy {
	var best *rule
	for _, k := range x.kinds {
		src, ok := k.src.of1(f.Src)
		dst, ok2 := k.dst.of1(f.Dst)
		if !ok || !ok2 {
			continue
		}
		for _, r := range k.rules[prefixes{src, dst}] {
			if r.policy.Selector.selectsAbove(f) {
				best = first(best, r)
				break
			}
		}
	}
	for _, r := range x.ranges {
		if r.policy.Selector.Selects(f) {
			best = first(best, r)
			break
		}
	}
	if best == nil {
		return nil
	}
	return best.policy
}

// All gives the policies in the order in which they are looked at.
func (x *Index) All() []*Policy {
	rules := make([]*rule, 0, len(x.byID))
	for _, r := range x.byID {
		rules = append(rules, r)
	}
	slices.SortFunc(rules, order)
	list := make([]*Policy, len(rules))
	for i, r := range rules {
		list[i] = r.policy
	}
	return list
}

// of1 cuts an address to the prefix length; false if it is of the other family.
func (w width) of1(a netip.Addr) (netip.Addr, bool) {
	switch {
	case w.of == 0:
		return netip.Addr{}, true
	case w.of != a.BitLen():
		return netip.Addr{}, false
	case w.bits == w.of:
		return a, true
	}
	p, err := a.Prefix(w.bits)
	return p.Addr(), err == nil
}

// place finds the kind of a selector, made if need be, and the key in it; false for ranges that
// are no prefixes.
func (x *Index) place(s Selector, make bool) (*kind, prefixes, bool) {
	src, from, ok := widthOf(s.Src)
	dst, to, ok2 := widthOf(s.Dst)
	if !ok || !ok2 {
		return nil, prefixes{}, false
	}
	key := prefixes{from, to}
	for _, k := range x.kinds {
		if k.src == src && k.dst == dst {
			return k, key, true
		}
	}
	k := &kind{src, dst, map[prefixes][]*rule{}}
	if make {
		x.kinds = append(x.kinds, k)
	}
	return k, key, true
}

func widthOf(r Range) (width, netip.Addr, bool) {
	if r.IsAny() {
		return width{}, netip.Addr{}, true
	}
	p, ok := r.Prefix()
	return width{p.Bits(), r.From.BitLen()}, r.From, ok
}

func order(a, b *rule) int {
	switch {
	case a.policy.Priority != b.policy.Priority && a.policy.Priority < b.policy.Priority:
		return -1
	case a.policy.Priority != b.policy.Priority:
		return 1
	case a.age < b.age:
		return -1
	case a.age > b.age:
		return 1
	}
	return 0
}

func first(a, b *rule) *rule {
	if a == nil || order(b, a) < 0 {
		return b
	}
	return a
}

func insert(list []*rule, r *rule) []*rule {
	at, _ := slices.BinarySearchFunc(list, r, order)
	return slices.Insert(list, at, r)
}

func without(list []*rule, r *rule) []*rule {
	return slices.DeleteFunc(list, func(other *rule) bool { return other == r })
}

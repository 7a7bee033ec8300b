package host

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
)

// A verdict is what becomes of the packets of flows: a chain with rules for them.
//
// Flows whose addresses are prefixes of the same lengths, and that look at the same fields, are of one kind. A
// kind is one rule, which looks the fields up in a set: so a packet costs as much as there are kinds, and not as there
// are flows, and a flow more or less is an element of a set more or less. That is good where the order of flows does not
// matter. Where some are to be left alone, and for ranges that are no prefixes, each flow has a rule.
type verdict struct {
	chain *nftables.Chain
	what  []expr.Any
	kinds map[kind]map[string]int // how often each element is there
	list  []Flow                  // those with a rule each, in order
}

// A kind is what a rule looks at.
type kind struct {
	family   byte // NFPROTO_*
	src, dst int  // lengths of prefixes in bits; 0: any address
	proto    bool
	from, to bool // ports
	later    bool // fragments but the first, which do not show their ports
}

// A plan is a change of a verdict that is not yet made.
type plan struct {
	change map[kind]map[string]int // how many more of each element
	list   []Flow
	relist bool // the list has changed
}

func newVerdict(chain *nftables.Chain, what []expr.Any) verdict {
	return verdict{chain: chain, what: what, kinds: map[kind]map[string]int{}}
}

// set plans to have just these flows.
func (v *verdict) set(flows []Flow) *plan {
	p := &plan{change: map[kind]map[string]int{}, relist: true}
	for k, elements := range v.kinds {
		for e, n := range elements {
			p.count(k, e, -n)
		}
	}
	if slices.ContainsFunc(flows, func(f Flow) bool { return f.Leave }) {
		p.list = slices.Clone(flows)
		return p
	}
	for _, f := range flows {
		if !p.flow(f, 1) {
			p.list = append(p.list, f)
		}
	}
	p.relist = !slices.Equal(p.list, v.list)
	return p
}

// more plans to have these flows as well, or with a by of -1 not any more.
func (v *verdict) more(flows []Flow, by int) *plan {
	p := &plan{change: map[kind]map[string]int{}, list: v.list}
	for _, f := range flows {
		if p.flow(f, by) {
			continue
		}
		if !p.relist {
			p.list, p.relist = slices.Clone(p.list), true
		}
		if by > 0 {
			p.list = append(p.list, f)
		} else if at := slices.Index(p.list, f); at >= 0 {
			p.list = slices.Delete(p.list, at, at+1)
		}
	}
	return p
}

// flow counts the elements of a flow; false: it has none, because its addresses are no prefixes.
func (p *plan) flow(f Flow, by int) bool {
	src, from, ok := bitsOf(f.SrcFrom, f.SrcTo)
	dst, to, ok2 := bitsOf(f.DstFrom, f.DstTo)
	if !ok || !ok2 {
		return false
	}
	for _, family := range f.families() {
		k := kind{family: family, src: src, dst: dst, proto: f.Proto != 0, from: f.SrcPort != 0, to: f.DstPort != 0}
		var e []byte
		if src > 0 {
			e = append(e, from.AsSlice()...)
		}
		if dst > 0 {
			e = append(e, to.AsSlice()...)
		}
		if k.proto {
			e = append(e, f.Proto, 0, 0, 0) // each field of a set takes whole words
		}
		if k.from || k.to {
			later := k
			later.from, later.to, later.later = false, false, true
			p.count(later, string(e), by)
		}
		if k.from {
			e = append(binary.BigEndian.AppendUint16(e, f.SrcPort), 0, 0)
		}
		if k.to {
			e = append(binary.BigEndian.AppendUint16(e, f.DstPort), 0, 0)
		}
		p.count(k, string(e), by)
	}
	return true
}

func (p *plan) count(k kind, element string, by int) {
	if p.change[k] == nil {
		p.change[k] = map[string]int{}
	}
	p.change[k][element] += by
}

// bitsOf gives the prefix that two addresses span, if there is one. No address at all, and every address of a
// family, are of length 0.
func bitsOf(from, to netip.Addr) (bits int, first netip.Addr, ok bool) {
	if !from.IsValid() {
		return 0, from, true
	}
	a, b := from.AsSlice(), to.AsSlice()
	if len(a) != len(b) {
		return 0, from, false
	}
	for bits < len(a)*8 && a[bits/8]>>(7-bits%8)&1 == b[bits/8]>>(7-bits%8)&1 {
		bits++
	}
	for i := bits; i < len(a)*8; i++ {
		if a[i/8]>>(7-i%8)&1 != 0 || b[i/8]>>(7-i%8)&1 != 1 {
			return 0, from, false
		}
	}
	return bits, from, true
}

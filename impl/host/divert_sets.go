package host

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// write adds to the transaction at hand what a plan changes in the kernel.
func (v *verdict) write(d *Diversion, p *plan) error {
	live := map[kind]bool{}
	for k := range v.kinds {
		live[k] = true
	}
	rules := p.relist
	var gone []kind
	for k, change := range p.change {
		add, del, left := v.difference(k, change)
		if had := len(v.kinds[k]) > 0; had != (left > 0) {
			rules = true
			if had {
				delete(live, k)
				gone = append(gone, k)
				continue
			}
			live[k] = true
			if s := v.setOf(d.table, k); s != nil {
				d.sets++
				s.ID = d.sets // or the library draws from a counter that all of the process share, without a lock
				if err := d.filter.AddSet(s, nil); err != nil {
					return err
				}
			}
		}
		if left == 0 {
			continue
		}
		if err := d.elements(v.setOf(d.table, k), add, del); err != nil {
			return err
		}
	}
	if rules {
		v.writeRules(d, p.list, live)
	}
	for _, k := range gone { // no rule uses them any more
		if s := v.setOf(d.table, k); s != nil {
			d.filter.DelSet(s)
		}
	}
	return nil
}

// difference gives the elements that a kind gets and loses, and how many it has then.
func (v *verdict) difference(k kind, change map[string]int) (add, del []nftables.SetElement, left int) {
	left = len(v.kinds[k])
	for e, by := range change {
		switch before := v.kinds[k][e]; {
		case before == 0 && by > 0:
			add, left = append(add, nftables.SetElement{Key: []byte(e)}), left+1
		case before > 0 && before+by <= 0:
			del, left = append(del, nftables.SetElement{Key: []byte(e)}), left-1
		}
	}
	return add, del, left
}

// elements changes the elements of a set; a message takes only so many.
func (d *Diversion) elements(s *nftables.Set, add, del []nftables.SetElement) error {
	const most = 256
	if s == nil {
		return nil
	}
	for part := range slices.Chunk(add, most) {
		if err := d.filter.SetAddElements(s, part); err != nil {
			return err
		}
	}
	for part := range slices.Chunk(del, most) {
		if err := d.filter.SetDeleteElements(s, part); err != nil {
			return err
		}
	}
	return nil
}

// commit takes note that a plan was carried out.
func (v *verdict) commit(p *plan) {
	v.list = p.list
	for k, change := range p.change {
		if v.kinds[k] == nil {
			v.kinds[k] = map[string]int{}
		}
		for e, by := range change {
			if v.kinds[k][e] += by; v.kinds[k][e] <= 0 {
				delete(v.kinds[k], e)
			}
		}
		if len(v.kinds[k]) == 0 {
			delete(v.kinds, k)
		}
	}
}

// writeRules replaces the rules of the chain: those of the list, and one for each kind.
func (v *verdict) writeRules(d *Diversion, list []Flow, kinds map[kind]bool) {
	d.filter.FlushChain(v.chain)
	for _, f := range list {
		what := v.what
		if f.Leave {
			what = back()
		}
		for _, m := range f.match() {
			d.addRule(v.chain, m, what)
		}
	}
	sorted := slices.SortedFunc(maps.Keys(kinds), func(a, b kind) int { return cmp.Compare(a.String(), b.String()) })
	for _, k := range sorted {
		d.addRule(v.chain, k.match(v.setOf(d.table, k)), v.what)
	}
}

// String names the kind, in the names of sets: "v4-24-32-proto-to".
func (k kind) String() string {
	name := "v4"
	if k.family == unix.NFPROTO_IPV6 {
		name = "v6"
	}
	name += fmt.Sprintf("-%d-%d", k.src, k.dst)
	for _, part := range []struct {
		is   bool
		name string
	}{{k.proto, "-proto"}, {k.from, "-from"}, {k.to, "-to"}, {k.later, "-later"}} {
		if part.is {
			name += part.name
		}
	}
	return name
}

// setOf is the set of a kind; nil if it looks at no field.
func (v *verdict) setOf(table *nftables.Table, k kind) *nftables.Set {
	address := nftables.TypeIPAddr
	if k.family == unix.NFPROTO_IPV6 {
		address = nftables.TypeIP6Addr
	}
	var types []nftables.SetDatatype
	for _, part := range []struct {
		is bool
		of nftables.SetDatatype
	}{{k.src > 0, address}, {k.dst > 0, address}, {k.proto, nftables.TypeInetProto}, {k.from, nftables.TypeInetService}, {k.to, nftables.TypeInetService}} {
		if part.is {
			types = append(types, part.of)
		}
	}
	if len(types) == 0 {
		return nil
	}
	// A concatenation also where it is of one field: then each takes whole words.
	return &nftables.Set{Table: table, Name: v.chain.Name + "-" + k.String(), KeyType: nftables.MustConcatSetType(types...)}
}

// match loads the fields of a kind one behind the other, and looks them up.
func (k kind) match(set *nftables.Set) []expr.Any {
	const firstWord = 8 // NFT_REG32_00
	list := isFamily(k.family)
	if k.later {
		list = append(list, isLaterFragment(k.family)...)
	}
	if set == nil {
		return list
	}
	register := uint32(firstWord)
	offset, size := uint32(12), uint32(4) // RFC 791 section 3.1
	if k.family == unix.NFPROTO_IPV6 {
		offset, size = 8, 16 // RFC 8200 section 3
	}
	for i, bits := range []int{k.src, k.dst} {
		if bits == 0 {
			continue
		}
		list = append(list, &expr.Payload{DestRegister: register, Base: expr.PayloadBaseNetworkHeader, Offset: offset + uint32(i)*size, Len: size})
		if bits < int(size)*8 {
			list = append(list, &expr.Bitwise{SourceRegister: register, DestRegister: register, Len: size, Mask: maskOf(bits, int(size)), Xor: make([]byte, size)})
		}
		register += size / 4
	}
	if k.proto {
		list = append(list, &expr.Meta{Key: expr.MetaKeyL4PROTO, Register: register})
		register++
	}
	for i, is := range []bool{k.from, k.to} {
		if is {
			list = append(list, &expr.Payload{DestRegister: register, Base: expr.PayloadBaseTransportHeader, Offset: uint32(i) * 2, Len: 2})
			register++
		}
	}
	return append(list, &expr.Lookup{SourceRegister: firstWord, SetName: set.Name})
}

func maskOf(bits, size int) []byte {
	m := make([]byte, size)
	for i := range bits {
		m[i/8] |= 0x80 >> (i % 8)
	}
	return m
}

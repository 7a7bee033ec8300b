package dataplane

import "ikewit/impl/sadb"

// Put takes an SA in, or takes over the limits and the source address of one that is there. The SA has
// passed its Check, and is not larval.
func (in *Inbound) Put(from *sadb.SA) {
	in.memory.forget()
	id := from.ID()
	if s := in.byID[id]; s != nil {
		s.Src, s.Soft, s.Hard, s.Encap = from.Src, from.Soft, from.Hard, from.Encap
		s.setLife()
		return
	}
	s := &inSA{sa: sa{SA: *from, id: id}}
	s.setLife()
	at := slot(s.SPI, uint8(s.Proto))
	s.next = in.sas[at]
	in.sas[at], in.byID[id] = s, s
}

// Remove takes an SA out, and reports whether it was there.
func (in *Inbound) Remove(id sadb.ID) bool {
	s := in.byID[id]
	if s == nil {
		return false
	}
	in.memory.forget()
	delete(in.byID, id)
	at := slot(id.SPI, uint8(id.Proto))
	if first := in.sas[at]; first != s {
		for first.next != s {
			first = first.next
		}
		first.next = s.next
	} else if s.next != nil {
		in.sas[at] = s.next
	} else {
		delete(in.sas, at)
	}
	return true
}

// Flush takes out every SA of a protocol; 0: of all.
func (in *Inbound) Flush(proto sadb.Protocol) {
	for id := range in.byID {
		if proto == 0 || proto == id.Proto {
			in.Remove(id)
		}
	}
}

// PutPolicy takes a policy of the direction in or forward in, or replaces the one of its name. The
// policy must not change any more.
func (in *Inbound) PutPolicy(p *sadb.Policy) {
	in.policies.Put(p)
	in.memory.forget()
}

// RemovePolicy takes a policy out.
func (in *Inbound) RemovePolicy(id sadb.PolicyID) {
	in.policies.Remove(id)
	in.memory.forget()
}

// FlushPolicies takes every policy out.
func (in *Inbound) FlushPolicies() {
	in.policies = sadb.Index{}
	in.memory.forget()
}

// Usage gives what an SA has done so far.
func (in *Inbound) Usage(id sadb.ID) (sadb.Usage, bool) {
	if s := in.byID[id]; s != nil {
		return s.Current, true
	}
	return sadb.Usage{}, false
}

// Counters gives what was counted so far.
func (in *Inbound) Counters() Counters { return in.counters }

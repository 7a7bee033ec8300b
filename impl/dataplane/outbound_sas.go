package dataplane

import (
	"time"

	"ikewit/impl/sadb"
	"ikewit/impl/wire/ipsec"
)

// Put takes an SA in, or takes over the limits and the source address of one that is there. The SA has
// passed its Check, and is not larval.
func (o *Outbound) Put(from *sadb.SA) {
	o.memory.forget()
	id := from.ID()
	if s := o.sas[id]; s != nil {
		s.Src, s.Soft, s.Hard, s.Encap = from.Src, from.Soft, from.Hard, from.Encap
		s.setLife()
		return
	}
	s := newOutSA(from, o.rnd)
	o.sas[id] = s
	d := destination{s.Dst, s.Proto}
	if s.next = o.to[d]; s.next != nil {
		s.next.prev = s
	}
	o.to[d] = s
	o.asked.settle(s)
}

// Remove takes an SA out, and reports whether it was there.
func (o *Outbound) Remove(id sadb.ID) bool {
	s := o.sas[id]
	if s == nil {
		return false
	}
	o.memory.forget()
	delete(o.sas, id)
	switch d := (destination{s.Dst, s.Proto}); {
	case s.prev != nil:
		s.prev.next = s.next
	case s.next != nil:
		o.to[d] = s.next
	default:
		delete(o.to, d)
	}
	if s.next != nil {
		s.next.prev = s.prev
	}
	return true
}

// Flush takes out every SA of a protocol; 0: of all.
func (o *Outbound) Flush(proto sadb.Protocol) {
	for id := range o.sas {
		if proto == 0 || proto == id.Proto {
			o.Remove(id)
		}
	}
}

// PutPolicy takes a policy in, or replaces the one of its name. The policy must not change any more.
func (o *Outbound) PutPolicy(p *sadb.Policy) {
	o.policies.Put(p)
	o.memory.forget()
}

// RemovePolicy takes a policy out.
func (o *Outbound) RemovePolicy(id sadb.PolicyID) {
	o.policies.Remove(id)
	o.memory.forget()
	for name := range o.asked.pending {
		if name.policy == id {
			delete(o.asked.pending, name)
		}
	}
}

// FlushPolicies takes every policy out.
func (o *Outbound) FlushPolicies() {
	o.policies = sadb.Index{}
	o.asked.pending = nil
	o.memory.forget()
}

// Usage gives what an SA has done so far.
func (o *Outbound) Usage(id sadb.ID) (sadb.Usage, bool) {
	if s := o.sas[id]; s != nil {
		return s.Current, true
	}
	return sadb.Usage{}, false
}

// processFragment protects a fragment as it is, where tunnel mode may and the decision needs no ports.
// Otherwise the datagram is put together first: RFC 2406 section 3.3.1 for transport mode, RFC 4301
// section 7.
func (o *Outbound) processFragment(now time.Time, b Buffer, r *Results) {
	p := &o.packet
	f := flowOf(p)
	policy := o.policies.Match(&f)
	switch {
	case policy == nil:
		o.drop(NoPolicy)
		return
	case policy.Selector.HasPorts():
	case policy.Do != sadb.Protect || policy.Templates[0].Mode == sadb.Tunnel:
		todo, why := o.decide(now, &f, p, r)
		if todo == nil {
			o.drop(why)
			return
		}
		if len(todo.sas) > 0 && todo.sas[0].Selector.HasPorts() {
			break
		}
		if !o.carry(now, b, p, todo, false, r) {
			o.drop(Spent)
		}
		return
	}
	lost := o.parts.lost
	whole, ok := o.parts.add(now, p, 0)
	o.counters.Dropped[Unreassembled] += o.parts.lost - lost
	if ok && p.Parse(whole.Packet()) == nil {
		o.process(now, whole, p, true, r)
	}
}

// Dummy makes a packet of n octets that means nothing, in the named ESP SA: RFC 4303 section 2.6. It
// reports whether there is such an SA and it can carry more.
func (o *Outbound) Dummy(now time.Time, id sadb.ID, n int, r *Results) bool {
	s := o.sas[id]
	if s == nil || s.Proto != sadb.ESP || !s.prepare() {
		return false
	}
	b := newBuffer(ipsec.HeaderSize(s.Dst) + n)
	o.rnd.Fill(b.Packet())
	h := ipsec.Header{Src: s.Src, Dst: s.Dst, TTL: outerTTL, Proto: ipsec.ProtoNone, Payload: n}
	h.Put(b.Packet())
	if o.packet.Parse(b.Packet()) != nil {
		return false
	}
	mode := s.Mode
	s.Mode = sadb.Transport // in tunnel mode as well: the header is the outer one already
	ok := s.seal(now, &b, &o.packet, o, r)
	s.Mode = mode
	if ok {
		r.Wire = append(r.Wire, b)
	}
	return ok
}

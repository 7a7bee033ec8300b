package user

import (
	"ikewit/impl/host"
	"ikewit/impl/sadb"
)

// divert routes into the device what a new policy wants protected or discarded, and has refused what should
// not arrive in clear; before is the policy that it replaces, now nil if it is only taken away.
//
// Where no policy lets anything bypass, their order does not matter here, and only the change is told.
func (p *plane) divert(before, now *sadb.Policy) error {
	if p.outgoing.left+p.arriving.left > 0 || leaves(before) || leaves(now) {
		return p.diversion.Set(p.outgoing.flows(), p.arriving.flows())
	}
	for _, change := range []struct {
		policy *sadb.Policy
		tell   func(out, in []host.Flow) error
	}{{now, p.diversion.Add}, {before, p.diversion.Remove}} {
		if change.policy == nil {
			continue
		}
		flow := []host.Flow{flowOf(change.policy)}
		out, in := flow, []host.Flow(nil)
		if change.policy.Direction != sadb.Out {
			out, in = nil, flow
		}
		if err := change.tell(out, in); err != nil {
			return err
		}
	}
	return nil
}

// policies are those of one half.
type policies struct {
	sadb.Index
	left int // how many let packets be
}

// swap puts a policy in the place of another; either may be nil.
func (x *policies) swap(before, now *sadb.Policy) {
	if leaves(before) {
		x.left--
	}
	if leaves(now) {
		x.left++
	}
	if now != nil {
		x.Put(now)
	} else if before != nil {
		x.Remove(before.ID())
	}
}

// flows gives the traffic of the policies in their order, without those at the end that let packets be.
func (x *policies) flows() []host.Flow {
	var list []host.Flow
	last := 0
	for _, p := range x.All() {
		list = append(list, flowOf(p))
		if !leaves(p) {
			last = len(list)
		}
	}
	return list[:last]
}

func flowOf(p *sadb.Policy) host.Flow {
	s := p.Selector
	return host.Flow{
		SrcFrom: s.Src.From, SrcTo: s.Src.To, DstFrom: s.Dst.From, DstTo: s.Dst.To,
		Proto: s.Proto, SrcPort: s.SrcPort, DstPort: s.DstPort, Leave: leaves(p),
	}
}

// leaves reports whether a policy lets packets be: it has them bypass, or come in as they like.
func leaves(p *sadb.Policy) bool {
	if p == nil || p.Do != sadb.Protect {
		return p != nil && p.Do == sadb.Bypass
	}
	for _, t := range p.Templates {
		if !t.Optional || p.Direction == sadb.Out {
			return false
		}
	}
	return true
}

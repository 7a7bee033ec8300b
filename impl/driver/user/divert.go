package user

import (
	"ikewit/impl/host"
	"ikewit/impl/sadb"
)

// divert routes into the device what policies want protected or discarded, and has refused what should
// not arrive in clear.
func (p *plane) divert() error {
	return p.diversion.Set(flows(&p.policies[0]), flows(&p.policies[1]))
}

// flows gives the traffic of policies. What is to bypass in the midst of it comes to us too, and leaves as
// it came.
func flows(x *sadb.Index) []host.Flow {
	var list []host.Flow
	for _, p := range x.All() {
		if p.Do == sadb.Bypass || p.Do == sadb.Protect && p.Direction != sadb.Out && allOptional(p.Templates) {
			continue
		}
		s := p.Selector
		list = append(list, host.Flow{
			SrcFrom: s.Src.From, SrcTo: s.Src.To, DstFrom: s.Dst.From, DstTo: s.Dst.To,
			Proto: s.Proto, SrcPort: s.SrcPort, DstPort: s.DstPort,
		})
	}
	return list
}

func allOptional(templates []sadb.Template) bool {
	for _, t := range templates {
		if !t.Optional {
			return false
		}
	}
	return true
}

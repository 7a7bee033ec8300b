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

// flows gives the traffic of policies in their order. What is to bypass is left alone, where a later policy
// would have it otherwise.
func flows(x *sadb.Index) []host.Flow {
	var list []host.Flow
	last := 0 // behind the last flow that is not left alone
	for _, p := range x.All() {
		leave := p.Do == sadb.Bypass || p.Do == sadb.Protect && p.Direction != sadb.Out && allOptional(p.Templates)
		s := p.Selector
		list = append(list, host.Flow{
			SrcFrom: s.Src.From, SrcTo: s.Src.To, DstFrom: s.Dst.From, DstTo: s.Dst.To,
			Proto: s.Proto, SrcPort: s.SrcPort, DstPort: s.DstPort, Leave: leave,
		})
		if !leave {
			last = len(list)
		}
	}
	return list[:last]
}

func allOptional(templates []sadb.Template) bool {
	for _, t := range templates {
		if !t.Optional {
			return false
		}
	}
	return true
}

package ike

import (
	"net/netip"

	"ikewit/impl/sadb"
)

// Redirect has a pair go between other ports: the peer, behind a NAT, has been given another one. The addresses must be the same.
// What cannot be changed in the database stays as it was there.
func (t *Pairs) Redirect(p *Pair, local, remote netip.AddrPort) {
	p.Local, p.Remote = local, remote
	var actions []sadb.Action
	for i := range p.In {
		if sa := &p.In[i]; sa.Encap != (sadb.Encap{}) {
			sa.Encap = sadb.Encap{SrcPort: remote.Port(), DstPort: local.Port()}
			if i < p.in {
				actions = append(actions, sadb.Update{SA: *sa})
			}
		}
	}
	for i := range p.Out {
		if sa := &p.Out[i]; sa.Encap != (sadb.Encap{}) {
			sa.Encap = sadb.Encap{SrcPort: local.Port(), DstPort: remote.Port()}
			if i < p.out {
				actions = append(actions, sadb.Update{SA: *sa})
			}
		}
	}
	for _, a := range actions {
		t.core.Apply([]sadb.Action{a}, func(int, error) {})
	}
}

package ike

import (
	"slices"

	"ikewit/impl/conn"
	"ikewit/impl/sadb"
)

// A cover is the policies for one kind of traffic, put in with the first pair for it. It outlives pairs that expire: an SA whose
// life is over takes no policy along, or its traffic would go on in clear (RFC 2401 section 4.4: what must be protected is the policy
// database's to say, not the SAs'). When the last pair is deleted by either side, or told to end, the agreement is over and
// the policies go; so do those that expired pairs have left, with Uncover.
type cover struct {
	conn     *conn.Connection
	pairs    int // that need it now
	policies []sadb.PolicyID
}

// cover puts a pair's policies among the actions. Pairs of the same traffic share them: putting one in that is there replaces it.
func (t *Pairs) cover(actions []sadb.Action, p *Pair) []sadb.Action {
	s := p.Out[0].Selector
	c := t.covers[s]
	if c == nil {
		c = &cover{}
		t.covers[s] = c
		t.coverOrder = append(t.coverOrder, s)
	}
	p.covered = true
	c.conn, c.policies = p.Conn, nil
	c.pairs++
	for _, policy := range p.policies() {
		c.policies = append(c.policies, policy.ID())
		actions = append(actions, sadb.AddPolicy{Policy: policy})
	}
	return actions
}

// leaveCover says that a pair needs its policies no more; they stay. It reports whether another pair needs them.
func (t *Pairs) leaveCover(p *Pair) (needed bool) {
	if !p.covered {
		return true
	}
	p.covered = false
	c := t.covers[p.Out[0].Selector]
	c.pairs--
	return c.pairs > 0
}

// uncover takes a pair's policies out, unless another pair needs them.
func (t *Pairs) uncover(p *Pair) {
	if t.leaveCover(p) {
		return
	}
	t.takeOutCovers(func(s sadb.Selector, _ *cover) bool { return s == p.Out[0].Selector })
}

// uncoverFailed takes back what an installation that failed has put in. Policies that were there before stay.
func (t *Pairs) uncoverFailed(p *Pair, fresh bool, done []sadb.Action) {
	if needed := t.leaveCover(p); needed || !fresh {
		return
	}
	t.forgetCovers(func(s sadb.Selector, _ *cover) bool { return s == p.Out[0].Selector })
	for _, a := range done {
		if a, ok := a.(sadb.AddPolicy); ok {
			t.takeOutOne(sadb.DeletePolicy{ID: a.Policy.ID()})
		}
	}
}

// Uncover takes out the policies of a connection, of all for nil, that no pair needs any more.
func (t *Pairs) Uncover(c *conn.Connection) {
	t.takeOutCovers(func(_ sadb.Selector, v *cover) bool { return v.pairs == 0 && (c == nil || v.conn == c) })
}

// takeOutCovers takes out the policies of the covers that are meant.
func (t *Pairs) takeOutCovers(meant func(sadb.Selector, *cover) bool) {
	t.forgetCovers(func(s sadb.Selector, v *cover) bool {
		if !meant(s, v) {
			return false
		}
		for _, id := range v.policies {
			t.takeOutOne(sadb.DeletePolicy{ID: id})
		}
		return true
	})
}

// forgetCovers asks for each cover, oldest first, whether it is to be forgotten.
func (t *Pairs) forgetCovers(forget func(sadb.Selector, *cover) bool) {
	t.coverOrder = slices.DeleteFunc(t.coverOrder, func(s sadb.Selector) bool {
		gone := forget(s, t.covers[s])
		if gone {
			delete(t.covers, s)
		}
		return gone
	})
}

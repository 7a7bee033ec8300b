package ike

import (
	"time"

	"ikewit/impl/sadb"
)

// What of a pair goes into the databases by one request.
const (
	PutIn  = 1 << iota // the SAs for what arrives
	PutOut             // the SAs for what leaves, and the policies
)

// Install puts a pair's SAs in, those for what arrives before those for what leaves, and with the latter
// the policies if the pair wants them. then is called in a later step; by an error nothing that this
// call put in has remained. If the pair was removed meanwhile, nothing remains and then is not called.
func (t *Pairs) Install(p *Pair, what int, then func(error)) {
	var actions []sadb.Action
	fresh := false // the policies were not there before
	if what&PutIn != 0 {
		actions = add(actions, p.In)
	}
	if what&PutOut != 0 {
		for i := range p.Out {
			if id := p.outID(&p.Out[i]); t.byID[id] == nil {
				t.byID[id] = p
			}
		}
		actions = add(actions, p.Out)
		if p.Policy {
			fresh = t.covers[p.Out[0].Selector] == nil
			actions = t.cover(actions, p)
		}
	}
	t.core.Apply(actions, func(done int, err error) {
		t.installed(p, what, fresh, actions[:done], err, then)
	})
}

func add(actions []sadb.Action, list []sadb.SA) []sadb.Action {
	for i := range list {
		actions = append(actions, sadb.Add{SA: list[i]})
	}
	return actions
}

// installed notes what came of Install.
func (t *Pairs) installed(p *Pair, what int, fresh bool, done []sadb.Action, err error, then func(error)) {
	if p.gone || err != nil {
		if what&PutOut != 0 && p.covered {
			t.uncoverFailed(p, fresh, done)
		}
		t.undo(done)
		if !p.gone {
			then(err)
		}
		return
	}
	if what&PutIn != 0 {
		p.in = len(p.In)
	}
	if what&PutOut != 0 {
		p.out = len(p.Out)
	}
	then(nil)
}

// undo takes the SAs out that were put in, last first. Each action stands alone: one that fails does not
// keep the others from being done.
func (t *Pairs) undo(done []sadb.Action) {
	for i := len(done) - 1; i >= 0; i-- {
		if a, ok := done[i].(sadb.Add); ok {
			t.takeOutOne(sadb.Delete{ID: a.SA.ID()})
		}
	}
}

// takeOut removes what a pair has in the databases: policies that no other pair needs, unless the pair has expired, then the SAs.
func (t *Pairs) takeOut(p *Pair, hard sadb.ID, expired bool) {
	switch {
	case p.out > 0 && expired:
		t.leaveCover(p)
	case p.out > 0:
		t.uncover(p)
	}
	for i := range p.Out[:p.out] {
		if id := p.Out[i].ID(); id != hard {
			t.takeOutOne(sadb.Delete{ID: id})
		}
	}
	for i := range p.In[:p.in] {
		if id := p.In[i].ID(); id != hard {
			t.takeOutOne(sadb.Delete{ID: id})
		}
	}
	p.in, p.out = 0, 0
}

func (t *Pairs) takeOutOne(a sadb.Action) {
	t.core.Apply([]sadb.Action{a}, func(int, error) {})
}

// Stand says that the SAs are in use from now on, until their hard limit in time.
func (t *Pairs) Stand(p *Pair) {
	p.Since = t.core.Now()
	if life := p.In[0].Hard.Add; life > 0 {
		t.core.Set(&p.expiry, life, "life", p)
	}
}

// Shorten lowers the hard limits of a pair's SAs to those given, where these are lower and not zero. What
// is in the database already is updated there.
func (t *Pairs) Shorten(p *Pair, life time.Duration, octets uint64) {
	var changed []sadb.Action
	for _, list := range [][]sadb.SA{p.In, p.Out} {
		for i := range list {
			if shorten(&list[i].Hard, life, octets) {
				changed = append(changed, sadb.Update{SA: list[i]})
			}
		}
	}
	if len(changed) == 0 || !p.Up() {
		return
	}
	for _, a := range changed {
		t.core.Apply([]sadb.Action{a}, func(int, error) {})
	}
	if hard := p.In[0].Hard.Add; hard > 0 {
		t.core.Set(&p.expiry, hard-t.core.Now().Sub(p.Since), "life", p)
	}
}

func shorten(l *sadb.Limits, life time.Duration, octets uint64) bool {
	before := *l
	if life > 0 && (l.Add == 0 || life < l.Add) {
		l.Add = life
	}
	if octets > 0 && (l.Octets == 0 || octets < l.Octets) {
		l.Octets = octets
	}
	return *l != before
}

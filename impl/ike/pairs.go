package ike

import (
	"encoding/binary"
	"net/netip"

	"ikewit/impl/sadb"
)

// Pairs are all pairs of an engine, in the order in which their negotiations began, found by the SPI
// of any of their SAs.
type Pairs struct {
	// Ended is told of every pair that stood and ended by itself; the peer is to be told too. hard names
	// the SA that the database has already taken out; zero: none.
	Ended func(p *Pair, why string)
	// Aged is told of an SA of a pair that came to a soft limit.
	Aged func(p *Pair, id sadb.ID)

	core   *Core
	byID   map[sadb.ID]*Pair
	byEnds map[ends]*pairList
	all    pairList

	covers     map[sadb.Selector]*cover // by the selector of what leaves
	coverOrder []sadb.Selector          // of covers, oldest first
}

// NewPairs makes an empty collection.
func NewPairs(core *Core) *Pairs {
	return &Pairs{
		core: core, byID: make(map[sadb.ID]*Pair), byEnds: make(map[ends]*pairList), covers: make(map[sadb.Selector]*cover),
	}
}

// ends are the addresses between which IKE runs.
type ends struct{ local, remote netip.Addr }

func (p *Pair) ends() ends { return ends{p.Local.Addr(), p.Remote.Addr()} }

// Add takes a pair in; its SPIs are taken one by one.
func (t *Pairs) Add(p *Pair) {
	p.pairs = t
	t.all.add(p, inAll)
	l := t.byEnds[p.ends()]
	if l == nil {
		l = new(pairList)
		t.byEnds[p.ends()] = l
	}
	l.add(p, inEnds)
}

// All gives every pair that stands, oldest first, until yield is false. Pairs may be removed meanwhile.
func (t *Pairs) All(yield func(p *Pair) bool) {
	t.all.each(inAll, func(p *Pair) bool { return !p.Up() || yield(p) })
}

// Between gives the pairs between two addresses of IKE, those still under negotiation too, oldest first.
func (t *Pairs) Between(local, remote netip.Addr) func(yield func(p *Pair) bool) {
	return func(yield func(p *Pair) bool) {
		if l := t.byEnds[ends{local, remote}]; l != nil {
			l.each(inEnds, yield)
		}
	}
}

// firstSPI is the lowest that we choose: 1 to 255 are reserved (RFC 2406 section 2.1), those below
// 0x1000 are left to hand-made SAs.
const firstSPI = 0x1000

// TakeSPI draws an SPI for what arrives under a protocol, of which no SA of ours has it, and keeps it
// for the pair.
func (t *Pairs) TakeSPI(p *Pair, proto sadb.Protocol) uint32 {
	for {
		id := sadb.ID{SPI: binary.BigEndian.Uint32(t.core.Draw("spi", 4)), Dst: p.Local.Addr(), Proto: proto}
		if id.SPI >= firstSPI && t.byID[id] == nil {
			t.byID[id] = p
			return id.SPI
		}
	}
}

// ReleaseSPI gives back an SPI that TakeSPI drew and that no SA bears.
func (t *Pairs) ReleaseSPI(p *Pair, proto sadb.Protocol, spi uint32) {
	delete(t.byID, sadb.ID{SPI: spi, Dst: p.Local.Addr(), Proto: proto})
}

// Inbound finds the pair that receives under an SPI at a local address, Outbound the pair that sends
// under one to a peer; nil if there is none. The addresses are those at which IKE runs.
func (t *Pairs) Inbound(proto sadb.Protocol, spi uint32, local netip.Addr) *Pair {
	return t.byID[sadb.ID{SPI: spi, Dst: local, Proto: proto}]
}

// Outbound: see Inbound.
func (t *Pairs) Outbound(proto sadb.Protocol, spi uint32, remote netip.Addr) *Pair {
	p := t.byID[sadb.ID{SPI: spi, Dst: remote, Proto: proto}]
	if p == nil || p.Remote.Addr() != remote {
		return nil
	}
	return p
}

// Remove ends a pair: what it has in the databases is taken out, and nothing more comes of it.
func (t *Pairs) Remove(p *Pair) { t.remove(p, sadb.ID{}, false) }

// nearExpiry is the last part of a pair's life, one in so many, in which a Delete counts as expiry. Ours.
const nearExpiry = 10

// Lose ends a pair that the peer has deleted. Close to the hard limit that is expiry, told by the faster clock: then the
// policies stay.
func (t *Pairs) Lose(p *Pair) {
	at, limited := p.Life()
	t.remove(p, sadb.ID{}, limited && at.Sub(t.core.Now()) <= p.In[0].Hard.Add/nearExpiry)
}

// Hold ends a pair and leaves its policies where they are: what they protect is held back, not sent in clear.
func (t *Pairs) Hold(p *Pair) { t.remove(p, sadb.ID{}, true) }

// Forget ends a pair and leaves its SAs where they are.
func (t *Pairs) Forget(p *Pair) {
	t.leaveCover(p)
	p.in, p.out = 0, 0
	t.remove(p, sadb.ID{}, false)
}

func (t *Pairs) remove(p *Pair, hard sadb.ID, expired bool) {
	if p.gone {
		return
	}
	p.gone = true
	t.core.Stop(&p.expiry)
	t.takeOut(p, hard, expired)
	for i := range p.In {
		delete(t.byID, p.inID(&p.In[i]))
	}
	for i := range p.Out {
		if id := p.outID(&p.Out[i]); t.byID[id] == p {
			delete(t.byID, id)
		}
	}
	t.all.remove(p, inAll)
	if l := t.byEnds[p.ends()]; l != nil {
		if l.remove(p, inEnds); l.first == nil {
			delete(t.byEnds, p.ends())
		}
	}
}

// Expire takes in what the SA database said: with a hard limit the whole pair ends. Soft limits are told of and change
// nothing: there is no automatic replacement.
func (t *Pairs) Expire(e sadb.Expire) {
	id := e.SA.ID()
	p := t.byID[id]
	if p == nil {
		p = t.bearing(id)
	}
	switch {
	case p == nil || !p.Up():
	case e.Hard:
		t.expire(p, id)
	case t.Aged != nil:
		t.Aged(p, id)
	}
}

// bearing looks through all pairs for one with the SA: only one whose ends are not those of IKE is not
// found faster.
func (t *Pairs) bearing(id sadb.ID) *Pair {
	for p := t.all.first; p != nil; p = p.links[inAll].next {
		for _, list := range [][]sadb.SA{p.In, p.Out} {
			for i := range list {
				if list[i].ID() == id {
					return p
				}
			}
		}
	}
	return nil
}

// expire ends a pair at a hard limit; its policies stay. hard names the SA that the database has already taken out; zero: none.
func (t *Pairs) expire(p *Pair, hard sadb.ID) {
	t.remove(p, hard, true)
	if t.Ended != nil {
		t.Ended(p, "expired")
	}
}

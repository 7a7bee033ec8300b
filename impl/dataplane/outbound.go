package dataplane

import (
	"net/netip"
	"time"

	"ikewit/impl/alg"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/ipsec"
)

// maxPacket is the longest IP packet.
const maxPacket = 65535

// An Outbound protects packets that leave. New makes it.
type Outbound struct {
	rnd      alg.Random
	policies sadb.Index
	sas      map[sadb.ID]*outSA
	to       map[destination]*outSA // the newest SA to each destination
	asked    acquires
	paths    paths
	parts    reassembler
	memory   memory[*bundle]
	ident    uint16 // of IPv4 headers that we make
	counters Counters
	packet   ipsec.Packet
}

type destination struct {
	addr  netip.Addr
	proto sadb.Protocol
}

// A bundle is what is done with the packets of a flow.
type bundle struct {
	do  sadb.Disposition
	sas []*outSA // innermost first
	mtu int      // of the way to the outermost destination
}

// NewOutbound makes an Outbound that knows no SA and no policy. rnd is where IVs come from; mtu is the
// largest packet for the network, in octets.
func NewOutbound(rnd alg.Random, mtu int) *Outbound {
	return &Outbound{rnd: rnd, sas: map[sadb.ID]*outSA{}, to: map[destination]*outSA{}, paths: newPaths(mtu)}
}

// Process protects the clear packet in b, or does with it what else the policy says. The packet must
// come from inside: the caller has no other way for it.
func (o *Outbound) Process(now time.Time, b Buffer, r *Results) {
	p := &o.packet
	if p.Parse(b.Packet()) != nil {
		o.drop(Malformed)
		return
	}
	b.To = b.From + len(p.Octets)
	if p.IsFragment() {
		o.processFragment(now, b, r)
		return
	}
	o.process(now, b, p, false, r)
}

// process does with a whole datagram what its policy says. With cuttable, we put it together from
// fragments, and may take it apart again whatever it says itself.
func (o *Outbound) process(now time.Time, b Buffer, p *ipsec.Packet, cuttable bool, r *Results) {
	if o.paths.aged(now) {
		o.memory.forget()
	}
	k := keyOf(p)
	for range 8 { // once, but for SAs that turn out to be spent
		todo, ok := o.memory.find(&k)
		if !ok {
			f := flowOf(p)
			var why Reason
			if todo, why = o.decide(now, &f, p, r); todo == nil {
				o.drop(why)
				return
			}
			o.memory.keep(&k, todo)
		}
		if o.carry(now, b, p, todo, cuttable, r) {
			return
		}
		o.memory.forget()
	}
	o.drop(Spent)
}

// decide finds the policy of a flow and the SAs that it asks for. The Reason says why there is no
// bundle.
func (o *Outbound) decide(now time.Time, f *sadb.Flow, p *ipsec.Packet, r *Results) (*bundle, Reason) {
	policy := o.policies.Match(f)
	switch {
	case policy == nil:
		return nil, NoPolicy
	case policy.Do == sadb.Discard:
		return nil, Discarded
	case policy.Do == sadb.Bypass:
		return &bundle{do: sadb.Bypass}, 0
	}
	todo := &bundle{do: sadb.Protect, mtu: maxPacket}
	src, dst := p.Src, p.Dst
	for _, t := range policy.Templates {
		s := o.choose(&t, src, dst, f)
		switch {
		case s != nil:
			todo.sas = append(todo.sas, s)
			src, dst = s.Src, s.Dst
		case !t.Optional:
			o.acquire(now, policy, t, src, dst, f, r)
			return nil, NoSA
		}
	}
	todo.mtu = o.paths.mtu(dst)
	return todo, 0
}

// choose finds the SA for a template: the newest that fits. src and dst are the addresses of the packet
// as it is by then.
func (o *Outbound) choose(t *sadb.Template, src, dst netip.Addr, f *sadb.Flow) *outSA {
	if t.Mode == sadb.Tunnel {
		src, dst = t.Src, t.Dst
	}
	for s := o.to[destination{dst, t.Proto}]; s != nil; s = s.next {
		if s.Mode == t.Mode && s.Src == src && !s.over && (t.ReqID == 0 || t.ReqID == s.ReqID) && s.Selector.Selects(f) {
			return s
		}
	}
	return nil
}

// carry does what a bundle says. False: one of its SAs is spent, and another may be there.
func (o *Outbound) carry(now time.Time, b Buffer, p *ipsec.Packet, todo *bundle, cuttable bool, r *Results) bool {
	n := len(p.Octets)
	if todo.do == sadb.Bypass {
		o.counters.Bypassed++
		r.Wire = append(r.Wire, b)
		return true
	}
	for _, s := range todo.sas {
		if !s.prepare() {
			o.drop(NoSA)
			return true
		}
	}
	if whole := todo.whole(n, p.Split); whole > todo.mtu && !o.fits(now, p, todo, whole, cuttable, r) {
		return true
	}
	for i, s := range todo.sas {
		if i > 0 && p.Parse(b.Packet()) != nil {
			o.drop(Malformed)
			return true
		}
		if !s.seal(now, &b, p, o, r) {
			if i == 0 {
				return false
			}
			o.drop(Spent) // what the inner SA has sealed cannot be sealed again
			return true
		}
	}
	o.counters.Packets++
	o.counters.Octets += uint64(n)
	o.emit(b, todo.mtu, r)
	return true
}

// emit sends what is sealed, in fragments if it is longer than the way can carry: RFC 2406 section
// 3.3.5, after ESP and never before it.
func (o *Outbound) emit(b Buffer, mtu int, r *Results) {
	if len(b.Packet()) <= mtu {
		r.Wire = append(r.Wire, b)
		return
	}
	if o.packet.Parse(b.Packet()) != nil {
		o.drop(Malformed)
		return
	}
	o.ident++
	r.Wire = cut(r.Wire, &o.packet, mtu, uint32(o.ident))
}

func (o *Outbound) drop(why Reason) { o.counters.Dropped[why]++ }

// Counters gives what was counted so far.
func (o *Outbound) Counters() Counters { return o.counters }

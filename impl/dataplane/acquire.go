package dataplane

import (
	"net/netip"
	"time"

	"ikewit/impl/sadb"
)

// AcquireLife is how long an SA that was asked for is waited for before it is asked for again.
const AcquireLife = 30 * time.Second

// maxAcquires bounds how many SAs are asked for at a time; packets that would ask for more are dropped
// like others.
const maxAcquires = 1024

// acquires are the SAs that were asked for and are not there yet: each is asked for once (RFC 2367
// section 3.1.6, IPS-SEL-07).
type acquires struct {
	pending map[asking]asked
	seq     uint32
}

// asking names a missing SA.
type asking struct {
	policy   sadb.PolicyID
	proto    sadb.Protocol
	mode     sadb.Mode
	src, dst netip.Addr
}

type asked struct {
	seq uint32
	end time.Time
}

// acquire asks for an SA that a template needs, unless that was done.
func (o *Outbound) acquire(now time.Time, policy *sadb.Policy, t sadb.Template, src, dst netip.Addr, f *sadb.Flow, r *Results) {
	if t.Mode == sadb.Tunnel {
		src, dst = t.Src, t.Dst
	}
	a := &o.asked
	name := asking{policy.ID(), t.Proto, t.Mode, src, dst}
	if before, ok := a.pending[name]; ok && now.Before(before.end) {
		return
	}
	if len(a.pending) >= maxAcquires {
		for other, before := range a.pending {
			if !now.Before(before.end) {
				delete(a.pending, other)
			}
		}
		if len(a.pending) >= maxAcquires {
			return
		}
	}
	if a.pending == nil {
		a.pending = map[asking]asked{}
	}
	a.seq++
	a.pending[name] = asked{a.seq, now.Add(AcquireLife)}
	r.Acquires = append(r.Acquires, sadb.Acquire{Packet: f.Selector(), Policy: *policy, Template: t, Seq: a.seq})
}

// settle forgets the requests that an SA answers.
func (a *acquires) settle(s *outSA) {
	for name := range a.pending {
		if name.proto == s.Proto && name.mode == s.Mode && name.src == s.Src && name.dst == s.Dst {
			delete(a.pending, name)
		}
	}
}

// Refused says that the SA of a request will not come: the next packet asks again (RFC 2367 section
// 3.1.6, an ACQUIRE with an error).
func (o *Outbound) Refused(seq uint32) {
	for name, a := range o.asked.pending {
		if a.seq == seq {
			delete(o.asked.pending, name)
		}
	}
}

package user

import (
	"crypto/rand"
	"sync"

	"ikewit/impl/dataplane"
	"ikewit/impl/host"
	"ikewit/impl/sadb"
)

// A plane is the data plane of a driver, as its store uses it.
type plane struct {
	diversion *host.Diversion
	outgoing  policies
	arriving  policies // inbound and forwarded
	out       outbound
	in        inbound
}

// outbound and inbound are the two halves; whoever calls them holds the lock.
type outbound struct {
	sync.Mutex
	*dataplane.Outbound
}

type inbound struct {
	sync.Mutex
	*dataplane.Inbound
}

func newPlane(d *host.Diversion, mtu int) *plane {
	return &plane{
		diversion: d,
		out:       outbound{Outbound: dataplane.NewOutbound(&entropy{}, mtu)},
		in:        inbound{Inbound: dataplane.NewInbound()},
	}
}

// Supports knows every algorithm; IPComp is not there.
func (*plane) Supports(sa *sadb.SA) error {
	switch {
	case sa.Proto == sadb.IPComp:
		return unsupported("IPComp")
	}
	return sa.CheckIV("user")
}

func (*plane) SupportsPolicy(p *sadb.Policy) error {
	for _, t := range p.Templates {
		if t.Proto == sadb.IPComp {
			return unsupported("IPComp")
		}
	}
	return nil
}

func unsupported(what string) error { return &sadb.UnsupportedError{Driver: "user", What: what} }

// Apply changes the data plane.
func (p *plane) Apply(a sadb.Action) error {
	switch a := a.(type) {
	case sadb.Add:
		p.put(&a.SA)
	case sadb.Update:
		p.put(&a.SA)
	case sadb.Delete:
		p.Ended(a.ID)
	case sadb.AddPolicy:
		return p.putPolicy(&a.Policy)
	case sadb.DeletePolicy:
		return p.removePolicy(a.ID)
	case sadb.Flush:
		return p.flush(a)
	}
	return nil
}

// put gives an SA to the half that its direction names; without one, to both: packets that arrive find
// it by its destination, packets that leave by the policy.
func (p *plane) put(sa *sadb.SA) {
	if sa.Direction != sadb.In {
		p.out.Lock()
		p.out.Put(sa)
		p.out.Unlock()
	}
	if sa.Direction != sadb.Out {
		p.in.Lock()
		p.in.Put(sa)
		p.in.Unlock()
	}
}

// Ended takes an SA out.
func (p *plane) Ended(id sadb.ID) {
	p.out.Lock()
	p.out.Remove(id)
	p.out.Unlock()
	p.in.Lock()
	p.in.Remove(id)
	p.in.Unlock()
}

// Usage gives what an SA has done, from the half that has used it.
func (p *plane) Usage(id sadb.ID) (sadb.Usage, bool) {
	p.in.Lock()
	u, ok := p.in.Usage(id)
	p.in.Unlock()
	if ok && u.Packets > 0 {
		return u, true
	}
	p.out.Lock()
	defer p.out.Unlock()
	if sent, known := p.out.Usage(id); known {
		return sent, true
	}
	return u, ok
}

// putPolicy diverts the traffic first, and then says what is done with it.
func (p *plane) putPolicy(policy *sadb.Policy) error {
	x := p.of(policy.Direction)
	if err := p.change(x, x.Get(policy.ID()), policy); err != nil {
		return err
	}
	if policy.Direction == sadb.Out {
		p.out.Lock()
		p.out.PutPolicy(policy)
		p.out.Unlock()
		return nil
	}
	p.in.Lock()
	p.in.PutPolicy(policy)
	p.in.Unlock()
	return nil
}

func (p *plane) removePolicy(id sadb.PolicyID) error {
	x := p.of(id.Direction)
	if err := p.change(x, x.Get(id), nil); err != nil {
		return err
	}
	if id.Direction == sadb.Out {
		p.out.Lock()
		p.out.RemovePolicy(id)
		p.out.Unlock()
		return nil
	}
	p.in.Lock()
	p.in.RemovePolicy(id)
	p.in.Unlock()
	return nil
}

// of gives the policies among which those of a direction are.
func (p *plane) of(d sadb.Direction) *policies {
	if d == sadb.Out {
		return &p.outgoing
	}
	return &p.arriving
}

// change swaps a policy and has its traffic diverted, or does neither.
func (p *plane) change(x *policies, before, now *sadb.Policy) error {
	x.swap(before, now)
	err := p.divert(before, now)
	if err != nil {
		x.swap(now, before)
	}
	return err
}

func (p *plane) flush(f sadb.Flush) error {
	if f.Policies {
		if err := p.diversion.Set(nil, nil); err != nil {
			return err
		}
		p.outgoing, p.arriving = policies{}, policies{}
	}
	p.out.Lock()
	p.out.Flush(f.Proto)
	if f.Policies {
		p.out.FlushPolicies()
	}
	p.out.Unlock()
	p.in.Lock()
	p.in.Flush(f.Proto)
	if f.Policies {
		p.in.FlushPolicies()
	}
	p.in.Unlock()
	return nil
}

func (o *outbound) counters() dataplane.Counters {
	o.Lock()
	defer o.Unlock()
	return o.Counters()
}

func (i *inbound) counters() dataplane.Counters {
	i.Lock()
	defer i.Unlock()
	return i.Counters()
}

// entropy draws from the kernel's randomness, many octets at a time: a system call for each IV would
// cost as much as the packet.
type entropy struct {
	octets [4096]byte
	rest   []byte
}

func (e *entropy) Fill(p []byte) {
	for len(p) > 0 {
		if len(e.rest) == 0 {
			rand.Read(e.octets[:]) // never fails: the program is ended first
			e.rest = e.octets[:]
		}
		n := copy(p, e.rest)
		p, e.rest = p[n:], e.rest[n:]
	}
}

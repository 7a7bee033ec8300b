package ike1

import (
	"net/netip"
	"time"

	"ikewit/impl/conn"
	"ikewit/impl/ike"
	"ikewit/impl/secret"
	"ikewit/impl/wire/ikehdr"
	"ikewit/impl/wire/isakmp"
)

// A Machine is IKE version 1 for all peers of an engine: it owns the ISAKMP SAs and the exchanges under
// them. Make one with New.
type Machine struct {
	core    *ike.Core
	pairs   *ike.Pairs
	conns   conn.Database
	secrets secret.Finder
	seams   ike.Seams[*isakmp.Message]

	byCookie map[ikehdr.Cookie]*association // by CKY-I; those of the same one are chained
	byEnds   index[ends]
	behind   index[*conn.Connection] // those that traverse a NAT
	mappings map[[2]netip.AddrPort]*mapping
	all      list
	halfOpen list
	cookies  ike.Limiter // of INVALID-COOKIE
	scratch  []byte      // for messages in the making
}

// A Config is what a Machine works with. All of it is needed but Seams.
type Config struct {
	Core        *ike.Core
	Pairs       *ike.Pairs
	Connections conn.Database
	Secrets     secret.Finder
	Seams       ike.Seams[*isakmp.Message]
}

// New makes a Machine without SAs.
func New(c Config) *Machine {
	return &Machine{
		core: c.Core, pairs: c.Pairs, conns: c.Connections, secrets: c.Secrets, seams: c.Seams,
		byCookie: make(map[ikehdr.Cookie]*association),
		byEnds:   newIndex[ends](onEnds),
		behind:   newIndex[*conn.Connection](onBehind),
		mappings: make(map[[2]netip.AddrPort]*mapping),
		all:      list{which: onAll},
		halfOpen: list{which: onHalfOpen},
	}
}

// ends are the addresses between which SAs are.
type ends struct{ local, remote netip.Addr }

func (s *association) ends() ends { return ends{s.local.Addr(), s.remote.Addr()} }

// with gives the associations between the ends, oldest first.
func (m *Machine) with(e ends) *list { return m.byEnds.of(e) }

// newAssociation begins an ISAKMP SA, which nobody finds before register. ckyI is the peer's, or zero
// when we begin.
func (m *Machine) newAssociation(r role, ckyI ikehdr.Cookie, local, remote netip.AddrPort) *association {
	s := &association{m: m, role: r, ckyI: ckyI, local: local, remote: remote}
	if r == initiator {
		s.ckyI = m.newCookie()
	} else {
		s.ckyR = m.newCookie()
	}
	return s
}

// register lets an association be found. If that makes too many that are half open, the oldest of these
// is dropped.
func (m *Machine) register(s *association) {
	s.sibling = m.byCookie[s.ckyI]
	m.byCookie[s.ckyI] = s
	m.all.add(s)
	m.byEnds.add(s.ends(), s)
	if s.role == responder {
		m.halfOpen.add(s)
	}
	if m.halfOpen.n > m.core.Limits.HalfOpen {
		m.halfOpen.first.phase1.giveUp("dropped: too many negotiations are half open", nil)
	}
}

// newCookie draws a cookie that is not zero and that no SA of ours begins with.
func (m *Machine) newCookie() ikehdr.Cookie {
	for {
		c := ikehdr.Cookie(m.core.Draw("cookie", len(ikehdr.Cookie{})))
		if !c.IsZero() && m.byCookie[c] == nil {
			return c
		}
	}
}

// drop ends an association: nothing more comes of it or of its exchanges. IPsec SAs stay.
func (m *Machine) drop(s *association) {
	if s.over {
		return
	}
	s.over = true
	m.core.Stop(&s.life)
	if s.alive != nil {
		m.core.Stop(&s.alive.timer)
	}
	if s.phase1 != nil {
		s.phase1.stop()
	}
	for len(s.quicks) > 0 {
		s.quicks[0].lose("the ISAKMP SA is gone")
	}
	for _, e := range s.echoes {
		m.core.Stop(&e.timer)
	}
	m.forgetCookie(s)
	m.all.remove(s)
	m.halfOpen.remove(s)
	m.byEnds.remove(s.ends(), s)
	m.behind.remove(s.conn, s)
}

func (m *Machine) forgetCookie(s *association) {
	if m.byCookie[s.ckyI] == s {
		if s.sibling == nil {
			delete(m.byCookie, s.ckyI)
		} else {
			m.byCookie[s.ckyI] = s.sibling
		}
		return
	}
	for o := m.byCookie[s.ckyI]; o != nil; o = o.sibling {
		if o.sibling == s {
			o.sibling = s.sibling
			return
		}
	}
}

// expire ends an ISAKMP SA whose life is over, and says so to the peer.
func (m *Machine) expire(s *association) {
	m.sayDelete(s, isakmp.ProtoISAKMP, s.spi())
	m.core.Emit(ike.Gone{Exchange: s.event(0, s.role), SA: "ISAKMP SA", Reason: "expired"})
	m.drop(s)
}

// defaultLife stands in for a lifetime that neither side has named: RFC 2407 section 4.5 has it for
// phase 2, and we take it for both.
const defaultLife = 28800 * time.Second

package ike1

import (
	"errors"
	"net/netip"
	"time"

	"ikewit/impl/alg"
	"ikewit/impl/conn"
	"ikewit/impl/ike"
	"ikewit/impl/keymat"
	"ikewit/impl/wire/isakmp"
)

// A phase1 is the negotiation of an ISAKMP SA. It goes when the SA stands.
type phase1 struct {
	exchange
	candidates []*conn.Connection // as responder: those that take what was chosen, best first
	suite      suite
	life       time.Duration
	offered    *isakmp.SA // as initiator: what we sent
	chosen     *isakmp.SA // as responder: what we answer
	psk        alg.Key
	notices    []*isakmp.Notify // that came with the peer's HASH
	canDPD     bool             // the peer says that it answers R-U-THERE
	peer       *isakmp.ID       // Aggressive Mode: who the peer says it is; proved later
	late       *lateProof       // Aggressive Mode: AR1, while its HASH waits for the secret

	x       alg.Key // our private exponent
	public  []byte  // and what it makes
	shared  alg.Key
	secrets *keymat.Secrets
	cbc     alg.CBC
	transcript
}

// A transcript is the octets of the exchange that go into keys and HASHes, as they were on the wire.
type transcript struct {
	sai      []byte // SAi_b
	gxi, gxr []byte
	ni, nr   []byte
	idi, idr []byte // IDii_b, IDir_b
}

// newPhase1 puts a negotiation beside its association.
func newPhase1(s *association, kind isakmp.Exchange, r role) *phase1 {
	p := &phase1{exchange: exchange{s: s, kind: kind, role: r, state: idle}}
	p.protect = p.protection
	p.giveUp = p.fail
	s.phase1 = p
	return p
}

// initiate begins a negotiation of ours. Without a secret or without an address there is nothing to
// begin.
func (m *Machine) initiate(c *conn.Connection, want *request) {
	local, remote, floated := m.lastEnds(c)
	psk, err := m.preShared(c, local.Addr(), remote.Addr())
	if err == nil && (!local.Addr().IsValid() || !remote.Addr().IsValid()) {
		err = errNoAddress
	}
	if err != nil {
		m.core.Emit(ike.Failed{
			Exchange: ike.Exchange{Conn: c.Name, Local: local, Remote: remote, Initiator: true},
			Phase:    1, Reason: "cannot begin", Err: err,
		})
		return
	}
	s := m.newAssociation(initiator, zeroCookie, local, remote)
	s.conn = c
	s.natt.floated = floated
	if want != nil {
		s.waiting = append(s.waiting, *want)
	}
	m.register(s)
	p := newPhase1(s, exchangeOf(c), initiator)
	p.psk = psk
	row := find(p.rows(), idle, 0)
	p.enter(row.to)
	_ = p.proceed(row.goOn(p))
}

var errNoAddress = errors.New("the connection does not name both addresses")

func endpoint(e conn.End) netip.AddrPort {
	if e.Port == 0 {
		return netip.AddrPortFrom(e.Addr, isakmpPort)
	}
	return netip.AddrPortFrom(e.Addr, e.Port)
}

// isakmpPort is the UDP port of ISAKMP. RFC 2408 section 2.5.1.
const isakmpPort = 500

// respond begins the negotiation that a first message asks for. It is remembered only if it can be
// answered.
func (m *Machine) respond(msg *message) error {
	s := m.newAssociation(responder, msg.header.Initiator, msg.local, msg.remote)
	p := newPhase1(s, msg.exchange(), responder)
	msg.ends = true // if refused: nothing remains
	return p.receive(msg)
}

// receive leads a message through the table of our role.
func (p *phase1) receive(msg *message) error {
	return take(&p.exchange, p, p.rows(), p.suite.auth, msg)
}

func (p *phase1) rows() []row[*phase1] {
	switch {
	case p.kind == isakmp.Aggressive && p.role == initiator:
		return aggressiveInitiator
	case p.kind == isakmp.Aggressive:
		return aggressiveResponder
	case p.role == initiator:
		return mainInitiator
	}
	return mainResponder
}

// exchangeOf gives the exchange of phase 1 that a connection is for.
func exchangeOf(c *conn.Connection) isakmp.Exchange {
	if c.ISAKMP.Exchange == conn.AggressiveMode {
		return isakmp.Aggressive
	}
	return isakmp.IdentityProtection
}

// protection is the cipher of MI3 and MR3.
func (p *phase1) protection() (alg.CBC, error) {
	if p.cbc == nil {
		return nil, errNoKeys
	}
	return p.cbc, nil
}

var errNoKeys = errors.New("there are no keys yet")

// fail ends the negotiation and everything that waits for it.
func (p *phase1) fail(reason string, err error) {
	p.core().Emit(ike.Failed{Exchange: p.event(), Phase: 1, Reason: reason, Err: err})
	p.s.m.drop(p.s)
}

// close ends the negotiation by a refusal of a message that was the peer's. Who may be asked again stays for a
// while, to repeat what it told: the responder, and the initiator of Aggressive Mode.
func (p *phase1) close(msg *message, sent ike.Send) {
	switch {
	case p.kind == isakmp.Aggressive:
		p.core().Set(&p.timer, p.core().Limits.HalfOpenLife, "half-open", &p.exchange) // nothing is said again by itself
	case p.role == initiator:
		p.s.m.drop(p.s)
		return
	}
	p.s.waiting = nil
	p.enter(refused)
	p.heard.add(msg)
	p.sent, p.answers = sent, 0
	p.giveUp = func(string, error) { p.s.m.drop(p.s) }
}

// drawExponent draws our private exponent for a group.
func (m *Machine) drawExponent(g *alg.Group) alg.Key {
	n := m.core.Limits.Exponent
	if n == 0 {
		n = g.ExponentOctets
	}
	return m.core.Draw("dh", n)
}

// derive makes the keys of the SA from the shared secret. RFC 2409 section 5 and appendix B.
func (p *phase1) derive() error {
	s := p.s
	skeyid := p.skeyid()
	p.secrets = keymat.Derive(p.suite.hash, skeyid, p.shared, s.ckyI[:], s.ckyR[:])
	if err := p.secrets.SetCipher(p.suite.cipher, p.suite.bits, keymat.SkipWeak); err != nil {
		return err
	}
	cbc, err := p.suite.cipher.NewCBC(p.secrets.CipherKey)
	if err != nil {
		return err
	}
	p.cbc = cbc
	p.iv = keymat.PhaseOneIV(p.suite.hash, p.suite.cipher.Block, p.gxi, p.gxr)
	p.computed("CKY-I", s.ckyI[:])
	p.computed("CKY-R", s.ckyR[:])
	p.computed("g^xi", p.gxi)
	p.computed("g^xr", p.gxr)
	p.computed("g^xy", p.shared)
	p.computed("SKEYID", skeyid)
	p.computed("SKEYID_d", p.secrets.D)
	p.computed("SKEYID_a", p.secrets.A)
	p.computed("SKEYID_e", p.secrets.E)
	p.computed("cipher key", p.secrets.CipherKey)
	p.computed("IV", p.iv.Octets())
	return nil
}

// establish makes the SA usable, and begins what waited for it.
func (p *phase1) establish() error {
	s, m := p.s, p.s.m
	p.stop()
	m.halfOpen.remove(s)
	s.suite, s.secrets, s.base, s.cbc = p.suite, p.secrets, p.iv, p.cbc
	s.secrets.SKEYID, s.secrets.E = nil, nil
	s.since = p.core().Now()
	last := &echo{heard: p.heard, sent: p.sent, event: p.event()}
	s.keep(last)
	if p.kind == isakmp.Aggressive && p.role == initiator {
		s.unheard = last
	}
	s.phase1 = nil
	if s.natt.traverses() {
		m.behind.add(s.conn, s)
	}
	m.keepAlive(s)
	s.watch(p.canDPD, s.conn.DPD)
	m.core.Emit(ike.Phase1Up{Exchange: p.event(), Proposal: p.suite.String(), Life: p.life, PeerID: s.peerID.String()})
	m.core.Set(&s.life, p.life, "life", s)
	for _, n := range p.notices {
		m.takeNotify(s, &message{local: s.local, remote: s.remote, name: "notification of phase 1"}, n)
	}
	waiting := s.waiting
	s.waiting = nil
	for i := range waiting {
		s.beginQuick(waiting[i])
	}
	s.rest()
	return nil
}

package ike1

import (
	"errors"
	"time"

	"ikewit/impl/conn"
	"ikewit/impl/ike"
	"ikewit/impl/keymat"
	"ikewit/impl/wire/isakmp"
)

// Aggressive Mode, initiator.
//
//	HDR, SA, KE, Ni, IDii             -->                                          AI1
//	                                  <--  HDR, SA, KE, Nr, IDir, HASH_R           AR1
//	HDR*, HASH_I                      -->                                          AI2
//
// With NAT traversal AR1 and AI2 carry the NAT-D payloads, and AI2 leaves from port 4500: RFC 3947 sections 3.2 and 4.
var aggressiveInitiator []row[*phase1]

// Aggressive Mode, responder: the same messages. RFC 2409 draws AI2 in clear with a pre-shared key, and lets it be
// encrypted: we take both.
var aggressiveResponder []row[*phase1]

func init() {
	const extra = vid | certreq | cert | natd
	// message, section, role, from, authentication, needed, allowed, encrypted, prove, goOn, to
	aggressiveInitiator = []row[*phase1]{
		{"", "2409 §5", initiator, idle, 0, 0, 0, inClear, nil, (*phase1).offerAll, sentAI1},
		{"AR1", "2409 §5.4", initiator, sentAI1, 0, sa | ke | nonce | id | hash, extra, inClear, (*phase1).checkAllAnswered, (*phase1).authenticateLast, established},
	}
	aggressiveResponder = []row[*phase1]{
		{"AI1", "2409 §5", responder, idle, 0, sa | ke | nonce | id, vid | certreq, inClear, (*phase1).chooseAll, (*phase1).answerAll, sentAR1},
		{"AI2", "2409 §5.4", responder, sentAR1, conn.PreSharedKey, hash, extra | notify, either, (*phase1).checkLastHash, (*phase1).establish, established},
	}
}

// offerAll computes our public value and sends AI1.
func (p *phase1) offerAll() error {
	if len(p.s.conn.ISAKMP.Offer) == 0 {
		return errNothingOffered1
	}
	p.suite.group = p.s.conn.ISAKMP.Offer[0].Group
	p.offered = offerISAKMP(p.s.conn)
	p.x = p.s.m.drawExponent(p.suite.group)
	p.compute(func() error {
		p.public = p.suite.group.Public(p.x)
		return nil
	}, p.sendAll)
	return nil
}

var errNothingOffered1 = errors.New("the connection offers no phase 1 proposal")

func (p *phase1) sendAll() error {
	p.tellOffer()
	list := []isakmp.Payload{p.offered, &isakmp.KE{Data: p.public}, &isakmp.Nonce{Data: p.core().Draw("nonce", ownNonce)}, ownIdentity(p.s)}
	return p.send("AI1", false, true, func(msg *isakmp.Message) error {
		p.sai = bodyAsSent(msg, isakmp.TypeSA)
		p.gxi = bodyAsSent(msg, isakmp.TypeKE)
		p.ni = bodyAsSent(msg, isakmp.TypeNonce)
		p.idi = bodyAsSent(msg, isakmp.TypeID)
		return nil
	}, append(list, p.vendors()...)...)
}

// chooseAll proves AI1: an identity that some connection expects, a transform that one of these accepts and whose group
// the public value is of, and that value and nonce.
func (p *phase1) chooseAll(msg *message) error {
	peer, body := one[*isakmp.ID](msg)
	if err := p.checkIdentityForm(peer); err != nil {
		return err
	}
	p.idi = keep(body)
	p.peer = &isakmp.ID{IDType: peer.IDType, Protocol: peer.Protocol, Port: peer.Port, Data: keep(peer.Data)}
	_, public := one[*isakmp.KE](msg)
	p.gxi = keep(public)
	if err := p.chooseProposal(msg); err != nil {
		return err
	}
	p.candidates = p.candidates[:1] // AR1 tells who we are, and our HASH comes of its secret
	return p.checkValues(msg)
}

// named gives the connections that may admit the peer under the identity that it names. If it is behind a NAT turns
// out later: until then an address is good that is not the one that it comes from, and checkLastHash looks again.
func (p *phase1) named(conns []*conn.Connection) ([]*conn.Connection, error) {
	who := identityOf(p.peer)
	_, byAddress := who.Addr()
	var list []*conn.Connection
	for _, c := range conns {
		if p.s.admits(c, who) || c.NATT != conn.NATTOff && c.Remote.Identity.IsZero() && byAddress {
			list = append(list, c)
		}
	}
	if p.core().Broken(CheckIDPolicy, list == nil) {
		return nil, refuse(CheckIDPolicy, isakmp.InvalidIDInformation, isakmp.TypeID, "no connection admits %v", who)
	}
	if list == nil { // only if the check is left out
		return conns, nil
	}
	return list, nil
}

// answerAll computes our public value, the secret and the keys, and sends AR1. AI2 must come, or it is said again: the
// initiator has no reason to ask for it.
func (p *phase1) answerAll() error {
	p.s.m.register(p.s)
	if p.over {
		return nil
	}
	p.x = p.s.m.drawExponent(p.suite.group)
	p.compute(func() (err error) {
		p.public = p.suite.group.Public(p.x)
		p.shared, err = p.suite.group.Shared(p.x, p.gxi)
		return err
	}, p.sendAllAnswered)
	return nil
}

func (p *phase1) sendAllAnswered() error {
	list := []isakmp.Payload{p.chosen, &isakmp.KE{Data: p.public}, &isakmp.Nonce{Data: p.core().Draw("nonce", ownNonce)}, ownIdentity(p.s)}
	list = append(append(list, p.vendors()...), p.nattDetection()...)
	return p.send("AR1", false, true, func(msg *isakmp.Message) error {
		p.gxr = bodyAsSent(msg, isakmp.TypeKE)
		p.nr = bodyAsSent(msg, isakmp.TypeNonce)
		p.idr = bodyAsSent(msg, isakmp.TypeID)
		if err := p.derive(); err != nil {
			return err
		}
		p.s.m.fillHash(msg, func([]byte) []byte { return p.hashR() })
		return nil
	}, append(list, &isakmp.Hash{})...)
}

// checkAllAnswered proves what of AR1 needs no arithmetic. Its HASH is looked at when the secret is computed.
func (p *phase1) checkAllAnswered(msg *message) error {
	before := p.s.natt
	if err := p.checkChoice(msg); err != nil {
		return err
	}
	if err := p.checkValues(msg); err != nil {
		return err
	}
	peer, body := one[*isakmp.ID](msg)
	if err := p.checkIdentityForm(peer); err != nil {
		return err
	}
	p.detectNAT(msg)
	p.idr = keep(body)
	p.peer = &isakmp.ID{IDType: peer.IDType, Protocol: peer.Protocol, Port: peer.Port, Data: keep(peer.Data)}
	p.late = &lateProof{msg: msg.detached(), natt: before, sent: p.sent, deadline: p.timer.At()}
	if got, _ := one[*isakmp.Hash](msg); got != nil {
		p.late.hash = keep(got.Data)
	}
	return nil
}

// A lateProof is AR1 before its HASH is looked at, and what the exchange goes back to if that is wrong: anybody on the
// way may have sent it.
type lateProof struct {
	msg      *message
	hash     []byte
	natt     natt
	sent     ike.Send // AI1
	deadline time.Time
}

// goBack waits for another AR1, for as long as before. The refused one is known, and is not looked at again.
func (p *phase1) goBack(late *lateProof) {
	p.s.ckyR, p.s.natt = zeroCookie, late.natt
	p.shared, p.secrets, p.cbc, p.iv = nil, nil, nil, keymat.IV{}
	p.sent, p.answers, p.canDPD = late.sent, maxAnswers, false
	p.core().Set(&p.timer, late.deadline.Sub(p.core().Now()), "retransmit", &p.exchange)
	p.enter(sentAI1)
}

// authenticateLast computes the secret, looks at HASH_R, and sends AI2: then the SA stands.
func (p *phase1) authenticateLast() error {
	p.compute(func() (err error) {
		p.shared, err = p.suite.group.Shared(p.x, p.gxr)
		return err
	}, func() error {
		if err := p.derive(); err != nil {
			return err
		}
		late := p.late
		p.late = nil
		if err := p.proveLate(late); err != nil {
			if !late.msg.ends {
				p.goBack(late)
			}
			p.s.m.refused(p.s, late.msg, err)
			return nil
		}
		p.s.float()
		return p.sendLast()
	})
	return nil
}

// proveLate looks at HASH_R of AR1, and then whether this is somebody we talk with.
func (p *phase1) proveLate(late *lateProof) error {
	if p.core().Broken(CheckHashR, !keymat.Equal(late.hash, p.hashR())) {
		return wrongHash(CheckHashR)
	}
	late.msg.ends = true
	return p.checkIdentity(p.peer)
}

// sendLast sends AI2 and is done.
func (p *phase1) sendLast() error {
	err := p.send("AI2", true, false, func(msg *isakmp.Message) error {
		p.s.m.fillHash(msg, func([]byte) []byte { return p.hashI() })
		return nil
	}, append(p.nattDetection(), &isakmp.Hash{})...)
	if err != nil {
		return err
	}
	return p.establish()
}

// checkLastHash proves AI2. Notifications in it are covered by no HASH, and are passed over: RFC 2407 section 4.6.3.
func (p *phase1) checkLastHash(msg *message) error {
	got, _ := one[*isakmp.Hash](msg)
	if p.core().Broken(CheckHashI, got == nil || !keymat.Equal(got.Data, p.hashI())) {
		return wrongHash(CheckHashI)
	}
	msg.ends = true
	p.detectNAT(msg)
	return p.checkIdentity(p.peer)
}

package ike1

import (
	"ikewit/impl/conn"
	"ikewit/impl/ike"
	"ikewit/impl/wire/isakmp"
)

// Main Mode, initiator.
//
//	HDR, SA               -->                         MI1
//	                      <--  HDR, SA                MR1
//	HDR, KE, Ni           -->                         MI2
//	                      <--  HDR, KE, Nr            MR2
//	HDR*, IDii, HASH_I    -->                         MI3
//	                      <--  HDR*, IDir, HASH_R     MR3
var mainInitiator []row[*phase1]

// Main Mode, responder: the same messages.
var mainResponder []row[*phase1]

func init() {
	// message, section, role, from, authentication, needed, allowed, encrypted, prove, goOn, to
	mainInitiator = []row[*phase1]{
		{"", "2409 §5", initiator, idle, 0, 0, 0, inClear, nil, (*phase1).offer, sentMI1},
		{"MR1", "2409 §5", initiator, sentMI1, 0, sa, vid | certreq, inClear, (*phase1).checkChoice, (*phase1).beginKE, sentMI2},
		{"MR2", "2409 §5", initiator, sentMI2, 0, ke | nonce, vid | certreq | cert | natd, inClear, (*phase1).checkKE, (*phase1).authenticate, sentMI3},
		{"MR3", "2409 §5.4", initiator, sentMI3, conn.PreSharedKey, id | hash, vid | certreq | cert | notify, encrypted, (*phase1).checkHashR, (*phase1).establish, established},
	}
	mainResponder = []row[*phase1]{
		{"MI1", "2409 §5", responder, idle, 0, sa, vid | certreq, inClear, (*phase1).chooseProposal, (*phase1).answerOffer, sentMR1},
		{"MI2", "2409 §5", responder, sentMR1, 0, ke | nonce, vid | certreq | cert | natd, inClear, (*phase1).checkKE, (*phase1).answerKE, sentMR2},
		{"MI3", "2409 §5.4", responder, sentMR2, conn.PreSharedKey, id | hash, vid | certreq | cert | notify, encrypted, (*phase1).checkHashI, (*phase1).answerAuthentication, established},
	}
}

// checkOrder makes sure that the SA stands first in phase 1, and in Quick Mode right behind the HASH, which
// comes first. The rest may come in any order. RFC 2409 sections 5 and 5.5.
func (m *Machine) checkOrder(msg *message) error {
	first := []isakmp.PayloadType{isakmp.TypeSA}
	if msg.exchange() == isakmp.QuickMode {
		first = []isakmp.PayloadType{isakmp.TypeHash, isakmp.TypeSA}
	}
	for i := range msg.items {
		for place, t := range first {
			if m.core.Broken(CheckPayloadOrder, msg.items[i].Type == t && i != place) {
				return refuse(CheckPayloadOrder, isakmp.PayloadMalformed, t, "%s is payload %d, not %d", t, i+1, place+1)
			}
		}
	}
	return nil
}

// offer sends MI1.
func (p *phase1) offer() error {
	p.offered = offerISAKMP(p.s.conn)
	p.tellOffer()
	return p.send("MI1", false, true, func(msg *isakmp.Message) error {
		p.sai = bodyAsSent(msg, isakmp.TypeSA)
		return nil
	}, append([]isakmp.Payload{p.offered}, p.vendors()...)...)
}

func (p *phase1) tellOffer() {
	for i := range p.offered.Proposals[0].Transforms {
		t := &p.offered.Proposals[0].Transforms[i]
		p.decided("offering transform %d: %s", t.Number, attributesText{isakmp.Phase1, t})
	}
}

// answerOffer remembers the negotiation and sends MR1.
func (p *phase1) answerOffer() error {
	p.s.m.register(p.s)
	if p.over {
		return nil
	}
	p.core().Set(&p.timer, p.core().Limits.HalfOpenLife, "half-open", &p.exchange)
	return p.send("MR1", false, false, nil, append([]isakmp.Payload{p.chosen}, p.vendors()...)...)
}

// beginKE computes our public value and sends MI2.
func (p *phase1) beginKE() error {
	p.x = p.s.m.drawExponent(p.suite.group)
	p.compute(func() error {
		p.public = p.suite.group.Public(p.x)
		return nil
	}, func() error { return p.sendKE("MI2", true) })
	return nil
}

// answerKE computes our public value and the secret, and sends MR2.
func (p *phase1) answerKE() error {
	p.x = p.s.m.drawExponent(p.suite.group)
	p.compute(func() (err error) {
		p.public = p.suite.group.Public(p.x)
		p.shared, err = p.suite.group.Shared(p.x, p.gxi)
		return err
	}, func() error {
		if err := p.sendKE("MR2", false); err != nil {
			return err
		}
		return p.derive()
	})
	return nil
}

// sendKE sends MI2 or MR2, and notes the values that go into keys.
func (p *phase1) sendKE(name string, answerDue bool) error {
	public, n := &p.gxi, &p.ni
	if p.role == responder {
		public, n = &p.gxr, &p.nr
	}
	fresh := &isakmp.Nonce{Data: p.core().Draw("nonce", ownNonce)}
	return p.send(name, false, answerDue, func(msg *isakmp.Message) error {
		*public = bodyAsSent(msg, isakmp.TypeKE)
		*n = bodyAsSent(msg, isakmp.TypeNonce)
		return nil
	}, append([]isakmp.Payload{&isakmp.KE{Data: p.public}, fresh}, p.nattDetection()...)...)
}

// checkKE looks at what the peer sends in MI2 or MR2.
func (p *phase1) checkKE(msg *message) error {
	if err := p.checkValues(msg); err != nil {
		return err
	}
	p.detectNAT(msg)
	return nil
}

// checkValues looks at the peer's public value and nonce.
func (p *phase1) checkValues(msg *message) error {
	m := p.s.m
	_, public := one[*isakmp.KE](msg)
	_, n := one[*isakmp.Nonce](msg)
	if err := m.checkPublic(p.suite.group, public); err != nil {
		return err
	}
	if err := m.checkNonce(n); err != nil {
		return err
	}
	if p.role == responder {
		p.gxi, p.ni = keep(public), keep(n)
	} else {
		p.gxr, p.nr = keep(public), keep(n)
	}
	p.hearVendors(msg) // some say it here
	return nil
}

// authenticate computes the secret and sends MI3.
func (p *phase1) authenticate() error {
	p.compute(func() (err error) {
		p.shared, err = p.suite.group.Shared(p.x, p.gxr)
		return err
	}, func() error {
		if err := p.derive(); err != nil {
			return err
		}
		p.s.float()
		return p.sendAuthentication("MI3", true)
	})
	return nil
}

// answerAuthentication sends MR3 and is done.
func (p *phase1) answerAuthentication() error {
	if err := p.sendAuthentication("MR3", false); err != nil {
		return err
	}
	return p.establish()
}

// keep copies octets that belong to the caller of Receive.
func keep(octets []byte) []byte { return append([]byte(nil), octets...) }

var _ ike.Sleeper = (*exchange)(nil)

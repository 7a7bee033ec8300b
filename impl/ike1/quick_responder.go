package ike1

import (
	"ikewit/impl/ike"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/isakmp"
)

// chooseProposal proves QI1: HASH(1), the clients, and a proposal that policy takes for them.
func (q *quick) chooseProposal(msg *message) error {
	m := q.s.m
	if err := q.checkHash(msg, CheckHash1, q.hash1); err != nil {
		return err
	}
	offer, _ := one[*isakmp.SA](msg)
	msg.about = &offer.Proposals[0]
	if err := m.checkSA(offer); err != nil {
		return err
	}
	if err := m.checkIPsecProposals(offer); err != nil {
		return err
	}
	_, n := one[*isakmp.Nonce](msg)
	if err := m.checkNonce(n); err != nil {
		return err
	}
	q.ni = keep(n)
	if err := q.readGroup(offer, msg); err != nil {
		return err
	}
	if err := q.readOriginals(msg); err != nil {
		return err
	}
	conns, err := q.readClients(msg)
	if err != nil {
		return err
	}
	if err := q.choose(offer, conns); err != nil {
		return err
	}
	if err := q.checkKE(msg); err != nil {
		return err
	}
	if err := q.checkTransport(); err != nil {
		return err
	}
	if err := q.checkTaken(); err != nil {
		return err
	}
	q.takeNotices(msg)
	return nil
}

// answer makes the SAs for what arrives, puts them in, and sends QR1.
func (q *quick) answer() error {
	q.register()
	for i := range q.specs {
		q.specs[i].ours = q.takeSPI(q.specs[i].proto)
	}
	if q.group == nil {
		return q.installIn()
	}
	q.x = q.s.m.drawExponent(q.group)
	q.compute(func() (err error) {
		q.public = q.group.Public(q.x)
		q.shared, err = q.group.Shared(q.x, q.theirPublic)
		return err
	}, q.installIn)
	return nil
}

func (q *quick) installIn() error {
	if q.nr == nil {
		q.nr = q.core().Draw("nonce", ownNonce)
	}
	if err := q.makeSAs(); err != nil {
		return err
	}
	q.install(ike.PutIn, q.sendAnswer)
	return nil
}

// sendAnswer sends QR1. The clients are repeated as they came.
func (q *quick) sendAnswer() error {
	for i := range q.specs {
		q.chosen.Proposals[q.specs[i].at].SPI = spiOctets(q.specs[i].ours)
	}
	list := []isakmp.Payload{&isakmp.Hash{}, q.chosen, &isakmp.Nonce{Data: q.nr}}
	if q.group != nil {
		list = append(list, &isakmp.KE{Data: q.public})
	}
	if q.ids[0] != nil {
		list = append(list, q.ids[0], q.ids[1])
	}
	if q.specs[0].udp && q.specs[0].mode == sadb.Transport {
		list = append(list, q.originals()...)
	}
	if q.tooLong {
		list = append(list, q.responderLifetime())
	}
	return q.send("QR1", true, true, func(msg *isakmp.Message) error {
		q.s.m.fillHash(msg, q.hash2)
		return nil
	}, list...)
}

// responderLifetime says how long we keep the SA, which is less than was offered and is answered
// unchanged. RFC 2407 sections 4.5.4 and 4.6.3.1.
func (q *quick) responderLifetime() *isakmp.Notify {
	return &isakmp.Notify{
		DOI: isakmp.DOIIPsec, Protocol: q.specs[0].protocol(), NotifyType: isakmp.ResponderLifetime,
		SPI: spiOctets(q.specs[0].ours), Data: isakmp.AppendAttributes(nil, lifeAttributes(q.life)),
	}
}

// checkHash3 proves QI2: the initiator has our answer, and is alive.
func (q *quick) checkHash3(msg *message) error { return q.checkHash(msg, CheckHash3, q.hash3) }

// complete puts in what leaves; then the SAs stand.
func (q *quick) complete() error {
	q.install(ike.PutOut, func() error {
		q.finish()
		return nil
	})
	return nil
}

package ike1

import (
	"encoding/binary"
	"errors"
	"slices"

	"ikewit/impl/conn"
	"ikewit/impl/ike"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/isakmp"
)

// A request is what a Quick Mode of ours is to negotiate.
type request struct {
	conn          *conn.Connection
	local, remote conn.Client // zero: the connection's
	reqID         uint32      // 0: the connection's
}

// beginQuick begins a negotiation under a complete ISAKMP SA.
func (s *association) beginQuick(want request) { s.beginQuickAfter(want, 0) }

func (s *association) beginQuickAfter(want request, clashes int) {
	q := newQuick(s, initiator, s.newMessageID())
	q.conn, q.want, q.clashes = want.conn, want, clashes
	q.register()
	row := find(quickInitiator, idle, 0)
	q.enter(row.to)
	_ = q.proceed(row.goOn(q))
}

var errNothingOffered = errors.New("the connection offers no phase 2 proposal")

// begin prepares the offer, and with PFS a public value; then it sends QI1.
func (q *quick) begin() error {
	offer := q.conn.IPsec.Offer
	if len(offer) == 0 {
		return errNothingOffered
	}
	q.clients = q.s.clientsOf(q.want)
	q.group = offer[0].Group
	if q.offered = q.offerIPsec(); len(q.offered.Proposals) == 0 {
		return errAHThroughNAT
	}
	for _, p := range q.offered.Proposals {
		q.decided("offering proposal %d, %v: %s, for %v", p.Number, p.Protocol, attributesText{isakmp.Phase2, &p.Transforms[0]}, q.clients)
	}
	if q.group == nil {
		return q.sendOffer()
	}
	q.x = q.s.m.drawExponent(q.group)
	q.compute(func() error {
		q.public = q.group.Public(q.x)
		return nil
	}, q.sendOffer)
	return nil
}

// sendOffer sends QI1.
func (q *quick) sendOffer() error {
	list := []isakmp.Payload{&isakmp.Hash{}, q.offered, &isakmp.Nonce{Data: q.core().Draw("nonce", ownNonce)}}
	if q.group != nil {
		list = append(list, &isakmp.KE{Data: q.public})
	}
	if q.clients.said(q.conn.IPsec.Offer[0].Mode, q.s) {
		q.ids = [2]*isakmp.ID{idOf(q.clients.local), idOf(q.clients.remote)}
		list = append(list, q.ids[0], q.ids[1])
	}
	if q.s.encapsulates() && q.conn.IPsec.Offer[0].Mode == sadb.Transport {
		list = append(list, q.originals()...)
	}
	if q.conn.IPsec.NotifyReplay {
		list = append(list, q.replayStatus())
	}
	return q.send("QI1", true, true, func(msg *isakmp.Message) error {
		q.ni = bodyAsSent(msg, isakmp.TypeNonce)
		q.s.m.fillHash(msg, q.hash1)
		return nil
	}, list...)
}

// replayStatus says whether we look for replays. RFC 2407 section 4.6.3.2.
func (q *quick) replayStatus() *isakmp.Notify {
	on := uint32(0)
	if q.conn.IPsec.ReplayWindow > 0 {
		on = 1
	}
	p := &q.offered.Proposals[0]
	return &isakmp.Notify{
		DOI: isakmp.DOIIPsec, Protocol: p.Protocol, NotifyType: isakmp.ReplayStatus, SPI: p.SPI,
		Data: binary.BigEndian.AppendUint32(nil, on),
	}
}

// offerIPsec makes the SA of QI1: a proposal number for each that the connection offers, with a proposal
// for each of its protocols. All proposals of a protocol have the same SPI. RFC 2408 section 4.2.
func (q *quick) offerIPsec() *isakmp.SA {
	c := &q.conn.IPsec
	spis := map[sadb.Protocol][]byte{}
	wanted := life{c.LifeTime, c.LifeOctets}
	offer := &isakmp.SA{DOI: isakmp.DOIIPsec, Situation: isakmp.SituationIdentityOnly}
	for i := range c.Offer {
		o := &c.Offer[i]
		if o.Group != q.group {
			continue // one KE serves for all: RFC 2409 section 5.5
		}
		if !q.s.passes(o) {
			continue
		}
		for j := range o.Protocols {
			p := &o.Protocols[j]
			if spis[p.Proto] == nil {
				spis[p.Proto] = spiOctets(q.takeSPI(p.Proto))
			}
			offer.Proposals = append(offer.Proposals, isakmp.NewProposal(uint8(i+1), protocolOf(p.Proto), spis[p.Proto],
				isakmp.Transform{Number: 1, ID: transformID(p), Attributes: protocolAttributes(p, o, q.s.encapsulation(o.Mode), wanted)}))
		}
	}
	return offer
}

// checkAnswer proves QR1: what comes back must be what was offered. RFC 2409 section 5.5.
func (q *quick) checkAnswer(msg *message) error {
	m := q.s.m
	if err := q.checkHash(msg, CheckHash2, q.hash2); err != nil {
		return err
	}
	answer, _ := one[*isakmp.SA](msg)
	msg.about = &answer.Proposals[0]
	if err := m.checkSA(answer); err != nil {
		return err
	}
	fault := q.readChoice(answer)
	if m.core.Broken(CheckReturnedSA, fault != "") {
		return refuse(CheckReturnedSA, isakmp.BadProposalSyntax, isakmp.TypeSA, "answer is not what was offered: %s", fault)
	}
	if err := m.checkSPIs(answer); err != nil {
		return err
	}
	_, n := one[*isakmp.Nonce](msg)
	if err := m.checkNonce(n); err != nil {
		return err
	}
	q.nr = keep(n)
	if err := q.checkKE(msg); err != nil {
		return err
	}
	if err := q.readOriginals(msg); err != nil {
		return err
	}
	if err := q.checkReturnedClients(msg); err != nil {
		return err
	}
	q.takeNotices(msg)
	q.decided("the peer chose proposal %d: %s", answer.Proposals[0].Number, q)
	return nil
}

// readChoice finds what the responder chose among what we offered. fault says what is wrong with it; what
// we would go on with all the same is then as near to the answer as can be.
func (q *quick) readChoice(answer *isakmp.SA) (fault string) {
	number := answer.Proposals[0].Number
	ours := proposalsOf(q.offered, number)
	if len(ours) != len(answer.Proposals) {
		fault = "not one of the proposals, whole"
	}
	if len(ours) == 0 {
		number = q.offered.Proposals[0].Number
		ours = proposalsOf(q.offered, number)
	}
	c := &q.conn.IPsec
	asked := &c.Offer[number-1]
	q.life = life{c.LifeTime, c.LifeOctets}.within(life{})
	q.specs = nil
	for i, o := range ours {
		p := &answer.Proposals[min(i, len(answer.Proposals)-1)]
		l, wrong := sameProposal(o, p)
		if fault == "" {
			fault = wrong
		}
		if wrong == "" {
			q.life = l.within(q.life)
		}
		chosen := specOf(&asked.Protocols[i], asked.Mode, o.SPI, p.SPI)
		chosen.udp = q.s.encapsulates()
		q.specs = append(q.specs, chosen)
	}
	q.sortSpecs()
	return fault
}

// proposalsOf gives the proposals of a number.
func proposalsOf(sa *isakmp.SA, number uint8) (list []*isakmp.Proposal) {
	for i := range sa.Proposals {
		if p := &sa.Proposals[i]; p.Number == number {
			list = append(list, p)
		}
	}
	return list
}

// sameProposal compares an answered proposal with the one offered.
func sameProposal(ours, theirs *isakmp.Proposal) (l life, fault string) {
	if theirs.Number != ours.Number || theirs.Protocol != ours.Protocol || len(theirs.Transforms) != 1 {
		return l, "not one transform of each protocol"
	}
	t := &theirs.Transforms[0]
	return sameTransform(isakmp.Phase2, transformOf(ours, t.Number), t)
}

// checkReturnedClients: the answer repeats the clients, octet for octet. To none a peer may answer with the two ends
// by name, for which none stands (RFC 2409 section 5.5); strongSwan does.
func (q *quick) checkReturnedClients(msg *message) error {
	got, want := msg.all(isakmp.TypeID), q.ids
	same := len(got) == 0 && want[0] == nil
	if want[0] == nil {
		want = [2]*isakmp.ID{idOf(q.clients.local), idOf(q.clients.remote)}
	}
	same = same || len(got) == 2 && sameID(got[0], want[0]) && sameID(got[1], want[1])
	if q.core().Broken(CheckReturnedClient, !same) {
		return refuse(CheckReturnedClient, isakmp.InvalidIDInformation, isakmp.TypeID, "answer has other clients")
	}
	return nil
}

func sameID(item *isakmp.Item, want *isakmp.ID) bool {
	got, ok := item.Body.(*isakmp.ID)
	return ok && got.IDType == want.IDType && got.Protocol == want.Protocol && got.Port == want.Port && slices.Equal(got.Data, want.Data)
}

// takeUp makes the SAs and puts them in; then it sends QI2.
func (q *quick) takeUp() error {
	if q.group == nil {
		return q.installAll()
	}
	q.compute(func() (err error) {
		q.shared, err = q.group.Shared(q.x, q.theirPublic)
		return err
	}, q.installAll)
	return nil
}

func (q *quick) installAll() error {
	if err := q.makeSAs(); err != nil {
		return err
	}
	q.install(ike.PutIn|ike.PutOut, q.sendLast)
	return nil
}

// sendLast sends QI2 and is done.
func (q *quick) sendLast() error {
	err := q.send("QI2", true, false, func(msg *isakmp.Message) error {
		q.s.m.fillHash(msg, q.hash3)
		return nil
	}, &isakmp.Hash{})
	if err != nil {
		return err
	}
	q.finish()
	return nil
}

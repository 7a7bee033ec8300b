package ike1

import (
	"ikewit/impl/alg"
	"ikewit/impl/conn"
	"ikewit/impl/ike"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/isakmp"
)

// checkIPsecProposals looks at the form of a phase 2 offer. RFC 2408 sections 4.2, 5.5.
func (m *Machine) checkIPsecProposals(offer *isakmp.SA) error {
	last := -1
	for i := range offer.Proposals {
		p := &offer.Proposals[i]
		if m.core.Broken(CheckProposalOrder, int(p.Number) < last) {
			return refuse(CheckProposalOrder, isakmp.BadProposalSyntax, isakmp.TypeProposal, "proposal %d comes after %d", p.Number, last)
		}
		last = int(p.Number)
		if m.core.Broken(CheckProtocol, p.Protocol < isakmp.ProtoAH || p.Protocol > isakmp.ProtoIPCOMP) {
			return refuse(CheckProtocol, isakmp.InvalidProtocolID, isakmp.TypeProposal, "%v in phase 2", p.Protocol)
		}
		if err := m.checkTransformNumbers(p); err != nil {
			return err
		}
	}
	return m.checkSPIs(offer)
}

// checkSPIs: those of ESP and AH have four octets and are none of the reserved ones. RFC 2406 section 2.1.
func (m *Machine) checkSPIs(offer *isakmp.SA) error {
	const size, reserved = 4, 255
	for i := range offer.Proposals {
		p := &offer.Proposals[i]
		if p.Protocol == isakmp.ProtoIPCOMP {
			continue // passed over: we do not compress
		}
		if m.core.Broken(CheckSPISize, len(p.SPI) != size) {
			return refuse(CheckSPISize, isakmp.InvalidSPI, isakmp.TypeProposal, "SPI of %d octets", len(p.SPI))
		}
		if m.core.Broken(CheckSPIValue, len(p.SPI) == size && spiNumber(p.SPI) <= reserved) {
			return refuse(CheckSPIValue, isakmp.InvalidSPI, isakmp.TypeProposal, "SPI %x is reserved", p.SPI)
		}
	}
	return nil
}

// readGroup finds out whether PFS is wanted: one group, in every transform, and then a KE; or none of
// it. RFC 2409 section 5.5.
func (q *quick) readGroup(offer *isakmp.SA, msg *message) error {
	m := q.s.m
	number, first := uint16(0), true
	for i := range offer.Proposals {
		p := &offer.Proposals[i]
		for j := range p.Transforms {
			if p.Protocol == isakmp.ProtoIPCOMP {
				continue // needs none: RFC 3173 section 4.1
			}
			a, _ := p.Transforms[j].Find(isakmp.P2Group)
			if m.core.Broken(CheckPFSGroup, !first && a.Value != number) {
				return refuse(CheckPFSGroup, isakmp.AttributesNotSupported, isakmp.TypeTransform, "groups %d and %d in one offer", number, a.Value)
			}
			number, first = a.Value, false
		}
	}
	_, body := one[*isakmp.KE](msg)
	if m.core.Broken(CheckPFSKE, (body != nil) != (number != 0)) {
		return refuse(CheckPFSKE, isakmp.InvalidKeyInformation, isakmp.TypeKE, "group %d, KE there: %t", number, body != nil)
	}
	if number != 0 && body != nil {
		q.group = alg.GroupByNumber(int(number))
		q.groupNumber = number
	}
	return nil
}

// checkKE looks at the peer's public value, if there is PFS, and keeps it.
func (q *quick) checkKE(msg *message) error {
	_, body := one[*isakmp.KE](msg)
	if q.core().Broken(CheckPFSKE, (body != nil) != (q.group != nil)) || body == nil && q.group != nil {
		return refuse(CheckPFSKE, isakmp.InvalidKeyInformation, isakmp.TypeKE, "PFS: %t, KE there: %t", q.group != nil, body != nil)
	}
	if q.group == nil {
		return nil
	}
	q.theirPublic = keep(body)
	return q.s.m.checkPublic(q.group, body)
}

// choose takes the first proposal that one of the connections accepts, and prepares the answer. Proposals
// of one number are wanted together, and only one protocol at a time is accepted.
func (q *quick) choose(offer *isakmp.SA, conns []*conn.Connection) error {
	var why rejections
	for i := 0; i < len(offer.Proposals); {
		p := &offer.Proposals[i]
		n := 1
		for i+n < len(offer.Proposals) && offer.Proposals[i+n].Number == p.Number {
			n++
		}
		if n > 1 || p.Protocol == isakmp.ProtoIPCOMP {
			why.differ([]difference{{"protocol", protocolsText(conns[0]), groupText(offer.Proposals[i : i+n])}})
		} else if t := q.chooseTransform(p, conns, &why); t != nil {
			q.answerWith(offer, p, t)
			return nil
		}
		i += n
	}
	for _, d := range why.differences {
		q.core().Emit(ike.Mismatch{Exchange: q.event(), Item: d.item, Expected: d.expected, Received: d.received, Fatal: true})
	}
	q.core().Broken(CheckAcceptable, true)
	return why.refusal()
}

// chooseTransform takes the first transform of a proposal that a connection accepts.
func (q *quick) chooseTransform(p *isakmp.Proposal, conns []*conn.Connection, why *rejections) *isakmp.Transform {
	for i := range p.Transforms {
		t := &p.Transforms[i]
		q.decided("proposal %d transform %d, %s: %s", p.Number, t.Number, p.Protocol.TransformName(t.ID), attributesText{isakmp.Phase2, t})
		s, known, err := readSuite2(p.Protocol, t)
		if !known {
			q.decided("transform %d is not known", t.Number)
			why.unknown++
			continue
		}
		if known && err == nil {
			err = q.checkEncapsulation(&s)
		}
		if q.core().Broken(CheckAttributes, err != nil) {
			q.decided("transform %d is not understood: %v", t.Number, err)
			why.fault(err)
			continue
		}
		for _, c := range conns {
			mode := modeOf(s.mode, c.IPsec.DefaultMode)
			if q.acceptedBy(c, &s, mode) {
				q.conn = c
				s.spec.mode, s.spec.udp = mode, inUDP(s.mode)
				s.theirs = spiNumber(p.SPI)
				q.specs = []spec{s.spec}
				q.setLife(s.life)
				q.decided("proposal %d transform %d is chosen, for connection %s: %s", p.Number, t.Number, c.Name, q)
				return t
			}
		}
		q.decided("transform %d is not acceptable", t.Number)
		why.differ(q.differences2(conns[0], &s))
	}
	return nil
}

// modeOf is what an encapsulation mode means; what is not said means what the connection says.
func modeOf(m isakmp.EncapsulationMode, unsaid sadb.Mode) sadb.Mode {
	switch m {
	case isakmp.ModeTunnel, isakmp.ModeUDPTunnel, isakmp.ModeUDPTunnelDraft:
		return sadb.Tunnel
	case isakmp.ModeTransport, isakmp.ModeUDPTransport, isakmp.ModeUDPTransportDraft:
		return sadb.Transport
	}
	return unsaid
}

func (q *quick) acceptedBy(c *conn.Connection, s *suite2, mode sadb.Mode) bool {
	for i := range c.IPsec.Accept {
		a := &c.IPsec.Accept[i]
		if a.Proto == s.proto && (s.proto != sadb.ESP || acceptsCipher(a.Ciphers, s.cipher, s.bits)) &&
			has(a.Integrity, s.integrity) && has(a.Modes, mode) && has(a.Groups, q.group) && (q.group != nil || q.groupNumber == 0) {
			return true
		}
	}
	return false
}

// setLife fixes how long the SAs live, and tells when the peer asks for another life than ours.
func (q *quick) setLife(asked life) {
	ours := life{q.conn.IPsec.LifeTime, q.conn.IPsec.LifeOctets}
	q.life = asked.within(ours)
	q.tooLong = asked.time > q.life.time || asked.octets > q.life.octets
	if asked.time != 0 && ours.time != 0 && asked.time != ours.time {
		q.core().Emit(ike.Mismatch{Exchange: q.event(), Item: "lifetime", Expected: ours.time.String(), Received: asked.time.String()})
	}
	if asked.octets != 0 && ours.octets != 0 && asked.octets != ours.octets {
		q.core().Emit(ike.Mismatch{Exchange: q.event(), Item: "lifetime by volume", Expected: kilobytes(ours.octets), Received: kilobytes(asked.octets)})
	}
}

// answerWith prepares the SA of QR1: the proposal chosen with one transform, its attributes unchanged. The
// SPI comes later.
func (q *quick) answerWith(offer *isakmp.SA, p *isakmp.Proposal, t *isakmp.Transform) {
	q.chosen = &isakmp.SA{
		DOI: offer.DOI, Situation: offer.Situation,
		Proposals: []isakmp.Proposal{isakmp.NewProposal(p.Number, p.Protocol, nil, copyTransform(t))},
	}
	q.sortSpecs()
}

package ike1

import (
	"ikewit/impl/wire/isakmp"
)

// checkChoice proves MR1: the responder must have chosen one of our transforms and changed nothing but,
// perhaps, shortened its life. RFC 2409 section 5.
func (p *phase1) checkChoice(msg *message) error {
	m := p.s.m
	answer, _ := one[*isakmp.SA](msg)
	if err := m.checkSA(answer); err != nil {
		return err
	}
	offered := &p.offered.Proposals[0]
	t, fault := chosenOf(answer, offered.Number)
	if fault == "" && (answer.Proposals[0].Protocol != isakmp.ProtoISAKMP || len(answer.Proposals[0].SPI) > maxCookieSPI) {
		fault = "protocol or SPI is not that of an ISAKMP proposal"
	}
	var l life
	var ours *isakmp.Transform
	if fault == "" {
		ours = transformOf(offered, t.Number)
		l, fault = sameTransform(isakmp.Phase1, ours, t)
	}
	if m.core.Broken(CheckReturnedSA, fault != "") {
		return refuse(CheckReturnedSA, isakmp.BadProposalSyntax, isakmp.TypeSA, "answer is not what was offered: %s", fault)
	}
	if ours == nil { // only if the check is left out
		ours = &offered.Transforms[0]
	}
	s, _, err := readSuite(ours)
	if err != nil {
		return err
	}
	p.suite = s
	p.life = l.within(life{time: p.s.conn.ISAKMP.Life}).time
	p.s.ckyR = msg.header.Responder
	p.agreeNATT(msg)
	p.hearVendors(msg)
	p.decided("the peer chose transform %d: %v, life %v", ours.Number, s, p.life)
	return nil
}

// chosenOf gives the one transform of an answer with one proposal. fault says what is wrong with it.
func chosenOf(answer *isakmp.SA, number uint8) (t *isakmp.Transform, fault string) {
	switch {
	case len(answer.Proposals) != 1:
		return nil, "not one proposal"
	case answer.Proposals[0].Number != number:
		return nil, "another proposal number"
	case len(answer.Proposals[0].Transforms) != 1:
		return nil, "not one transform"
	}
	return &answer.Proposals[0].Transforms[0], ""
}

// transformOf finds a transform by its number, nil if there is none.
func transformOf(p *isakmp.Proposal, number uint8) *isakmp.Transform {
	for i := range p.Transforms {
		if p.Transforms[i].Number == number {
			return &p.Transforms[i]
		}
	}
	return nil
}

// sameTransform compares an answered transform with the one offered: the same attributes in any order and
// either form, but durations may be shorter. It gives the life that was answered.
func sameTransform(phase isakmp.Phase, ours, theirs *isakmp.Transform) (l life, fault string) {
	switch {
	case ours == nil:
		return l, "a transform number that was not offered"
	case ours.ID != theirs.ID:
		return l, "another transform"
	case len(ours.Attributes) != len(theirs.Attributes):
		return l, "more or fewer attributes"
	}
	l, err := readLife(phase, theirs.Attributes)
	if err != nil {
		return l, err.Error()
	}
	was, err := readLife(phase, ours.Attributes)
	if err != nil || l.time > was.time || l.octets > was.octets || (l.time == 0) != (was.time == 0) || (l.octets == 0) != (was.octets == 0) {
		return l, "a longer life, or one not offered"
	}
	left := append([]isakmp.Attribute(nil), theirs.Attributes...)
	for _, a := range ours.Attributes {
		i := indexOf(phase, left, a)
		if i < 0 {
			return l, phase.AttributeName(a.Type) + " is another"
		}
		left = append(left[:i], left[i+1:]...)
	}
	return l, ""
}

// indexOf finds an attribute among those of an answer; a duration may have another value.
func indexOf(phase isakmp.Phase, list []isakmp.Attribute, a isakmp.Attribute) int {
	duration := isakmp.P2LifeDuration
	if phase == isakmp.Phase1 {
		duration = isakmp.P1LifeDuration
	}
	for i := range list {
		if list[i].Type == a.Type && (a.Type == duration || list[i].Equal(a)) {
			return i
		}
	}
	return -1
}

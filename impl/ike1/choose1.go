package ike1

import (
	"strings"

	"ikewit/impl/alg"
	"ikewit/impl/conn"
	"ikewit/impl/ike"
	"ikewit/impl/wire/isakmp"
)

// chooseProposal proves MI1: it takes the first transform that some connection for this peer accepts, and
// prepares the answer.
func (p *phase1) chooseProposal(msg *message) error {
	m := p.s.m
	offer, body := one[*isakmp.SA](msg)
	if err := m.checkSA(offer); err != nil {
		return err
	}
	if err := m.checkISAKMPProposal(offer); err != nil {
		return err
	}
	conns, err := p.connections(msg)
	if err != nil {
		return err
	}
	proposal := &offer.Proposals[0]
	chosen, err := p.chooseTransform(proposal, conns)
	if err != nil {
		return err
	}
	p.agreeNATT(msg)
	p.hearVendors(msg)
	p.sai = keep(body)
	p.chosen = &isakmp.SA{
		DOI: offer.DOI, Situation: offer.Situation,
		Proposals: []isakmp.Proposal{isakmp.NewProposal(proposal.Number, proposal.Protocol, nil, copyTransform(chosen))},
	}
	return nil
}

// connections gives those that are for the peer and for the exchange that it begins; in Aggressive Mode also for the
// identity that it names.
func (p *phase1) connections(msg *message) ([]*conn.Connection, error) {
	m := p.s.m
	all := m.conns.ForPeer(msg.local, msg.remote)
	if m.core.Broken(CheckPeerKnown, len(all) == 0) || len(all) == 0 {
		return nil, refuse(CheckPeerKnown, silently, isakmp.None, "no connection is for %v", msg.remote.Addr())
	}
	var list []*conn.Connection
	for _, c := range all {
		if exchangeOf(c) == p.kind {
			list = append(list, c)
		}
	}
	if m.core.Broken(CheckExchangeType, list == nil) || list == nil {
		return nil, refuse(CheckExchangeType, isakmp.InvalidExchangeType, isakmp.None, "no connection for %v begins with exchange type %d", msg.remote.Addr(), p.kind)
	}
	if p.kind == isakmp.Aggressive {
		return p.named(list)
	}
	return list, nil
}

// checkSA looks at what an SA payload is for. RFC 2408 section 5.4, RFC 2407 section 4.2.
func (m *Machine) checkSA(offer *isakmp.SA) error {
	if m.core.Broken(CheckDOI, offer.DOI != isakmp.DOIIPsec) {
		return refuse(CheckDOI, isakmp.DOINotSupported, isakmp.TypeSA, "%v is not supported", offer.DOI)
	}
	if m.core.Broken(CheckSituation, offer.Situation != isakmp.SituationIdentityOnly) {
		return refuse(CheckSituation, isakmp.SituationNotSupported, isakmp.TypeSA, "%v is not supported", offer.Situation)
	}
	return nil
}

// checkISAKMPProposal looks at the form of a phase 1 offer. The SPI of the proposal is of no meaning.
// RFC 2409 section 5, RFC 2408 sections 3.5 and 4.2.
func (m *Machine) checkISAKMPProposal(offer *isakmp.SA) error {
	if m.core.Broken(CheckOneProposal, len(offer.Proposals) != 1) {
		return refuse(CheckOneProposal, isakmp.BadProposalSyntax, isakmp.TypeSA, "%d proposals in phase 1", len(offer.Proposals))
	}
	p := &offer.Proposals[0]
	if m.core.Broken(CheckProtocol, p.Protocol != isakmp.ProtoISAKMP) {
		return refuse(CheckProtocol, isakmp.InvalidProtocolID, isakmp.TypeProposal, "%v in phase 1", p.Protocol)
	}
	if m.core.Broken(CheckSPISize, len(p.SPI) > maxCookieSPI) {
		return refuse(CheckSPISize, isakmp.InvalidSPI, isakmp.TypeProposal, "SPI of %d octets", len(p.SPI))
	}
	return m.checkTransformNumbers(p)
}

// maxCookieSPI is the longest SPI of an ISAKMP proposal. RFC 2408 section 3.5.
const maxCookieSPI = 16

// checkTransformNumbers makes sure that the number of an answer means one transform.
func (m *Machine) checkTransformNumbers(p *isakmp.Proposal) error {
	var seen [256]bool
	for i := range p.Transforms {
		n := p.Transforms[i].Number
		if m.core.Broken(CheckTransformOrder, seen[n]) {
			return refuse(CheckTransformOrder, isakmp.BadProposalSyntax, isakmp.TypeTransform, "two transforms of number %d", n)
		}
		seen[n] = true
	}
	return nil
}

// chooseTransform finds the first transform that a connection accepts for which there is a secret. Unknown
// transforms are passed over. RFC 2408 section 5.6.
func (p *phase1) chooseTransform(proposal *isakmp.Proposal, conns []*conn.Connection) (*isakmp.Transform, error) {
	m, r := p.s.m, p.s
	var noSecret, noValue error
	var why rejections
	for i := range proposal.Transforms {
		t := &proposal.Transforms[i]
		p.decided("transform %d: %s", t.Number, attributesText{isakmp.Phase1, t})
		if t.ID != isakmp.KeyIKE {
			p.decided("transform %d is of an unknown kind", t.Number)
			why.unknown++
			continue
		}
		s, numbers, err := readSuite(t)
		var l life
		if err == nil {
			l, err = readLife(isakmp.Phase1, t.Attributes)
		}
		if m.core.Broken(CheckAttributes, err != nil) {
			p.decided("transform %d is not understood: %v", t.Number, err)
			why.fault(err)
			continue
		}
		for _, c := range conns {
			if !acceptsSuite(c.ISAKMP.Accept, s) {
				continue
			}
			if p.gxi != nil && m.core.Broken(CheckKELength, len(p.gxi) != s.group.Octets) {
				noValue = refuse(CheckKELength, isakmp.InvalidKeyInformation, isakmp.TypeKE, "public value of %d octets, %v has %d", len(p.gxi), s.group, s.group.Octets)
				continue
			}
			psk, err := m.preShared(c, r.local.Addr(), r.remote.Addr())
			if err != nil {
				noSecret = err
				continue
			}
			if p.candidates == nil {
				p.suite, p.psk, r.conn = s, psk, c
				p.life = l.within(life{time: c.ISAKMP.Life}).time
			}
			p.candidates = append(p.candidates, c)
		}
		if p.candidates != nil {
			p.decided("transform %d is chosen, for connection %s: %v, life %v", t.Number, r.conn.Name, s, p.life)
			p.noteLife(l)
			return t, nil
		}
		p.decided("transform %d is not acceptable", t.Number)
		why.differ(differences1(conns[0].ISAKMP.Accept, s, &numbers))
	}
	for _, d := range why.differences {
		m.core.Emit(ike.Mismatch{Exchange: p.event(), Item: d.item, Expected: d.expected, Received: d.received, Fatal: true})
	}
	if noSecret != nil {
		return nil, refuse(CheckAcceptable, isakmp.AuthenticationFailed, isakmp.None, "%w", noSecret)
	}
	if noValue != nil {
		return nil, noValue
	}
	m.core.Broken(CheckAcceptable, true)
	return nil, why.refusal()
}

// noteLife tells when the peer asks for another life than ours.
func (p *phase1) noteLife(l life) {
	ours := p.s.conn.ISAKMP.Life
	if ours != 0 && l.time != 0 && l.time != ours {
		p.core().Emit(ike.Mismatch{Exchange: p.event(), Item: "ISAKMP lifetime", Expected: ours.String(), Received: l.time.String()})
	}
}

// acceptsSuite tells whether one of the sets has everything that a suite asks for.
func acceptsSuite(sets []conn.ISAKMPAccept, s suite) bool {
	for i := range sets {
		a := &sets[i]
		if acceptsCipher(a.Ciphers, s.cipher, s.bits) && has(a.Hashes, s.hash) && has(a.Auths, s.auth) && has(a.Groups, s.group) {
			return true
		}
	}
	return false
}

func acceptsCipher(sets []conn.CipherSet, c *alg.Cipher, bits int) bool {
	for i := range sets {
		if c != nil && sets[i].Cipher == c && (sets[i].KeyBits == nil || has(sets[i].KeyBits, bits)) {
			return true
		}
	}
	return false
}

func has[T comparable](list []T, x T) bool {
	for i := range list {
		if list[i] == x {
			return true
		}
	}
	return false
}

// A difference is one item of a transform that policy does not have.
type difference struct{ item, expected, received string }

// rejections gathers why transforms were not taken.
type rejections struct {
	unknown     int // transforms that we do not know
	faults      int // with attributes that contradict the RFC, or that we do not support
	other       int // that policy does not take
	first       error
	differences []difference
}

func (r *rejections) fault(err error) {
	r.faults++
	if r.first == nil {
		r.first = err
	}
}

func (r *rejections) differ(d []difference) {
	r.other++
	r.differences = append(r.differences, d...)
}

// refusal says that nothing was chosen; and if attributes were all that was wrong, it says so. RFC 2407
// section 4.5.3, RFC 2408 section 5.4(3).
func (r *rejections) refusal() error {
	if r.faults > 0 && r.other == 0 {
		return refuse(CheckAttributes, isakmp.AttributesNotSupported, isakmp.TypeTransform, "no transform can be taken: %w", r.first)
	}
	var items []string
	for _, d := range r.differences {
		items = append(items, d.item+" "+d.received)
	}
	if items == nil {
		items = []string{"unknown transforms"}
	}
	return refuse(CheckAcceptable, isakmp.NoProposalChosen, isakmp.TypeSA, "no proposal is acceptable: %s", strings.Join(items, ", "))
}

// differences1 compares a suite with all that policy accepts.
func differences1(sets []conn.ISAKMPAccept, s suite, numbers *map1) []difference {
	var ciphers []conn.CipherSet
	var hashes []*alg.Hash
	var auths []conn.AuthMethod
	var groups []*alg.Group
	for i := range sets {
		ciphers = append(ciphers, sets[i].Ciphers...)
		hashes = append(hashes, sets[i].Hashes...)
		auths = append(auths, sets[i].Auths...)
		groups = append(groups, sets[i].Groups...)
	}
	var list []difference
	if !acceptsCipher(ciphers, s.cipher, s.bits) {
		received := isakmp.EncryptionAlgorithm(numbers[isakmp.P1Encryption]).String()
		if s.cipher != nil {
			received = cipherText(s.cipher, s.bits)
		}
		list = append(list, difference{"cipher", names(ciphers, cipherSetText), received})
	}
	if !has(hashes, s.hash) {
		received := isakmp.HashAlgorithm(numbers[isakmp.P1Hash]).String()
		if s.hash != nil {
			received = s.hash.Name
		}
		list = append(list, difference{"hash", names(hashes, (*alg.Hash).String), received})
	}
	if !has(auths, s.auth) {
		list = append(list, difference{"authentication method", names(auths, authText), authText(s.auth)})
	}
	if !has(groups, s.group) {
		list = append(list, difference{"group", names(groups, (*alg.Group).String), isakmp.Group(numbers[isakmp.P1Group]).String()})
	}
	if list == nil {
		list = append(list, difference{"combination", "one of the accepted", s.String()})
	}
	return list
}

func cipherSetText(c conn.CipherSet) string {
	if c.Cipher.FixedKey() || c.KeyBits == nil {
		return c.Cipher.Name
	}
	return names(c.KeyBits, func(bits int) string { return cipherText(c.Cipher, bits) })
}

// names writes alternatives: "des or 3des".
func names[T any](list []T, name func(T) string) string {
	var all []string
	for i := range list {
		if n := name(list[i]); !has(all, n) {
			all = append(all, n)
		}
	}
	if all == nil {
		return "none"
	}
	return strings.Join(all, " or ")
}

// copyTransform makes a transform that does not share memory with a received one.
func copyTransform(t *isakmp.Transform) isakmp.Transform {
	c := isakmp.Transform{Number: t.Number, ID: t.ID, Attributes: make([]isakmp.Attribute, len(t.Attributes))}
	for i, a := range t.Attributes {
		if c.Attributes[i] = a; !a.TV {
			c.Attributes[i].Octets = keep(a.Octets)
		}
	}
	return c
}

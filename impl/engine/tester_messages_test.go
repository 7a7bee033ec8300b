package engine_test

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"

	"ikewit/impl/alg"
	"ikewit/impl/conn"
	"ikewit/impl/ike"
	"ikewit/impl/keymat"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/isakmp"
)

// drafts make the messages of T, honest and without HASHes.
var drafts = map[string]func(c *tester) *isakmp.Message{
	"MM1": func(c *tester) *isakmp.Message { return c.main(0, c.offerSA()) },
	"MM2": func(c *tester) *isakmp.Message { return c.main(0, clone(c.choice)) },
	"MM3": func(c *tester) *isakmp.Message { return c.main(0, c.ke(), &isakmp.Nonce{Data: c.nonce(&c.ni)}) },
	"MM4": func(c *tester) *isakmp.Message { return c.main(0, c.ke(), &isakmp.Nonce{Data: c.nonce(&c.nr)}) },
	"MM5": func(c *tester) *isakmp.Message { return c.main(isakmp.Encryption, c.identity, &isakmp.Hash{}) },
	"MM6": func(c *tester) *isakmp.Message { return c.main(isakmp.Encryption, c.identity, &isakmp.Hash{}) },
	"QM1": func(c *tester) *isakmp.Message { return c.quickMessage(c.quick.first(c.quick.offer)...) },
	"QM2": func(c *tester) *isakmp.Message { return c.quickMessage(c.quick.first(c.quick.answer)...) },
	"QM3": func(c *tester) *isakmp.Message { return c.quickMessage(&isakmp.Hash{}) },
}

// first is what QM1 and QM2 hold.
func (q *quickMode) first(sa *isakmp.SA) []isakmp.Payload {
	list := []isakmp.Payload{&isakmp.Hash{}, clone(sa), &isakmp.Nonce{Data: q.nonce}}
	if q.group != nil {
		list = append(list, &isakmp.KE{Data: q.public})
	}
	if q.clients[0] != nil {
		a, b := *q.clients[0], *q.clients[1]
		list = append(list, &a, &b)
	}
	return list
}

// clone gives an SA that may be lied about without changing the one that T remembers.
func clone(sa *isakmp.SA) *isakmp.SA {
	p, err := isakmp.Parse(isakmp.TypeSA, isakmp.AppendItems(nil, isakmp.Items(sa))[4:])
	if err != nil {
		panic(err)
	}
	return p.(*isakmp.SA)
}

// hash fills in the HASH of a message, over what it really holds.
func (c *tester) hash(name string, m *isakmp.Message) {
	switch name {
	case "MM1":
		c.sai = body(m, isakmp.TypeSA)
		c.offered = payload[*isakmp.SA](m)
	case "MM3":
		c.gxi, c.ni = body(m, isakmp.TypeKE), body(m, isakmp.TypeNonce)
	case "MM4":
		c.gxr, c.nr = body(m, isakmp.TypeKE), body(m, isakmp.TypeNonce)
		c.derive()
	case "MM5":
		c.idi = body(m, isakmp.TypeID)
		fill(m, func([]byte) []byte { return c.keys.HashI(c.transcript(), c.idi) })
	case "MM6":
		c.idr = body(m, isakmp.TypeID)
		fill(m, func([]byte) []byte { return c.keys.HashR(c.transcript(), c.idr) })
	case "QM1":
		c.quick.ni = body(m, isakmp.TypeNonce)
		c.offered = payload[*isakmp.SA](m)
		fill(m, func(rest []byte) []byte { return c.keys.Hash1(m.Header.MessageID, rest) })
	case "QM2":
		c.quick.nr = body(m, isakmp.TypeNonce)
		fill(m, func(rest []byte) []byte { return c.keys.Hash2(m.Header.MessageID, c.quick.ni, rest) })
	case "QM3":
		fill(m, func([]byte) []byte { return c.keys.Hash3(m.Header.MessageID, c.quick.ni, c.quick.nr) })
	}
}

func (c *tester) transcript() *keymat.Transcript {
	return &keymat.Transcript{GXi: c.gxi, GXr: c.gxr, CkyI: c.ckyI[:], CkyR: c.ckyR[:], SAi: c.sai}
}

// offerSA is the SA of BASE1.
func (c *tester) offerSA() *isakmp.SA {
	return &isakmp.SA{DOI: isakmp.DOIIPsec, Situation: isakmp.SituationIdentityOnly, Proposals: []isakmp.Proposal{
		isakmp.NewProposal(1, isakmp.ProtoISAKMP, nil, isakmp.Transform{Number: 1, ID: isakmp.KeyIKE, Attributes: c.suiteAttributes()}),
	}}
}

func (c *tester) suiteAttributes() []isakmp.Attribute {
	s := c.suite
	list := []isakmp.Attribute{
		isakmp.TV(isakmp.P1Encryption, uint16(s.Cipher.IKEv1)), isakmp.TV(isakmp.P1Hash, uint16(s.Hash.IKEv1)),
		isakmp.TV(isakmp.P1AuthMethod, isakmp.AuthPSK), isakmp.TV(isakmp.P1Group, uint16(s.Group.Number)),
	}
	if s.KeyBits != 0 {
		list = append(list, isakmp.TV(isakmp.P1KeyLength, uint16(s.KeyBits)))
	}
	return append(list, isakmp.TV(isakmp.P1LifeType, isakmp.LifeSeconds), isakmp.TLV32(isakmp.P1LifeDuration, 28800))
}

func (c *tester) ke() *isakmp.KE { return &isakmp.KE{Data: c.suite.Group.Public(c.x)} }

// nonce gives T's nonce, the same each time.
func (c *tester) nonce(at *[]byte) []byte {
	if *at == nil {
		*at = c.draw(16)
	}
	return *at
}

// derive makes the keys of phase 1 when both public values are known.
func (c *tester) derive() {
	c.t.Helper()
	theirs := c.gxr
	if !c.initiator {
		theirs = c.gxi
	}
	shared, err := c.suite.Group.Shared(c.x, theirs)
	if err != nil {
		c.t.Fatal(err)
	}
	c.deriveFrom(shared)
}

func (c *tester) deriveFrom(shared []byte) {
	s := c.suite
	c.keys = keymat.Derive(s.Hash, keymat.SKEYIDPreShared(s.Hash, c.secret, c.ni, c.nr), shared, c.ckyI[:], c.ckyR[:])
	bits := s.KeyBits
	if bits == 0 {
		bits = s.Cipher.IKEBits
	}
	err := c.keys.SetCipher(s.Cipher, bits, keymat.SkipWeak)
	if err == nil {
		c.cbc, err = s.Cipher.NewCBC(c.keys.CipherKey)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	c.iv = keymat.PhaseOneIV(s.Hash, s.Cipher.Block, c.gxi, c.gxr)
}

// order is the order of the messages, and who of T's roles sends which.
var order = []string{"MM1", "MM2", "MM3", "MM4", "MM5", "MM6", "QM1", "QM2", "QM3"}

// mine tells whether T sends a message of Main Mode, or of a Quick Mode that T begins.
func (c *tester) mine(name string) bool {
	first := c.initiator
	if name[0] == 'Q' && c.quick != nil {
		first = c.quick.initiator
	}
	return ((name[2]-'0')%2 == 1) == first
}

// until plays honestly from where T stands up to, and without, the message of a name; "" is to the end.
// from is the first message to play.
func (c *tester) play(from, until string) {
	c.t.Helper()
	on := false
	for _, name := range order {
		on = on || name == from
		if name == until {
			return
		}
		if !on {
			continue
		}
		if name == "QM1" && c.quick == nil {
			c.beginQuick(c.initiator)
		}
		if c.mine(name) {
			c.send(name, change{}, true)
		} else {
			c.accept(name, c.must(name))
		}
	}
}

// begin plays from the start up to a message.
func (c *tester) begin(until string) {
	c.t.Helper()
	if !c.initiator {
		c.step(ike.Initiate{Conn: c.conn})
	}
	c.play("MM1", until)
}

// accept takes a message of the engine in, and checks its HASH.
func (c *tester) accept(name string, m *isakmp.Message) {
	c.t.Helper()
	switch name {
	case "MM1":
		c.ckyI = m.Header.Initiator
		copy(c.ckyR[:], c.draw(8))
		c.sai = body(m, isakmp.TypeSA)
		c.choice = clone(payload[*isakmp.SA](m))
		first := &c.choice.Proposals[0]
		first.Transforms, first.NTransforms = first.Transforms[:1], 1
	case "MM2":
		c.ckyR = m.Header.Responder
		c.checkAnswer(payload[*isakmp.SA](m))
	case "MM3":
		c.gxi, c.ni = body(m, isakmp.TypeKE), body(m, isakmp.TypeNonce)
	case "MM4":
		c.gxr, c.nr = body(m, isakmp.TypeKE), body(m, isakmp.TypeNonce)
		c.derive()
	case "MM5":
		c.idi = body(m, isakmp.TypeID)
		c.verify(name, m, c.keys.HashI(c.transcript(), c.idi))
	case "MM6":
		c.idr = body(m, isakmp.TypeID)
		c.verify(name, m, c.keys.HashR(c.transcript(), c.idr))
	default:
		c.acceptQuick(name, m)
	}
}

// checkAnswer: IKE1-PRP-12 to 14, IKE1-QPR-06, IKE1-QPR-09: one proposal with one transform, their numbers and all
// attributes those of an offer of T.
func (c *tester) checkAnswer(answer *isakmp.SA) {
	c.t.Helper()
	if c.offered == nil || len(answer.Proposals) != 1 || answer.Proposals[0].NTransforms != 1 {
		c.t.Fatalf("answer %+v", answer)
	}
	got := answer.Proposals[0]
	for _, p := range c.offered.Proposals {
		for _, t := range p.Transforms {
			if p.Number == got.Number && p.Protocol == got.Protocol && t.Number == got.Transforms[0].Number && t.ID == got.Transforms[0].ID &&
				slices.EqualFunc(t.Attributes, got.Transforms[0].Attributes, isakmp.Attribute.Equal) {
				return
			}
		}
	}
	c.t.Errorf("the answer %+v is nothing that was offered", got)
}

func (c *tester) acceptQuick(name string, m *isakmp.Message) {
	c.t.Helper()
	q := c.quick
	rest := isakmp.AppendItems(nil, m.Items[1:])
	switch name {
	case "QM1":
		q.ni = body(m, isakmp.TypeNonce)
		q.theirOffer = payload[*isakmp.SA](m)
		q.theirs = q.theirOffer.Proposals[0].SPI
		c.verify(name, m, c.keys.Hash1(q.id, rest))
		chosen := q.theirOffer.Proposals[0]
		chosen.SPI = q.ours
		q.answer = &isakmp.SA{DOI: q.theirOffer.DOI, Situation: q.theirOffer.Situation, Proposals: []isakmp.Proposal{chosen}}
		for i := range m.Items {
			if p, ok := m.Items[i].Body.(*isakmp.ID); ok {
				if q.clients[0] == nil {
					q.clients[0] = p
				} else {
					q.clients[1] = p
				}
			}
		}
		if theirs := body(m, isakmp.TypeKE); theirs != nil {
			q.group = c.conn.IPsec.Offer[0].Group
			c.share(theirs)
		}
	case "QM2":
		q.nr = body(m, isakmp.TypeNonce)
		q.theirs = payload[*isakmp.SA](m).Proposals[0].SPI
		c.verify(name, m, c.keys.Hash2(q.id, q.ni, rest))
		c.checkAnswer(payload[*isakmp.SA](m))
		if theirs := body(m, isakmp.TypeKE); theirs != nil {
			c.share(theirs)
		}
	case "QM3":
		c.verify(name, m, c.keys.Hash3(q.id, q.ni, q.nr))
	}
}

// share computes the secret of a Quick Mode with PFS.
func (c *tester) share(theirs []byte) {
	c.t.Helper()
	q := c.quick
	q.public = q.group.Public(q.x)
	var err error
	if q.gxy, err = q.group.Shared(q.x, theirs); err != nil {
		c.t.Fatal(err)
	}
}

func (c *tester) verify(name string, m *isakmp.Message, want []byte) {
	c.t.Helper()
	if got := payload[*isakmp.Hash](m); got == nil || !keymat.Equal(got.Data, want) {
		c.t.Fatalf("HASH of %s is wrong", name)
	}
}

// beginQuick prepares BASE2. If the engine is to begin, its message is read for the message ID.
func (c *tester) beginQuick(initiator bool) {
	c.t.Helper()
	q := &quickMode{initiator: initiator, ours: c.draw(4), nonce: c.draw(16), x: c.draw(20)}
	q.ours[0] |= 0x10
	c.quick = q
	if !initiator {
		q.id = c.nextMessageID()
	} else {
		q.id = binary.BigEndian.Uint32(c.draw(4)) | 1
		if c.conn.Remote.Client != (conn.Client{}) {
			q.clients = [2]*isakmp.ID{subnet("10.1.0.0/16"), subnet("10.2.0.0/16")}
		}
		q.offer = c.quickOffer(q.ours)
		if g := c.conn.IPsec.Offer[0].Group; g != nil {
			c.withPFS(g)
		}
	}
	q.iv = keymat.PhaseTwoIV(c.suite.Hash, c.iv, q.id)
}

// nextMessageID looks at the next message of the engine that is no Informational.
func (c *tester) nextMessageID() uint32 {
	for _, s := range c.sent {
		if s.Message != "INFO" {
			return binary.BigEndian.Uint32(s.Octets[20:])
		}
	}
	return 0
}

// quickOffer is the SA of BASE2, with the algorithms that the engine's policy has.
func (c *tester) quickOffer(spi []byte) *isakmp.SA {
	o := c.conn.IPsec.Offer[0]
	p := o.Protocols[0]
	t := isakmp.Transform{Number: 1}
	protocol := isakmp.ProtoAH
	if p.Cipher != nil {
		protocol, t.ID = isakmp.ProtoESP, uint8(p.Cipher.ESP)
		if p.KeyBits != 0 {
			t.Attributes = append(t.Attributes, isakmp.TV(isakmp.P2KeyLength, uint16(p.KeyBits)))
		}
	} else {
		t.ID = uint8(p.Integrity.AH)
	}
	if p.Integrity != nil {
		t.Attributes = append(t.Attributes, isakmp.TV(isakmp.P2AuthAlgorithm, uint16(p.Integrity.Attr)))
	}
	mode := isakmp.ModeTunnel
	if o.Mode == sadb.Transport {
		mode = isakmp.ModeTransport
	}
	t.Attributes = append(t.Attributes, isakmp.TV(isakmp.P2EncapsulationMode, mode),
		isakmp.TV(isakmp.P2LifeType, isakmp.LifeSeconds), isakmp.TV(isakmp.P2LifeDuration, uint16(3600)))
	return &isakmp.SA{DOI: isakmp.DOIIPsec, Situation: isakmp.SituationIdentityOnly, Proposals: []isakmp.Proposal{
		isakmp.NewProposal(1, protocol, spi, t),
	}}
}

// withPFS gives a Quick Mode of T a group.
func (c *tester) withPFS(g *alg.Group) {
	c.quick.group = g
	c.quick.public = g.Public(c.quick.x)
	t := &c.quick.offer.Proposals[0].Transforms[0]
	t.Attributes = append(t.Attributes, isakmp.TV(isakmp.P2Group, uint16(g.Number)))
}

// checkSAs holds the last pair that the engine installed against T's own computation.
func (c *tester) checkSAs() {
	c.t.Helper()
	list := c.sas()
	if len(list) < 2 {
		c.t.Fatalf("the engine has installed %d SAs; events: %v", len(list), c.last(4))
	}
	q := c.quick
	for _, sa := range list[len(list)-2:] {
		spi := binary.BigEndian.Uint32(q.theirs) // of what the engine receives
		if sa.Direction.String() == "out" {
			spi = binary.BigEndian.Uint32(q.ours)
		}
		if sa.SPI != spi {
			c.t.Errorf("%v SA has SPI %08x, want %08x", sa.Direction, sa.SPI, spi)
		}
		protocol := isakmp.ProtoESP
		if sa.Proto == sadb.AH {
			protocol = isakmp.ProtoAH
		}
		want := c.keys.Keymat(q.gxy, uint8(protocol), spi, q.ni, q.nr, len(sa.CipherKey)+len(sa.AuthKey))
		if string(sa.CipherKey)+string(sa.AuthKey) != string(want) {
			c.t.Errorf("%v SA has other keys", sa.Direction)
		}
	}
}

// alive checks that an ordinary negotiation works: ALIVE of the catalogue.
func (c *tester) alive() {
	c.t.Helper()
	c.sent = nil
	was := c.initiator
	c.initiator = true
	c.fresh()
	c.begin("")
	c.checkSAs()
	c.initiator = was
}

// p1OK checks that a Quick Mode under the present phase 1 works: P1OK of the catalogue.
func (c *tester) p1OK() {
	c.t.Helper()
	c.sent = nil
	c.quick = nil
	c.beginQuick(true)
	c.play("QM1", "")
	c.checkSAs()
}

func TestTesterAgreesWithTheEngine(t *testing.T) {
	for _, role := range []bool{true, false} {
		c := newTester(t, role, setup{})
		c.begin("")
		c.checkSAs()
		c.p1OK()
		c.alive()
	}
}

func subnet(text string) *isakmp.ID { return isakmp.IDSubnet(netip.MustParsePrefix(text)) }

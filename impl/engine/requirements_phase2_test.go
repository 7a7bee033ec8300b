package engine_test

import (
	"encoding/binary"
	"slices"
	"testing"

	"ikewit/impl/alg"
	"ikewit/impl/engine/enginetest"
	"ikewit/impl/ike1"
	"ikewit/impl/keymat"
	"ikewit/impl/wire/isakmp"
)

func TestQuickModeMessageRequirements(t *testing.T) {
	malformed := types(isakmp.PayloadMalformed)
	wrong := types(isakmp.InvalidHashInformation)
	flip := hashed(func(h *isakmp.Hash) { h.Data[0] ^= 1 })
	rest := func(m *isakmp.Message) []byte { return isakmp.AppendItems(nil, m.Items[1:]) }
	rehash := func(f func(c *tester, m *isakmp.Message) []byte) change {
		return change{hashed: func(c *tester, m *isakmp.Message) { payload[*isakmp.Hash](m).Data = f(c, m) }}
	}
	runLies(t, []lie{
		{id: "IKE1-HDR-16", at: "QM1", change: change{hashed: func(_ *tester, m *isakmp.Message) { m.Header.Flags = 0 }}, check: ike1.CheckEncrypted,
			notify: types(isakmp.InvalidFlags), cont: true},
		{id: "IKE1-HDR-22", at: "QM1", prepare: func(c *tester) { c.quick.id = 0; c.quick.iv = keymat.PhaseTwoIV(c.suite.Hash, c.iv, 0) },
			check: ike1.CheckMessageID, notify: types(isakmp.InvalidMessageID)},
		{id: "IKE1-QM-04 SA before HASH", at: "QM1", change: change{hashed: swap(0, 1).built}, check: ike1.CheckPayloadOrder, notify: malformed, cont: true},
		{id: "IKE1-QM-04 no HASH", at: "QM1", change: without(isakmp.TypeHash), check: ike1.CheckPayloadMissing, notify: malformed, cont: true},
		{id: "IKE1-QM-05", at: "QM1", change: swap(1, 2), check: ike1.CheckPayloadOrder, notify: malformed, cont: true},
		{id: "IKE1-QM-06 bit", at: "QM1", change: flip, check: ike1.CheckHash1, notify: wrong, cont: true},
		{id: "IKE1-QM-06 without M-ID", at: "QM1", change: rehash(func(c *tester, m *isakmp.Message) []byte {
			return c.suite.Hash.PRF(c.keys.A, rest(m))
		}), check: ike1.CheckHash1, notify: wrong, cont: true},
		{id: "IKE1-QM-06 over the padding", at: "QM1", change: rehash(func(c *tester, m *isakmp.Message) []byte {
			return c.keys.Hash1(m.Header.MessageID, append(rest(m), make([]byte, 8)...))
		}), check: ike1.CheckHash1, notify: wrong, cont: true},
		{id: "IKE1-QM-07 bit", at: "QM2", change: flip, check: ike1.CheckHash2, notify: wrong},
		{id: "IKE1-QM-07 without Ni_b", at: "QM2", change: rehash(func(c *tester, m *isakmp.Message) []byte {
			return c.keys.Hash1(m.Header.MessageID, rest(m))
		}), check: ike1.CheckHash2, notify: wrong},
		{id: "IKE1-QM-08 bit", at: "QM3", change: flip, check: ike1.CheckHash3, notify: wrong, cont: true},
		{id: "IKE1-QM-08 without zero", at: "QM3", change: rehash(func(c *tester, m *isakmp.Message) []byte {
			id := binary.BigEndian.AppendUint32(nil, m.Header.MessageID)
			return c.suite.Hash.PRF(c.keys.A, id, c.quick.ni, c.quick.nr)
		}), check: ike1.CheckHash3, notify: wrong, cont: true},
		{id: "IKE1-QM-08 nonces swapped", at: "QM3", change: rehash(func(c *tester, m *isakmp.Message) []byte {
			return c.keys.Hash3(m.Header.MessageID, c.quick.nr, c.quick.ni)
		}), check: ike1.CheckHash3, notify: wrong, cont: true},
		{id: "IKE1-QM-15 QM1 without NONCE", at: "QM1", change: without(isakmp.TypeNonce), check: ike1.CheckPayloadMissing, hard: true, notify: malformed, cont: true},
		{id: "IKE1-QM-15 QM1 without SA", at: "QM1", change: without(isakmp.TypeSA), check: ike1.CheckPayloadMissing, hard: true, notify: malformed, cont: true},
		{id: "IKE1-QM-15 QM2 without NONCE", at: "QM2", change: without(isakmp.TypeNonce), check: ike1.CheckPayloadMissing, hard: true, notify: malformed},
		{id: "IKE1-QM-15 QM2 without SA", at: "QM2", change: without(isakmp.TypeSA), check: ike1.CheckPayloadMissing, hard: true, notify: malformed},
		{id: "IKE1-QM-18 protocol 1", at: "QM1", change: proposal(func(p *isakmp.Proposal) { p.Protocol, p.Transforms[0].ID = 1, 1 }), check: ike1.CheckProtocol,
			notify: types(isakmp.InvalidProtocolID)},
		{id: "IKE1-QM-18 protocol 99", at: "QM1", change: proposal(func(p *isakmp.Proposal) { p.Protocol = 99 }), check: ike1.CheckProtocol, notify: types(isakmp.InvalidProtocolID)},
		{id: "IKE1-QPR-20 two SAs", at: "QM1", change: items(func(l []isakmp.Item) []isakmp.Item { return slices.Insert(l, 2, l[1]) }), check: ike1.CheckPayloadTwice,
			notify: malformed, cont: true},
		{id: "IKE1-PAD-05 QM1 with 3 stray octets", at: "QM1", change: lengthened(make([]byte, 3), true), check: ike1.CheckBlocks, notify: malformed, cont: true},
		{id: "IKE1-PAD-06 reserved type", at: "QM1", change: items(func(l []isakmp.Item) []isakmp.Item {
			return slices.Insert(l, 1, isakmp.Items(&isakmp.Raw{T: 100, Octets: []byte("data")})...)
		}), check: ike1.CheckPayloadType, notify: types(isakmp.InvalidPayloadType), cont: true},
		{id: "IKE1-PAD-06 chain overruns", at: "QM1", change: items(func(l []isakmp.Item) []isakmp.Item {
			return append(l, isakmp.Items(&isakmp.Verbatim{T: isakmp.TypeNotify, Octets: []byte{0, 0, 0x10, 0}})...)
		}), check: ike1.CheckSyntax, notify: malformed, cont: true},
		{id: "IKE1-PAD-06 NONCE of length 3", at: "QM1", change: items(func(l []isakmp.Item) []isakmp.Item {
			return append(l[:2], isakmp.Items(&isakmp.Verbatim{T: isakmp.TypeNonce, Octets: []byte{0, 0, 0, 3}})...)
		}), check: ike1.CheckSyntax, notify: malformed, cont: true},
		{id: "IKE1-PAD-06 header NP 0", at: "QM1", change: octet(atNext, 0), check: ike1.CheckNextPayload, notify: types(isakmp.InvalidPayloadType), cont: true},
		{id: "IKE1-GPH-03 QM1", at: "QM1", change: items(func(l []isakmp.Item) []isakmp.Item { l[1].Reserved = 1; return l }), check: ike1.CheckReserved, notify: malformed, cont: true},
	})
}

func TestClientRequirements(t *testing.T) {
	id := types(isakmp.InvalidIDInformation)
	client := func(i int, f func(p *isakmp.ID)) change {
		return change{built: func(_ *tester, m *isakmp.Message) { f(m.Items[len(m.Items)-2+i].Body.(*isakmp.ID)) }}
	}
	tail := func(f func(l []isakmp.Item) []isakmp.Item) change { return items(f) }
	runLies(t, []lie{
		{id: "IKE1-QID-06 ours", at: "QM1", change: client(1, func(p *isakmp.ID) { p.Data[1] = 9 }), check: ike1.CheckClientPolicy, notify: id},
		{id: "IKE1-QID-06 theirs", at: "QM1", change: client(0, func(p *isakmp.ID) { p.Data[1] = 9 }), check: ike1.CheckClientPolicy, notify: id},
		{id: "IKE1-QID-06 protocol", at: "QM1", change: client(0, func(p *isakmp.ID) { p.Protocol = 6 }), check: ike1.CheckClientPolicy, notify: id},
		{id: "IKE1-QID-07 one", at: "QM1", change: tail(func(l []isakmp.Item) []isakmp.Item { return l[:len(l)-1] }), check: ike1.CheckClientCount, notify: types(isakmp.PayloadMalformed)},
		{id: "IKE1-QID-07 three", at: "QM1", change: tail(func(l []isakmp.Item) []isakmp.Item { return append(l, l[3]) }), check: ike1.CheckClientCount, notify: types(isakmp.PayloadMalformed)},
		{id: "IKE1-QID-01 none where policy has some", at: "QM1", change: without(isakmp.TypeID), check: ike1.CheckClientPolicy, notify: id},
		{id: "IKE1-QID-08", at: "QM1", change: swap(3, 4), check: ike1.CheckClientPolicy, notify: id},
		{id: "IKE1-QID-09 subnet of 4", at: "QM1", change: client(0, func(p *isakmp.ID) { p.Data = p.Data[:4] }), check: ike1.CheckClientForm, notify: id},
		{id: "IKE1-QID-09 range of 7", at: "QM1", change: client(0, func(p *isakmp.ID) { p.IDType, p.Data = isakmp.IDTypeIPv4Range, p.Data[:7] }), check: ike1.CheckClientForm, notify: id},
		{id: "IKE1-QID-09 address of 16", at: "QM1", change: client(0, func(p *isakmp.ID) { p.IDType, p.Data = isakmp.IDTypeIPv4Addr, make([]byte, 16) }), check: ike1.CheckClientForm, notify: id},
		{id: "IKE1-QID-09 range ends below its start", at: "QM1", change: client(0, func(p *isakmp.ID) {
			p.IDType, p.Data = isakmp.IDTypeIPv4Range, []byte{10, 1, 0, 9, 10, 1, 0, 1}
		}), check: ike1.CheckClientForm, notify: id},
		{id: "IKE1-QID-09 mask with a hole", at: "QM1", change: client(0, func(p *isakmp.ID) { copy(p.Data[4:], []byte{255, 0, 255, 0}) }), check: ike1.CheckClientForm, notify: id},
		{id: "IKE1-QID-09 a name", at: "QM1", change: client(0, func(p *isakmp.ID) { p.IDType = isakmp.IDTypeFQDN }), check: ike1.CheckClientForm, notify: id},
		{id: "IKE1-QID-09 a port of no protocol", at: "QM1", change: client(0, func(p *isakmp.ID) { p.Port = 80 }), check: ike1.CheckClientForm, notify: id},
		{id: "IKE1-QID-09 two families", at: "QM1", change: client(0, func(p *isakmp.ID) { p.IDType, p.Data = isakmp.IDTypeIPv6Addr, make([]byte, 16) }), setup: setup{any: true}, check: ike1.CheckClientForm, notify: id},
		{id: "IKE1-QID-10", at: "QM2", change: client(1, func(p *isakmp.ID) { p.Data[5] = 0 }), check: ike1.CheckReturnedClient, notify: id},
		{id: "IKE1-QID-11 narrower", at: "QM2", change: client(1, func(p *isakmp.ID) { p.Data[6] = 255 }), check: ike1.CheckReturnedClient, notify: id},
		{id: "IKE1-QID-11 none", at: "QM2", change: without(isakmp.TypeID), check: ike1.CheckReturnedClient, notify: id},
		{id: "IKE1-QPR-15 transport mode for a host and a network", at: "QM1", setup: setup{any: true, profile: transportBase()}, prepare: func(c *tester) {
			c.quick.clients = [2]*isakmp.ID{isakmp.IDAddr(c.own.Addr()), subnet("10.2.0.0/16")}
		},
			check: ike1.CheckClientTransport, notify: id},
		{id: "IKE1-QPR-15 transport mode for networks", at: "QM1", setup: setup{any: true, profile: transportBase()}, prepare: func(c *tester) {
			c.quick.clients = [2]*isakmp.ID{subnet("10.1.0.0/16"), subnet("10.2.0.0/16")}
		},
			check: ike1.CheckClientTransport, notify: id},
	})
}

// transportBase is BASE2 in transport mode, whose clients the engine does not look at.
func transportBase() enginetest.Profile {
	p := base
	p.Mode, p.Local, p.Remote = "transport", "", ""
	return p
}

func TestPFSRequirements(t *testing.T) {
	key := types(isakmp.InvalidKeyInformation)
	pfs := base
	pfs.PFS = "modp768"
	group := alg.GroupByName("modp768")
	withPFS := setup{profile: pfs}
	unwanted := func(c *tester) {
		c.quick.group = nil
		c.quick.offer = c.quickOffer(c.quick.ours)
	}
	prime := func(f func(p []byte) []byte) change {
		return change{built: func(_ *tester, m *isakmp.Message) { payload[*isakmp.KE](m).Data = f(group.Prime()) }}
	}
	two := func(second ...isakmp.Attribute) change {
		return proposal(func(p *isakmp.Proposal) {
			more := p.Transforms[0]
			more.Number = 2
			more.Attributes = slices.DeleteFunc(slices.Clone(more.Attributes), func(a isakmp.Attribute) bool { return a.Type == isakmp.P2Group })
			more.Attributes = append(more.Attributes, second...)
			p.Transforms = append(p.Transforms, more)
			p.NTransforms = 2
		})
	}
	runLies(t, []lie{
		{id: "IKE1-PFS-03 KE without group", at: "QM1", change: with(&isakmp.KE{Data: make([]byte, 96)}), check: ike1.CheckPFSKE, notify: key},
		{id: "IKE1-PFS-03 group without KE", at: "QM1", setup: withPFS, change: without(isakmp.TypeKE), check: ike1.CheckPFSKE, notify: key},
		{id: "IKE1-PFS-04 two groups", at: "QM1", setup: withPFS, change: two(isakmp.TV(isakmp.P2Group, uint16(2))), check: ike1.CheckPFSGroup, notify: types(isakmp.AttributesNotSupported)},
		{id: "IKE1-PFS-04 one without", at: "QM1", setup: withPFS, change: two(), check: ike1.CheckPFSGroup, notify: types(isakmp.AttributesNotSupported)},
		{id: "IKE1-PFS-06", at: "QM1", setup: withPFS, prepare: unwanted, check: ike1.CheckAcceptable, notify: types(isakmp.NoProposalChosen)},
		{id: "IKE1-PFS-07", at: "QM2", setup: withPFS, change: without(isakmp.TypeKE), check: ike1.CheckPFSKE, notify: key, hard: true},
		{id: "IKE1-PFS-06 not wanted", at: "QM1", prepare: func(c *tester) { c.withPFS(group) }, check: ike1.CheckAcceptable, notify: types(isakmp.NoProposalChosen)},
		{id: "IKE1-KE-11 short QM1", at: "QM1", setup: withPFS, change: built(func(k *isakmp.KE) { k.Data = k.Data[1:] }), check: ike1.CheckKELength, notify: key},
		{id: "IKE1-KE-11 short QM2", at: "QM2", setup: withPFS, change: built(func(k *isakmp.KE) { k.Data = k.Data[1:] }), check: ike1.CheckKELength, notify: key},
		{id: "IKE1-KE-11 1", at: "QM1", setup: withPFS, change: prime(func(p []byte) []byte { clear(p); p[len(p)-1] = 1; return p }), check: ike1.CheckKEValue, notify: key},
		{id: "IKE1-KE-11 p", at: "QM1", setup: withPFS, change: prime(func(p []byte) []byte { return p }), check: ike1.CheckKEValue, notify: key},
		{id: "IKE1-KE-11 0 QM2", at: "QM2", setup: withPFS, change: prime(func(p []byte) []byte { clear(p); return p }), check: ike1.CheckKEValue, notify: key},
	})
}

func TestPhase2ProposalRequirements(t *testing.T) {
	none := types(isakmp.NoProposalChosen)
	attr := types(isakmp.AttributesNotSupported)
	syntax := types(isakmp.BadProposalSyntax)
	spi := types(isakmp.InvalidSPI)
	aes, null, ah := base, base, base
	aes.ESP, null.ESP, ah.ESP, ah.AH = []string{"aes128-sha1"}, []string{"null-sha1"}, nil, []string{"sha1"}
	withSPI := func(octets ...byte) change { return proposal(func(p *isakmp.Proposal) { p.SPI = octets }) }
	again := func(f func(p *isakmp.Proposal)) change {
		return built(func(sa *isakmp.SA) {
			p := sa.Proposals[0]
			p.Transforms = slices.Clone(p.Transforms)
			f(&p)
			sa.Proposals = append(sa.Proposals, p)
		})
	}
	var lies []lie
	for _, bits := range []uint16{0, 64, 129, 512} {
		lies = append(lies, lie{id: "IKE1-ATR-10 phase 2 " + hex8(byte(bits>>3)), at: "QM1", setup: setup{profile: aes}, change: attribute(isakmp.P2KeyLength, bits),
			check: ike1.CheckAttributes, notify: attr})
	}
	for _, unit := range []uint16{0, 3, 61440} {
		lies = append(lies, lie{id: "IKE1-LIF-07 type " + hex8(byte(unit>>8)) + hex8(byte(unit)), at: "QM1", change: attribute(isakmp.P2LifeType, unit), check: ike1.CheckAttributes, notify: attr})
	}
	for _, n := range []uint16{0, 1, 2} {
		lies = append(lies, lie{id: []string{"IKE1-ATR-20 0", "IKE1-ATR-21", "IKE1-ATR-20 2"}[n], at: "QM1", change: attribute(isakmp.P2ExtendedSequence, n), check: ike1.CheckAttributes, notify: attr})
	}
	for _, n := range []uint16{3, 4, 200} {
		lies = append(lies, lie{id: "IKE1-ATR-15 algorithm " + hex8(byte(n)), at: "QM1", change: attribute(isakmp.P2AuthAlgorithm, n), check: ike1.CheckAttributes, notify: attr})
	}
	for _, n := range []int{0, 2, 8, 16} {
		lies = append(lies, lie{id: "IKE1-SPI-04 " + hex8(byte(n)), at: "QM1", change: withSPI(make([]byte, n)...), check: ike1.CheckSPISize, notify: spi})
	}
	for _, n := range []byte{0, 1, 255} {
		lies = append(lies, lie{id: "IKE1-SPI-03 " + hex8(n), at: "QM1", change: withSPI(0, 0, 0, n), check: ike1.CheckSPIValue, notify: spi})
	}
	runLies(t, append(lies, []lie{
		{id: "IKE1-ATR-09 phase 2", at: "QM1", setup: setup{profile: aes}, change: noAttribute(isakmp.P2KeyLength), check: ike1.CheckAttributes, notify: attr},
		{id: "IKE1-ATR-11 duration before type", at: "QM1", change: transform(func(t *isakmp.Transform) {
			t.Attributes[2], t.Attributes[3] = t.Attributes[3], t.Attributes[2]
		}), check: ike1.CheckAttributes, notify: attr},
		{id: "IKE1-ATR-11 type alone", at: "QM1", change: noAttribute(isakmp.P2LifeDuration), check: ike1.CheckAttributes, notify: attr},
		{id: "IKE1-ATR-11 duration alone", at: "QM1", change: noAttribute(isakmp.P2LifeType), check: ike1.CheckAttributes, notify: attr},
		{id: "IKE1-ATR-14", at: "QM1", change: attributes(isakmp.TV(isakmp.P2LifeType, isakmp.LifeSeconds), isakmp.TV(isakmp.P2LifeDuration, uint16(60))), check: ike1.CheckAttributes, notify: attr},
		{id: "IKE1-ATR-16 mode 9", at: "QM1", change: attribute(isakmp.P2EncapsulationMode, 9), check: ike1.CheckAttributes, notify: attr},
		{id: "IKE1-ATR-17", at: "QM1", change: attributes(isakmp.TV[uint16](100, 1)), check: ike1.CheckAttributes, notify: attr},
		{id: "IKE1-ATR-18 no default", at: "QM1", change: noAttribute(isakmp.P2EncapsulationMode), check: ike1.CheckAcceptable, notify: none},
		{id: "IKE1-ATR-05", at: "QM1", change: transform(func(t *isakmp.Transform) { t.Attributes[3] = isakmp.TLV(isakmp.P2LifeDuration, nil) }), check: ike1.CheckAttributes, notify: attr},
		{id: "IKE1-ATR-02 phase 2", at: "QM1", change: transform(func(t *isakmp.Transform) { t.Attributes[0] = isakmp.TLV(isakmp.P2AuthAlgorithm, []byte{0, 2}) }), check: ike1.CheckAttributes, notify: attr},
		{id: "IKE1-LIF-06 phase 2", at: "QM1", change: attribute(isakmp.P2LifeDuration, 0), check: ike1.CheckAttributes, notify: attr},
		{id: "IKE1-ATR-07 phase 2", at: "QM1", change: attribute(isakmp.P2KeyLength, 192), check: ike1.CheckAttributes, notify: attr},
		{id: "IKE1-QPR-02", at: "QM1", change: again(func(p *isakmp.Proposal) { p.Protocol, p.Transforms[0].ID = isakmp.ProtoAH, uint8(isakmp.AHSHA) }), check: ike1.CheckAcceptable, notify: none},
		{id: "IKE1-QPR-04 numbers fall", at: "QM1", change: again(func(p *isakmp.Proposal) { p.Number = 0 }), check: ike1.CheckProposalOrder, notify: syntax},
		{id: "IKE1-QPR-08", at: "QM1", change: transform(func(t *isakmp.Transform) { t.ID = uint8(isakmp.ESPDES) }), check: ike1.CheckAcceptable, notify: none},
		{id: "IKE1-QPR-08 unknown", at: "QM1", change: transform(func(t *isakmp.Transform) { t.ID = 250 }), check: ike1.CheckAcceptable, notify: none},
		{id: "IKE1-QPR-12", at: "QM1", setup: setup{profile: null}, change: noAttribute(isakmp.P2AuthAlgorithm), check: ike1.CheckAttributes, notify: attr},
		{id: "IKE1-QPR-13 no algorithm", at: "QM1", setup: setup{profile: ah}, change: noAttribute(isakmp.P2AuthAlgorithm), check: ike1.CheckAttributes, notify: attr},
		{id: "IKE1-QPR-13 another algorithm", at: "QM1", setup: setup{profile: ah}, change: attribute(isakmp.P2AuthAlgorithm, uint16(isakmp.AuthHMACMD5)), check: ike1.CheckAttributes, notify: attr},
		{id: "IKE1-QPR-14 policy refuses", at: "QM1", change: noAttribute(isakmp.P2AuthAlgorithm), check: ike1.CheckAcceptable, notify: none},
		{id: "IKE1-QPR-16", at: "QM1", change: proposal(func(p *isakmp.Proposal) {
			p.Protocol, p.SPI, p.Transforms[0].ID = isakmp.ProtoIPCOMP, []byte{0, 2}, uint8(isakmp.IPCOMPDeflate)
		}), check: ike1.CheckAcceptable, notify: none},
		{id: "IKE1-QPR-10 algorithm", at: "QM2", change: attribute(isakmp.P2AuthAlgorithm, uint16(isakmp.AuthHMACMD5)), check: ike1.CheckReturnedSA, notify: syntax},
		{id: "IKE1-QPR-10 mode", at: "QM2", change: attribute(isakmp.P2EncapsulationMode, uint16(isakmp.ModeTransport)), check: ike1.CheckReturnedSA, notify: syntax},
		{id: "IKE1-QPR-10 key length", at: "QM2", change: attribute(isakmp.P2KeyLength, 128), check: ike1.CheckReturnedSA, notify: syntax},
		{id: "IKE1-QPR-10 group", at: "QM2", change: attribute(isakmp.P2Group, 2), check: ike1.CheckReturnedSA, notify: syntax},
		{id: "IKE1-QPR-10 never offered", at: "QM2", change: transform(func(t *isakmp.Transform) { t.ID = uint8(isakmp.ESPDES) }), check: ike1.CheckReturnedSA, notify: syntax},
		{id: "IKE1-QPR-10 longer life", at: "QM2", change: attribute(isakmp.P2LifeDuration, 3601), check: ike1.CheckReturnedSA, notify: syntax},
		{id: "IKE1-QPR-11 two transforms", at: "QM2", change: proposal(func(p *isakmp.Proposal) {
			p.Transforms = append(p.Transforms, p.Transforms[0])
			p.NTransforms = 2
		}), check: ike1.CheckReturnedSA, notify: syntax},
		{id: "IKE1-SPI-03 QM2", at: "QM2", change: withSPI(0, 0, 0, 7), check: ike1.CheckSPIValue, notify: spi},
		{id: "IKE1-SPI-04 QM2", at: "QM2", change: withSPI(1, 2), check: ike1.CheckSPISize, notify: spi},
	}...))
}

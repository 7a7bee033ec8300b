package engine_test

import (
	"bytes"
	"testing"

	"ikewit/impl/ike1"
	"ikewit/impl/wire/isakmp"
)

// The places of header fields in a datagram. RFC 2408 section 3.1.
const (
	atCkyI = 0
	atCkyR = 8
	atNext = 16
	atVers = 17
	atExch = 18
	atFlag = 19
	atMsg  = 20
	atLen  = 24
)

func TestHeaderRequirements(t *testing.T) {
	var lies []lie
	add := func(l lie) { lies = append(lies, l) }
	for _, v := range []byte{0x20, 0x30, 0x01} {
		add(lie{id: "IKE1-HDR-11 version " + hex8(v), at: "MM1", change: octet(atVers, v), check: ike1.CheckMajorVersion, notify: types(isakmp.InvalidMajorVersion)})
	}
	add(lie{id: "IKE1-HDR-12", at: "MM1", change: octet(atVers, 0x11), check: ike1.CheckMinorVersion, notify: types(isakmp.InvalidMinorVersion)})
	for _, x := range []byte{0, 7, 31, 34, 239, 240} {
		add(lie{id: "IKE1-HDR-13 exchange " + hex8(x), at: "MM1", change: octet(atExch, x), check: ike1.CheckExchangeType, notify: types(isakmp.InvalidExchangeType)})
	}
	for bit := 3; bit < 8; bit++ {
		add(lie{id: "IKE1-HDR-14 flag " + hex8(1<<bit), at: "MM1", change: octet(atFlag, 1<<bit), check: ike1.CheckFlags, notify: types(isakmp.InvalidFlags)})
	}
	lies = append(lies, []lie{
		{id: "IKE1-HDR-15", at: "MM1", change: octet(atFlag, 1), check: ike1.CheckEncrypted, notify: types(isakmp.InvalidFlags)},
		{id: "IKE1-HDR-17", at: "MM5", change: change{hashed: func(_ *tester, m *isakmp.Message) { m.Header.Flags = 0 }},
			check: ike1.CheckEncrypted, notify: types(isakmp.InvalidFlags), cont: true},
		{id: "IKE1-HDR-18", at: "MM1", change: lengthened(make([]byte, 8), false), check: ike1.CheckLength, notify: types(isakmp.UnequalPayloadLengths)},
		{id: "IKE1-HDR-19 4 too large", at: "MM1", change: long(atLen, 88), check: ike1.CheckLength, notify: types(isakmp.UnequalPayloadLengths)},
		{id: "IKE1-HDR-19 0", at: "MM1", change: long(atLen, 0), check: ike1.CheckLength, notify: types(isakmp.UnequalPayloadLengths)},
		{id: "IKE1-HDR-19 27", at: "MM1", change: long(atLen, 27), check: ike1.CheckLength, notify: types(isakmp.UnequalPayloadLengths)},
		{id: "IKE1-HDR-19 ffffffff", at: "MM1", change: long(atLen, 0xffffffff), check: ike1.CheckLength, notify: types(isakmp.UnequalPayloadLengths)},
		{id: "IKE1-HDR-20 bare header", at: "MM1", change: change{sealed: func(b []byte) []byte {
			b = append([]byte(nil), b[:28]...)
			b[atNext], b[atLen+3] = 0, 28
			return b
		}}, check: ike1.CheckLength},
		{id: "IKE1-HDR-21", at: "MM1", change: long(atMsg, 1), check: ike1.CheckMessageID, notify: types(isakmp.InvalidMessageID)},
		{id: "IKE1-HDR-23", at: "MM1", change: octet(atNext, 100), check: ike1.CheckNextPayload, notify: types(isakmp.InvalidPayloadType)},
		{id: "IKE1-MM-06 MM3 under Aggressive Mode", at: "MM3", change: octet(atExch, 4), check: ike1.CheckExchangeType, notify: types(isakmp.InvalidExchangeType), cont: true},
		{id: "IKE1-MM-06 MM5 under Aggressive Mode", at: "MM5", change: octet(atExch, 4), check: ike1.CheckExchangeType, notify: types(isakmp.InvalidExchangeType), cont: true},
		{id: "IKE1-CMT-05 authentication-only bit", at: "MM1", change: octet(atFlag, 4), check: ike1.CheckFlags, notify: types(isakmp.InvalidFlags)},
	}...)
	for _, n := range []int{0, 1, 4, 27} {
		add(lie{id: "IKE1-HDR-20 octets " + hex8(byte(n)), at: "MM1", change: change{sealed: func(b []byte) []byte { return b[:n] }}, check: ike1.CheckLength, hard: true})
	}
	runLies(t, lies)
}

func hex8(v byte) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[v>>4], digits[v&15]})
}

func TestCookieRequirements(t *testing.T) {
	flip := func(at int) change {
		return change{sealed: func(b []byte) []byte {
			b[at] ^= 1
			return b
		}}
	}
	zero := func(at int) change {
		return change{sealed: func(b []byte) []byte {
			clear(b[at : at+8])
			return b
		}}
	}
	cookie := types(isakmp.InvalidCookie)
	runLies(t, []lie{
		{id: "IKE1-CKY-03 CKY-R", at: "MM3", change: flip(atCkyR), check: ike1.CheckResponderCookie, notify: cookie, cont: true},
		{id: "IKE1-CKY-03 CKY-I", at: "MM3", change: flip(atCkyI), check: ike1.CheckResponderCookie, notify: cookie, cont: true},
		{id: "IKE1-CKY-04 MM2 with altered CKY-I", at: "MM2", change: flip(atCkyI), check: ike1.CheckResponderCookie, notify: cookie, cont: true},
		{id: "IKE1-CKY-04 MM2 without CKY-R", at: "MM2", change: zero(atCkyR), check: ike1.CheckResponderCookie, notify: cookie, cont: true},
		{id: "IKE1-CKY-04 MM4 with another CKY-R", at: "MM4", change: flip(atCkyR), check: ike1.CheckResponderCookie, notify: cookie, cont: true},
		{id: "IKE1-CKY-05", at: "MM1", change: zero(atCkyI), check: ike1.CheckInitiatorCookie, notify: cookie},
		{id: "IKE1-CKY-06", at: "MM1", change: flip(atCkyR), check: ike1.CheckResponderCookie, notify: cookie},
		{id: "IKE1-CKY-08", at: "QM1", change: change{sealed: func(b []byte) []byte {
			return append(append(append([]byte(nil), b[8:16]...), b[:8]...), b[16:]...)
		}}, check: ike1.CheckResponderCookie, notify: nil, prepare: func(c *tester) {
			c.e.Step(c.now, probe(c)) // uses up this second's INVALID-COOKIE, which is sent in clear
		}},
	})
}

func TestGenericPayloadRequirements(t *testing.T) {
	nonceLength := func(n byte) change {
		return change{sealed: func(b []byte) []byte {
			at := len(b) - 20 // the NONCE is the last payload and has 20 octets
			b[at+2] = n
			if n == 0 {
				b[at+3]++
			}
			return b
		}}
	}
	saLength := func(n byte) change {
		return change{sealed: func(b []byte) []byte {
			b[30], b[31] = 0, n
			return b
		}}
	}
	malformed := types(isakmp.PayloadMalformed)
	vid := &isakmp.VendorID{Data: []byte("vendor")}
	runLies(t, []lie{
		{id: "IKE1-GPH-03 payload", at: "MM1", change: items(func(l []isakmp.Item) []isakmp.Item { l[0].Reserved = 0xff; return l }),
			check: ike1.CheckReserved, notify: malformed},
		{id: "IKE1-GPH-03 transform", at: "MM1", change: transform(func(t *isakmp.Transform) { t.Reserved2 = 1 }), check: ike1.CheckReserved, notify: malformed},
		{id: "IKE1-GPH-03 proposal", at: "MM1", change: proposal(func(p *isakmp.Proposal) { p.Reserved = 1 }), check: ike1.CheckReserved, notify: malformed},
		{id: "IKE1-GPH-03 transform header", at: "MM1", change: transform(func(t *isakmp.Transform) { t.Reserved = 1 }), check: ike1.CheckReserved, notify: malformed},
		{id: "IKE1-GPH-04 SA length 0", at: "MM1", change: saLength(0), check: ike1.CheckSyntax, notify: malformed},
		{id: "IKE1-GPH-04 SA length 1", at: "MM1", change: saLength(1), check: ike1.CheckSyntax, notify: malformed},
		{id: "IKE1-GPH-04 SA length 3", at: "MM1", change: saLength(3), check: ike1.CheckSyntax, notify: malformed},
		{id: "IKE1-GPH-04 NONCE one too long", at: "MM3", change: nonceLength(0), check: ike1.CheckSyntax, notify: malformed, cont: true},
		{id: "IKE1-GPH-04 NONCE far too long", at: "MM3", change: nonceLength(0xff), check: ike1.CheckSyntax, notify: malformed, cont: true},
		{id: "IKE1-GPH-05", at: "MM3", change: change{sealed: func(b []byte) []byte {
			b[len(b)-20] = byte(isakmp.TypeVendorID)
			return b
		}}, check: ike1.CheckSyntax, notify: malformed, cont: true},
		{id: "IKE1-GPH-06", at: "MM1", change: change{sealed: func(b []byte) []byte { b[28] = 2; return b }}, check: ike1.CheckSyntax,
			notify: types(isakmp.InvalidPayloadType, isakmp.PayloadMalformed, isakmp.BadProposalSyntax)},
		{id: "IKE1-GPH-07", at: "MM1", change: with(&isakmp.Raw{T: 100, Octets: []byte("data")}), check: ike1.CheckPayloadType, notify: types(isakmp.InvalidPayloadType)},
		{id: "IKE1-GPH-08", at: "MM3", change: with(&isakmp.Raw{T: 200, Octets: []byte("data")}), check: ike1.CheckPayloadType, notify: types(isakmp.InvalidPayloadType), cont: true},
		{id: "IKE1-GPH-12 16 octets", at: "MM1", change: lengthened(bytes.Repeat([]byte{7}, 16), true), check: ike1.CheckTail, notify: malformed},
		{id: "IKE1-GPH-13 KE", at: "MM3", change: without(isakmp.TypeKE), check: ike1.CheckPayloadMissing, hard: true, notify: malformed, cont: true},
		{id: "IKE1-GPH-13 NONCE", at: "MM3", change: without(isakmp.TypeNonce), check: ike1.CheckPayloadMissing, hard: true, notify: malformed, cont: true},
		{id: "IKE1-GPH-13 HASH", at: "MM5", change: without(isakmp.TypeHash), check: ike1.CheckPayloadMissing, notify: malformed, cont: true},
		{id: "IKE1-GPH-14 KE", at: "MM3", change: with(&isakmp.KE{Data: make([]byte, 96)}), check: ike1.CheckPayloadTwice, notify: malformed, cont: true},
		{id: "IKE1-GPH-14 NONCE", at: "MM3", change: with(&isakmp.Nonce{Data: make([]byte, 16)}), check: ike1.CheckPayloadTwice, notify: malformed, cont: true},
		{id: "IKE1-SAP-02", at: "MM1", change: items(func(l []isakmp.Item) []isakmp.Item { return append(isakmp.Items(vid), l...) }),
			check: ike1.CheckPayloadOrder, notify: malformed},
		{id: "IKE1-SAP-11 two SAs", at: "MM1", change: items(func(l []isakmp.Item) []isakmp.Item { return append(l, l[0]) }), check: ike1.CheckPayloadTwice, notify: malformed},
		{id: "IKE1-GPH-13 a KE where an SA belongs", at: "MM1", change: items(func(l []isakmp.Item) []isakmp.Item {
			return isakmp.Items(&isakmp.KE{Data: make([]byte, 96)}, &isakmp.Nonce{Data: make([]byte, 16)})
		}), check: ike1.CheckPayloadUnexpected, notify: types(isakmp.InvalidPayloadType)},
		{id: "IKE1-PAD-05 MM5 with a stray octet", at: "MM5", change: lengthened([]byte{1}, true), check: ike1.CheckBlocks, notify: malformed, cont: true},
		{id: "IKE1-PAD-05 MM5 with 7 stray octets", at: "MM5", change: lengthened(make([]byte, 7), true), check: ike1.CheckBlocks, notify: malformed, cont: true},
	})
}

func TestSAPayloadRequirements(t *testing.T) {
	situation := types(isakmp.SituationNotSupported)
	syntax := types(isakmp.BadProposalSyntax, isakmp.PayloadMalformed)
	verbatim := func(f func(b []byte) []byte) change { // rewrites the SA with its generic header
		return items(func(l []isakmp.Item) []isakmp.Item {
			b := f(isakmp.AppendItems(nil, l[:1]))
			b[2], b[3] = byte(len(b)>>8), byte(len(b))
			return isakmp.Items(&isakmp.Verbatim{T: isakmp.TypeSA, Octets: b})
		})
	}
	cut := func(n int) change { return verbatim(func(b []byte) []byte { return b[:n] }) }
	set := func(at int, v byte) change { return verbatim(func(b []byte) []byte { b[at] = v; return b }) }
	label := func(s isakmp.Situation, labels []byte) change {
		return built(func(sa *isakmp.SA) { sa.Situation, sa.Labels = s, labels })
	}
	oneLabel := []byte{0, 0, 0, 1, 0, 4, 0, 0, 1, 2, 3, 4, 0, 8, 0, 0, 0xff, 0, 0, 0}
	runLies(t, []lie{
		{id: "IKE1-SAP-04 MM1", at: "MM1", change: built(func(sa *isakmp.SA) { sa.DOI = 0x7fffffff }), check: ike1.CheckDOI, notify: types(isakmp.DOINotSupported)},
		{id: "IKE1-SAP-04 QM1", at: "QM1", change: built(func(sa *isakmp.SA) { sa.DOI = 0x7fffffff }), check: ike1.CheckDOI, notify: types(isakmp.DOINotSupported)},
		{id: "IKE1-SAP-05", at: "MM1", change: built(func(sa *isakmp.SA) { sa.DOI, sa.Situation = 0, 0 }), check: ike1.CheckDOI, notify: types(isakmp.DOINotSupported)},
		{id: "IKE1-SAP-06 0", at: "MM1", change: label(0, nil), check: ike1.CheckSituation, notify: situation},
		{id: "IKE1-SAP-06 8", at: "MM1", change: label(8, nil), check: ike1.CheckSituation, notify: situation},
		{id: "IKE1-SAP-06 80000000", at: "MM1", change: label(0x80000000, nil), check: ike1.CheckSituation, notify: situation},
		{id: "IKE1-SAP-07 MM1 secrecy", at: "MM1", change: label(2, oneLabel), check: ike1.CheckSituation, notify: situation},
		{id: "IKE1-SAP-07 MM1 integrity", at: "MM1", change: label(4, oneLabel), check: ike1.CheckSituation, notify: situation},
		{id: "IKE1-SAP-07 QM1 secrecy", at: "QM1", change: label(2, oneLabel), check: ike1.CheckSituation, notify: situation},
		{id: "IKE1-SAP-07 QM1 integrity", at: "QM1", change: label(4, oneLabel), check: ike1.CheckSituation, notify: situation},
		{id: "IKE1-SAP-08", at: "MM1", change: label(2, nil), check: ike1.CheckSyntax, notify: types(isakmp.SituationNotSupported, isakmp.PayloadMalformed)},
		{id: "IKE1-SAP-09 4", at: "MM1", change: cut(4), check: ike1.CheckSyntax, notify: syntax},
		{id: "IKE1-SAP-09 8", at: "MM1", change: cut(8), check: ike1.CheckSyntax, notify: syntax},
		{id: "IKE1-SAP-09 10", at: "MM1", change: cut(10), check: ike1.CheckSyntax, notify: syntax},
		{id: "IKE1-SAP-09 12", at: "MM1", change: cut(12), check: ike1.CheckSyntax, notify: syntax},
		{id: "IKE1-SAP-11 two proposals", at: "MM1", change: built(func(sa *isakmp.SA) { sa.Proposals = append(sa.Proposals, sa.Proposals[0]) }),
			check: ike1.CheckOneProposal, notify: syntax},
		{id: "IKE1-SAP-13 proposal longer than SA", at: "MM1", change: set(15, 0xf0), check: ike1.CheckSyntax, notify: syntax},
		{id: "IKE1-SAP-13 transform longer than proposal", at: "MM1", change: set(23, 0xf0), check: ike1.CheckSyntax, notify: syntax},
		{id: "IKE1-SAP-13 SA cut in a transform", at: "MM1", change: cut(40), check: ike1.CheckSyntax, notify: syntax},
		{id: "IKE1-PRP-03 SPI of 17", at: "MM1", change: proposal(func(p *isakmp.Proposal) { p.SPI = make([]byte, 17) }), check: ike1.CheckSPISize,
			notify: types(isakmp.InvalidSPI)},
		{id: "IKE1-PRP-03 SPI cut", at: "MM1", change: set(18, 8), check: ike1.CheckSyntax, notify: syntax},
		{id: "IKE1-PRP-08 one too many", at: "MM1", change: set(19, 2), check: ike1.CheckSyntax, notify: syntax},
		{id: "IKE1-PRP-08 none", at: "MM1", change: set(19, 0), check: ike1.CheckSyntax, notify: syntax},
		{id: "IKE1-PRP-23 transform", at: "MM1", change: set(20, 10), check: ike1.CheckSyntax, notify: types(isakmp.BadProposalSyntax, isakmp.PayloadMalformed, isakmp.InvalidPayloadType)},
		{id: "IKE1-PRP-23 proposal", at: "MM1", change: set(12, 3), check: ike1.CheckSyntax, notify: types(isakmp.BadProposalSyntax, isakmp.PayloadMalformed, isakmp.InvalidPayloadType)},
	})
}

func TestPhase1ProposalRequirements(t *testing.T) {
	none := types(isakmp.NoProposalChosen)
	attr := types(isakmp.AttributesNotSupported)
	syntax := types(isakmp.BadProposalSyntax)
	aes := base
	aes.IKE = []string{"aes128-sha1-modp768"}
	withAES := setup{profile: aes}
	var lies []lie
	for _, p := range []isakmp.Protocol{0, 3, 255} {
		lies = append(lies, lie{id: "IKE1-PRP-04 " + hex8(byte(p)), at: "MM1", change: proposal(func(x *isakmp.Proposal) { x.Protocol = p }),
			check: ike1.CheckProtocol, notify: types(isakmp.InvalidProtocolID)})
	}
	for _, bits := range []uint16{0, 64, 129, 512} {
		lies = append(lies, lie{id: "IKE1-ATR-10 " + hex8(byte(bits>>3)), at: "MM1", setup: withAES, change: attribute(isakmp.P1KeyLength, bits), check: ike1.CheckAttributes, notify: attr})
	}
	missing := []isakmp.AttributeType{isakmp.P1Encryption, isakmp.P1Hash, isakmp.P1AuthMethod, isakmp.P1Group}
	for _, class := range missing {
		lies = append(lies, lie{id: "IKE1-PRP-25 without " + isakmp.Phase1.AttributeName(class), at: "MM1", change: noAttribute(class), check: ike1.CheckAttributes, notify: attr})
	}
	for _, unit := range []uint16{0, 3, 61440} {
		lies = append(lies, lie{id: "IKE1-LIF-07 phase 1 type " + hex8(byte(unit>>8)) + hex8(byte(unit)), at: "MM1", change: attribute(isakmp.P1LifeType, unit), check: ike1.CheckAttributes, notify: attr})
	}
	runLies(t, append(lies, []lie{
		{id: "IKE1-PRP-06", at: "MM1", change: transform(func(t *isakmp.Transform) { t.ID = 2 }), check: ike1.CheckAcceptable, notify: none},
		{id: "IKE1-PRP-08 one too few", at: "MM1", change: proposal(func(p *isakmp.Proposal) {
			p.Transforms = append(p.Transforms, p.Transforms[0])
			p.Transforms[1].Number = 2
		}), check: ike1.CheckSyntax, notify: syntax},
		{id: "IKE1-PRP-11 equal numbers", at: "MM1", change: proposal(func(p *isakmp.Proposal) {
			p.Transforms = append(p.Transforms, p.Transforms[0])
			p.NTransforms = 2
		}), check: ike1.CheckTransformOrder, notify: syntax},
		{id: "IKE1-PRP-17", at: "MM1", change: attribute(isakmp.P1Hash, uint16(isakmp.HashMD5)), check: ike1.CheckAcceptable, notify: none},
		{id: "IKE1-PRP-26", at: "MM1", change: attributes(isakmp.TV(isakmp.P1GroupType, isakmp.GroupTypeMODP)), check: ike1.CheckAttributes, notify: attr},
		{id: "IKE1-PRP-27", at: "MM1", change: attributes(isakmp.TV(isakmp.P1PRF, uint16(65001))), check: ike1.CheckAttributes, notify: attr},
		{id: "IKE1-PRP-28", at: "MM1", change: transform(func(t *isakmp.Transform) {
			t.Attributes[3] = isakmp.TV(isakmp.P1GroupType, isakmp.GroupTypeMODP)
			t.Attributes = append(t.Attributes, isakmp.TLV(isakmp.P1Prime, make([]byte, 96)), isakmp.TV(isakmp.P1GeneratorOne, uint16(2)))
		}), check: ike1.CheckAttributes, notify: attr},
		{id: "IKE1-ATR-02", at: "MM1", change: transform(func(t *isakmp.Transform) { t.Attributes[0] = isakmp.TLV(isakmp.P1Encryption, []byte{0, 5}) }), check: ike1.CheckAttributes, notify: attr},
		{id: "IKE1-ATR-04 no octets", at: "MM1", change: transform(func(t *isakmp.Transform) { t.Attributes[5] = isakmp.TLV(isakmp.P1LifeDuration, nil) }), check: ike1.CheckAttributes, notify: attr},
		{id: "IKE1-ATR-04 16 octets", at: "MM1", change: transform(func(t *isakmp.Transform) {
			t.Attributes[5] = isakmp.TLV(isakmp.P1LifeDuration, bytes.Repeat([]byte{1}, 16))
		}), check: ike1.CheckAttributes, notify: attr},
		{id: "IKE1-ATR-06", at: "MM1", change: attributes(isakmp.TV(isakmp.P1Encryption, isakmp.EncryptionDES)), check: ike1.CheckAttributes, notify: attr},
		{id: "IKE1-ATR-07 as responder", at: "MM1", change: attributes(isakmp.TV(isakmp.P1KeyLength, uint16(192))), check: ike1.CheckAttributes, notify: attr},
		{id: "IKE1-ATR-09 phase 1", at: "MM1", setup: withAES, change: noAttribute(isakmp.P1KeyLength), check: ike1.CheckAttributes, notify: attr},
		{id: "IKE1-LIF-06 0", at: "MM1", change: transform(func(t *isakmp.Transform) { t.Attributes[5] = isakmp.TLV32(isakmp.P1LifeDuration, 0) }), check: ike1.CheckAttributes, notify: attr},
		{id: "IKE1-ATR-17 phase 1", at: "MM1", change: attributes(isakmp.TV[uint16](100, 1)), check: ike1.CheckAttributes, notify: attr},
		{id: "IKE1-PRP-18 hash", at: "MM2", change: attribute(isakmp.P1Hash, uint16(isakmp.HashMD5)), check: ike1.CheckReturnedSA, notify: syntax, cont: true},
		{id: "IKE1-PRP-18 cipher", at: "MM2", change: attribute(isakmp.P1Encryption, uint16(isakmp.EncryptionDES)), check: ike1.CheckReturnedSA, notify: syntax, cont: true},
		{id: "IKE1-PRP-18 group", at: "MM2", change: attribute(isakmp.P1Group, 2), check: ike1.CheckReturnedSA, notify: syntax, cont: true},
		{id: "IKE1-PRP-18 authentication", at: "MM2", change: attribute(isakmp.P1AuthMethod, 3), check: ike1.CheckReturnedSA, notify: syntax, cont: true},
		{id: "IKE1-PRP-19 key length", at: "MM2", change: attributes(isakmp.TV(isakmp.P1KeyLength, uint16(192))), check: ike1.CheckReturnedSA, notify: syntax, cont: true},
		{id: "IKE1-PRP-19 private class", at: "MM2", change: attributes(isakmp.TV[uint16](16384, 1)), check: ike1.CheckReturnedSA, notify: syntax, cont: true},
		{id: "IKE1-PRP-19 group left out", at: "MM2", change: noAttribute(isakmp.P1Group), check: ike1.CheckReturnedSA, notify: syntax, cont: true},
		{id: "IKE1-PRP-20 longer life", at: "MM2", change: transform(func(t *isakmp.Transform) { t.Attributes[5] = isakmp.TLV32(isakmp.P1LifeDuration, 86400) }), check: ike1.CheckReturnedSA, notify: syntax, cont: true},
		{id: "IKE1-PRP-20 no life", at: "MM2", change: noAttribute(isakmp.P1LifeType, isakmp.P1LifeDuration), check: ike1.CheckReturnedSA, notify: syntax, cont: true},
		{id: "IKE1-PRP-22 two transforms", at: "MM2", change: proposal(func(p *isakmp.Proposal) {
			p.Transforms = append(p.Transforms, p.Transforms[0])
			p.NTransforms = 2
		}), check: ike1.CheckReturnedSA, notify: syntax, cont: true},
		{id: "IKE1-PRP-22 two proposals", at: "MM2", change: built(func(sa *isakmp.SA) { sa.Proposals = append(sa.Proposals, sa.Proposals[0]) }), check: ike1.CheckReturnedSA, notify: syntax, cont: true},
		{id: "IKE1-PRP-22 another number", at: "MM2", change: transform(func(t *isakmp.Transform) { t.Number = 9 }), check: ike1.CheckReturnedSA, notify: syntax, cont: true},
		{id: "IKE1-PRP-22 another proposal number", at: "MM2", change: proposal(func(p *isakmp.Proposal) { p.Number = 9 }), check: ike1.CheckReturnedSA, notify: syntax, cont: true},
	}...))
}

func TestKeyExchangeRequirements(t *testing.T) {
	key := types(isakmp.InvalidKeyInformation)
	prime := func(c *tester) []byte { return c.suite.Group.Prime() }
	value := func(f func(p []byte) []byte) change {
		return change{built: func(c *tester, m *isakmp.Message) { payload[*isakmp.KE](m).Data = f(prime(c)) }}
	}
	small := func(n byte) change {
		return value(func(p []byte) []byte { clear(p); p[len(p)-1] = n; return p })
	}
	near := func(n byte) change { return value(func(p []byte) []byte { p[len(p)-1] += n; return p }) } // the prime ends in ff
	cases := []struct {
		id    string
		lie   change
		check string
	}{
		{"IKE1-KE-04", built(func(k *isakmp.KE) { k.Data = k.Data[1:] }), "length"},
		{"IKE1-KE-05 long", built(func(k *isakmp.KE) { k.Data = append([]byte{0}, k.Data...) }), "length"},
		{"IKE1-KE-05 another group's", built(func(k *isakmp.KE) { k.Data = make([]byte, 128) }), "length"},
		{"IKE1-KE-05 empty", built(func(k *isakmp.KE) { k.Data = nil }), "length"},
		{"IKE1-KE-06 1", small(1), "value"},
		{"IKE1-KE-06 p-1", near(0xff), "value"},
		{"IKE1-KE-07 0", small(0), "value"},
		{"IKE1-KE-07 p", near(0), "value"},
		{"IKE1-KE-07 p+1", value(func(p []byte) []byte {
			for i := len(p) - 1; ; i-- {
				if p[i]++; p[i] != 0 {
					return p
				}
				if i == len(p)-8 {
					p[i-1]++
					return p
				}
			}
		}), "value"},
		{"IKE1-KE-07 all ones", value(func(p []byte) []byte { return bytes.Repeat([]byte{0xff}, len(p)) }), "value"},
	}
	var lies []lie
	for _, x := range cases {
		which := ike1.CheckKELength
		if x.check == "value" {
			which = ike1.CheckKEValue
		}
		for _, at := range []string{"MM3", "MM4"} {
			l := x.lie
			if at == "MM4" {
				l = change{hashed: x.lie.built} // T derives its keys from the honest value
			}
			lies = append(lies, lie{id: x.id + " " + at, at: at, change: l, check: which, notify: key, cont: true})
		}
	}
	runLies(t, lies)
}

func TestNonceRequirements(t *testing.T) {
	var lies []lie
	for _, n := range []int{0, 7, 257} {
		for _, at := range []string{"MM3", "MM4", "QM1", "QM2"} {
			l := lie{id: "IKE1-NON-03 " + hex8(byte(n)) + " " + at, at: at, check: ike1.CheckNonceLength, notify: types(isakmp.PayloadMalformed), cont: at[0] == 'M'}
			set := func(_ *tester, m *isakmp.Message) { payload[*isakmp.Nonce](m).Data = make([]byte, n) }
			l.built = set
			if at[0] == 'M' {
				l.change = change{hashed: set}
			}
			lies = append(lies, l)
		}
	}
	runLies(t, lies)
}

func TestIdentityRequirements(t *testing.T) {
	id := types(isakmp.InvalidIDInformation)
	port := func(proto uint8, port uint16) change {
		return change{built: func(c *tester, m *isakmp.Message) {
			p := *c.identity
			p.Protocol, p.Port = proto, port
			m.Items[0].Body = &p
		}}
	}
	as := func(t isakmp.IDType, data string) change {
		return change{built: func(_ *tester, m *isakmp.Message) { m.Items[0].Body = &isakmp.ID{IDType: t, Data: []byte(data)} }}
	}
	raw := func(octets ...byte) change {
		return change{built: func(_ *tester, m *isakmp.Message) { m.Items[0].Body = &isakmp.Raw{T: isakmp.TypeID, Octets: octets} }}
	}
	cases := []lie{
		{id: "IKE1-IDP-02 6|80", change: port(6, 80), check: ike1.CheckIDPort, notify: id},
		{id: "IKE1-IDP-02 17|4501", change: port(17, 4501), check: ike1.CheckIDPort, notify: id},
		{id: "IKE1-IDP-02 0|500", change: port(0, 500), check: ike1.CheckIDPort, notify: id},
		{id: "IKE1-IDP-06 IPv4 of 3", change: as(1, "\xc0\x00\x02"), check: ike1.CheckIDForm, notify: id},
		{id: "IKE1-IDP-06 IPv4 of 5", change: as(1, "\xc0\x00\x02\x01\x00"), check: ike1.CheckIDForm, notify: id},
		{id: "IKE1-IDP-06 IPv4 of 8", change: as(1, "\xc0\x00\x02\x01\xff\xff\xff\xff"), check: ike1.CheckIDForm, notify: id},
		{id: "IKE1-IDP-06 IPv6 of 4", change: as(5, "\xc0\x00\x02\x01"), check: ike1.CheckIDForm, notify: id},
		{id: "IKE1-IDP-06 empty FQDN", change: as(2, ""), check: ike1.CheckIDForm, notify: id},
		{id: "IKE1-IDP-06 4 in all", change: raw(), check: ike1.CheckSyntax, notify: types(isakmp.PayloadMalformed)},
		{id: "IKE1-IDP-06 7 in all", change: raw(1, 0, 0), check: ike1.CheckSyntax, notify: types(isakmp.PayloadMalformed)},
		{id: "IKE1-IDP-07 0", change: as(0, "\xc0\x00\x02\x01"), check: ike1.CheckIDForm, notify: id},
		{id: "IKE1-IDP-07 100", change: as(100, "\xc0\x00\x02\x01"), check: ike1.CheckIDForm, notify: id},
		{id: "IKE1-IDP-07 200", change: as(200, "\xc0\x00\x02\x01"), check: ike1.CheckIDForm, notify: id},
		{id: "IKE1-IDP-08 another address", change: as(1, "\xc0\x00\x02\x07"), check: ike1.CheckIDPolicy, notify: id},
		{id: "IKE1-IDP-09 a name", change: as(2, "mallory.example"), check: ike1.CheckIDPolicy, notify: id},
		{id: "IKE1-IDP-05", change: without(isakmp.TypeID), check: ike1.CheckPayloadMissing, hard: true, notify: types(isakmp.PayloadMalformed)},
	}
	var lies []lie
	for _, l := range cases {
		for _, at := range []string{"MM5", "MM6"} {
			one := l
			one.id, one.at = l.id+" "+at, at
			lies = append(lies, one)
		}
	}
	runLies(t, lies)
}

func TestPhase1HashRequirements(t *testing.T) {
	wrong := types(isakmp.AuthenticationFailed)
	cases := []lie{
		{id: "IKE1-AUT-05 bit", change: hashed(func(h *isakmp.Hash) { h.Data[0] ^= 1 })},
		{id: "IKE1-AUT-05 cut", change: hashed(func(h *isakmp.Hash) { h.Data = h.Data[:12] })},
		{id: "IKE1-AUT-05 longer", change: hashed(func(h *isakmp.Hash) { h.Data = append(h.Data, 0) })},
		{id: "IKE1-AUT-05 empty", change: hashed(func(h *isakmp.Hash) { h.Data = nil })},
		{id: "IKE1-AUT-04", change: change{built: func(c *tester, _ *isakmp.Message) { c.sai = append([]byte(nil), append(c.sai, 0)...) }}},
		{id: "IKE1-AUT-13", change: items(func(l []isakmp.Item) []isakmp.Item {
			return append(l[:1], isakmp.Items(&isakmp.Signature{Data: make([]byte, 20)})...)
		}), check: ike1.CheckPayloadUnexpected, notify: types(isakmp.InvalidPayloadType)},
	}
	var lies []lie
	for _, l := range cases {
		for _, at := range []string{"MM5", "MM6"} {
			one := l
			one.id, one.at = l.id+" "+at, at
			if one.check == "" {
				one.check, one.notify = ike1.CheckHashI, wrong
				if at == "MM6" {
					one.check = ike1.CheckHashR
				}
			}
			lies = append(lies, one)
		}
	}
	lies = append(lies, lie{id: "IKE1-AUT-06", at: "MM6", check: ike1.CheckHashR, notify: wrong, change: change{hashed: func(c *tester, m *isakmp.Message) {
		m.Items[0].Body = isakmp.IDAddr(c.iut.Addr())
		payload[*isakmp.Hash](m).Data = c.keys.HashI(c.transcript(), c.idi)
	}}})
	lies = append(lies, lie{id: "IKE1-MM-05 other secret MM5", at: "MM5", check: ike1.CheckSyntax, notify: types(isakmp.PayloadMalformed, isakmp.InvalidPayloadType),
		prepare: func(c *tester) { c.secret = []byte("other"); c.derive() }})
	runLies(t, lies)
}

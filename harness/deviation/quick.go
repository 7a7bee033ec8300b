package deviation

import (
	"slices"

	"ikewit/impl/ike1"
	"ikewit/impl/wire/isakmp"
)

// quickMode are the lies of Quick Mode, in the order of its messages.
var quickMode = []Deviation{
	{Name: "qi1-reserved-octet", Breaks: "IKE1-GPH-03", In: "QI1", Stage: Built, Do: reserved(1),
		Check: ike1.CheckReserved, Expect: refusedWith(isakmp.PayloadMalformed).orSilence()},
	{Name: "qi1-wrong-hash", Breaks: "IKE1-QM-06", In: "QI1", Stage: Hashed, Do: flippedHash,
		Check: ike1.CheckHash1, Expect: refusedWith(isakmp.InvalidHashInformation, isakmp.AuthenticationFailed).orSilence()},
	{Name: "qi1-sa-before-hash", Breaks: "IKE1-QM-04", In: "QI1", Stage: Hashed, Do: exchanged(0, 1),
		Check: ike1.CheckPayloadOrder, Expect: refusedWith(isakmp.PayloadMalformed).orSilence()},
	{Name: "qi1-called-clear", Breaks: "IKE1-HDR-16", In: "QI1", Stage: Sealed, Octets: inClear,
		Check: ike1.CheckEncrypted, Expect: refusedWith(isakmp.InvalidFlags, isakmp.PayloadMalformed).orSilence()},
	{Name: "qi1-doi", Breaks: "IKE1-SAP-04", In: "QI1", Stage: Built, Do: payload(func(sa *isakmp.SA) { sa.DOI = 0x7fffffff }),
		Check: ike1.CheckDOI, Expect: refusedWith(isakmp.DOINotSupported).orSilence()},
	{Name: "qi1-nonce-of-7-octets", Breaks: "IKE1-NON-03", In: "QI1", Stage: Built, Do: payload(func(p *isakmp.Nonce) { p.Data = p.Data[:7] }),
		Check: ike1.CheckNonceLength, Expect: refusedWith(isakmp.PayloadMalformed, isakmp.AttributesNotSupported, isakmp.InvalidPayloadType).orSilence()},
	{Name: "qi1-nonce-of-257-octets", Breaks: "IKE1-NON-03", In: "QI1", Stage: Built, Do: payload(func(p *isakmp.Nonce) { p.Data = make([]byte, 257) }),
		Check: ike1.CheckNonceLength, Expect: refusedWith(isakmp.PayloadMalformed, isakmp.AttributesNotSupported, isakmp.InvalidPayloadType).orSilence()},
	{Name: "qi1-protocol-id", Breaks: "IKE1-QM-18", In: "QI1", Stage: Built,
		Do:    payload(func(sa *isakmp.SA) { sa.Proposals[0].Protocol = isakmp.ProtoISAKMP }),
		Check: ike1.CheckProtocol, Expect: refusedWith(isakmp.InvalidProtocolID, isakmp.NoProposalChosen).orSilence()},
	{Name: "qi1-spi-0", Breaks: "IKE1-SPI-03", In: "QI1", Stage: Built, Do: payload(func(sa *isakmp.SA) { sa.Proposals[0].SPI = make([]byte, 4) }),
		Check: ike1.CheckSPIValue, Expect: refusedWith(isakmp.InvalidSPI, isakmp.NoProposalChosen).orSilence()},
	{Name: "qi1-spi-255", Breaks: "IKE1-SPI-03", In: "QI1", Stage: Built, Do: payload(func(sa *isakmp.SA) { sa.Proposals[0].SPI = []byte{0, 0, 0, 255} }),
		Check: ike1.CheckSPIValue, Expect: refusedWith(isakmp.InvalidSPI, isakmp.NoProposalChosen).orSilence()},
	{Name: "qi1-spi-of-8-octets", Breaks: "IKE1-SPI-04", In: "QI1", Stage: Built, Do: payload(func(sa *isakmp.SA) { sa.Proposals[0].SPI = make([]byte, 8) }),
		Check: ike1.CheckSPISize, Expect: refusedWith(isakmp.InvalidSPI, isakmp.BadProposalSyntax, isakmp.PayloadMalformed).orSilence()},
	{Name: "qi1-spi-of-2-octets", Breaks: "IKE1-SPI-04", In: "QI1", Stage: Built, Do: payload(func(sa *isakmp.SA) { sa.Proposals[0].SPI = []byte{7, 7} }),
		Check: ike1.CheckSPISize, Expect: refusedWith(isakmp.InvalidSPI, isakmp.BadProposalSyntax, isakmp.PayloadMalformed).orSilence()},
	{Name: "qi1-two-lifetimes", Breaks: "IKE1-ATR-14", In: "QI1", Stage: Built, Do: transform(func(t *isakmp.Transform) {
		t.Attributes = append(t.Attributes, isakmp.TV(isakmp.P2LifeType, isakmp.LifeSeconds), isakmp.TV(isakmp.P2LifeDuration, uint16(77)))
	}), Check: ike1.CheckAttributes, Expect: refusedWith(isakmp.AttributesNotSupported, isakmp.BadProposalSyntax, isakmp.NoProposalChosen).orSilence()},
	{Name: "qi1-attribute-100", Breaks: "IKE1-ATR-17", In: "QI1", Stage: Built, Do: attribute(100, 1),
		Check: ike1.CheckAttributes, Expect: refusedWith(isakmp.AttributesNotSupported, isakmp.BadProposalSyntax, isakmp.NoProposalChosen).orSilence()},
	{Name: "qi1-esn-2", Breaks: "IKE1-ATR-20", In: "QI1", Stage: Built, Do: attribute(isakmp.P2ExtendedSequence, 2),
		Check: ike1.CheckAttributes, Expect: refusedWith(isakmp.AttributesNotSupported, isakmp.NoProposalChosen).orSilence()},
	{Name: "qi1-ke-without-group", Breaks: "IKE1-PFS-03", In: "QI1", Stage: Built,
		Do:    with(func() isakmp.Payload { return &isakmp.KE{Data: slices.Repeat([]byte{5}, 128)} }),
		Check: ike1.CheckPFSKE, Expect: refusedWith(isakmp.InvalidKeyInformation, isakmp.AttributesNotSupported, isakmp.NoProposalChosen, isakmp.InvalidPayloadType).orSilence()},
	{Name: "qi1-group-without-ke", Breaks: "IKE1-PFS-03", In: "QI1", Stage: Built, Do: attribute(isakmp.P2Group, 2),
		Check: ike1.CheckPFSKE, Expect: refusedWith(isakmp.InvalidKeyInformation, isakmp.AttributesNotSupported, isakmp.NoProposalChosen, isakmp.InvalidPayloadType).orSilence()},
	{Name: "qi1-one-client", Breaks: "IKE1-QID-07", In: "QI1", Stage: Built, Do: func(m *isakmp.Message) { m.Items = m.Items[:len(m.Items)-1] },
		Check: ike1.CheckClientCount, Expect: refusedWith(isakmp.PayloadMalformed, isakmp.InvalidIDInformation).orSilence()},
	{Name: "qi1-client-cut", Breaks: "IKE1-QID-09", In: "QI1", Stage: Built, Do: payload(func(p *isakmp.ID) { p.Data = p.Data[:3] }),
		Check: ike1.CheckClientForm, Expect: refusedWith(isakmp.InvalidIDInformation, isakmp.PayloadMalformed).orSilence()},
	{Name: "qi1-other-client", Breaks: "IKE1-QID-06", In: "QI1", Stage: Built, Do: payload(func(p *isakmp.ID) {
		p.Data = slices.Clone(p.Data)
		p.Data[0] ^= 0x80
	}), Check: ike1.CheckClientPolicy, Expect: refusedWith(isakmp.InvalidIDInformation).orSilence()},

	{Name: "qr1-wrong-hash", Breaks: "IKE1-QM-07", In: "QR1", Stage: Hashed, Do: flippedHash,
		Check: ike1.CheckHash2, Expect: refusedWith(isakmp.InvalidHashInformation, isakmp.AuthenticationFailed).orSilence()},
	{Name: "qr1-other-mode", Breaks: "IKE1-QPR-10", In: "QR1", Stage: Built, Do: attribute(isakmp.P2EncapsulationMode, uint16(isakmp.ModeTransport)),
		Check: ike1.CheckReturnedSA, Expect: refusedWith(isakmp.BadProposalSyntax, isakmp.NoProposalChosen).orSilence()},
	{Name: "qr1-longer-life", Breaks: "IKE1-QPR-10", In: "QR1", Stage: Built, Do: attribute(isakmp.P2LifeDuration, 0xffff),
		Check: ike1.CheckReturnedSA, Expect: refusedWith(isakmp.BadProposalSyntax, isakmp.NoProposalChosen).orSilence()},
	{Name: "qr1-no-nonce", Breaks: "IKE1-QM-15", In: "QR1", Stage: Built, Do: without(isakmp.TypeNonce),
		Check: ike1.CheckPayloadMissing, Expect: refusedWith(isakmp.PayloadMalformed, isakmp.InvalidPayloadType).orSilence()},
	{Name: "qr1-other-client", Breaks: "IKE1-QID-10", In: "QR1", Stage: Built, Do: payload(func(p *isakmp.ID) {
		p.Data = slices.Clone(p.Data)
		p.Data[0] ^= 0x80
	}), Check: ike1.CheckReturnedClient, Expect: refusedWith(isakmp.InvalidIDInformation).orSilence()},

	{Name: "qi2-wrong-hash", Breaks: "IKE1-QM-08", In: "QI2", Stage: Hashed, Do: flippedHash,
		Check: ike1.CheckHash3, Expect: refusedWith(isakmp.InvalidHashInformation, isakmp.AuthenticationFailed).orSilence()},
}

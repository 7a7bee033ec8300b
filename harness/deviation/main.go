package deviation

import (
	"bytes"
	"slices"

	"ikewit/impl/ike1"
	"ikewit/impl/wire/isakmp"
)

// mainMode are the lies of Main Mode, in the order of its messages.
var mainMode = []Deviation{
	{Name: "mi1-major-version", Breaks: "IKE1-HDR-11", In: "MI1", Stage: Sealed, Octets: octet(atVersion, 0x20),
		Check: ike1.CheckMajorVersion, Expect: refusedWith(isakmp.InvalidMajorVersion).orSilence()},
	{Name: "mi1-minor-version", Breaks: "IKE1-HDR-12", In: "MI1", Stage: Sealed, Octets: octet(atVersion, 0x11),
		Check: ike1.CheckMinorVersion, Expect: refusedWith(isakmp.InvalidMinorVersion).orSilence()},
	{Name: "mi1-exchange-type", Breaks: "IKE1-HDR-13", In: "MI1", Stage: Sealed, Octets: octet(atExchange, 31),
		Check: ike1.CheckExchangeType, Expect: refusedWith(isakmp.InvalidExchangeType, isakmp.UnsupportedExchangeType).orSilence()},
	{Name: "mi1-flags", Breaks: "IKE1-HDR-14", In: "MI1", Stage: Sealed, Octets: octet(atFlags, 0x80),
		Check: ike1.CheckFlags, Expect: refusedWith(isakmp.InvalidFlags).orSilence()},
	{Name: "mi1-called-encrypted", Breaks: "IKE1-HDR-15", In: "MI1", Stage: Sealed, Octets: octet(atFlags, 1),
		Check: ike1.CheckEncrypted, Expect: refusedWith(isakmp.InvalidFlags, isakmp.PayloadMalformed).orSilence()},
	{Name: "mi1-octets-beyond-length", Breaks: "IKE1-HDR-18", In: "MI1", Stage: Sealed,
		Octets: func(b []byte) []byte { return append(slices.Clone(b), make([]byte, 8)...) },
		Check:  ike1.CheckLength, Expect: refusedWith(isakmp.UnequalPayloadLengths, isakmp.PayloadMalformed).orSilence()},
	{Name: "mi1-length", Breaks: "IKE1-HDR-19", In: "MI1", Stage: Sealed, Octets: number(atLength, 0xffff),
		Check: ike1.CheckLength, Expect: refusedWith(isakmp.UnequalPayloadLengths, isakmp.PayloadMalformed).orSilence()},
	{Name: "mi1-message-id", Breaks: "IKE1-HDR-21", In: "MI1", Stage: Sealed, Octets: number(atID, 1),
		Check: ike1.CheckMessageID, Expect: refusedWith(isakmp.InvalidMessageID).orSilence()},
	{Name: "mi1-next-payload", Breaks: "IKE1-HDR-23", In: "MI1", Stage: Sealed, Octets: octet(atNext, 100),
		Check: ike1.CheckNextPayload, Expect: refusedWith(isakmp.InvalidPayloadType).orSilence()},
	{Name: "mi1-no-cookie", Breaks: "IKE1-CKY-05", In: "MI1", Stage: Sealed,
		Octets: func(b []byte) []byte { return append(make([]byte, 8), b[8:]...) },
		Check:  ike1.CheckInitiatorCookie, Expect: refusedWith(isakmp.InvalidCookie).orSilence()},
	{Name: "mi1-foreign-cookie", Breaks: "IKE1-CKY-06", In: "MI1", Stage: Sealed, Octets: octet(atCookieR, 7),
		Check: ike1.CheckResponderCookie, Expect: refusedWith(isakmp.InvalidCookie).orSilence()},
	{Name: "mi1-reserved-octet", Breaks: "IKE1-GPH-03", In: "MI1", Stage: Built, Do: reserved(0),
		Check: ike1.CheckReserved, Expect: refusedWith(isakmp.PayloadMalformed, isakmp.BadProposalSyntax).orSilence()},
	{Name: "mi1-reserved2", Breaks: "IKE1-GPH-03", In: "MI1", Stage: Built, Do: transform(func(t *isakmp.Transform) { t.Reserved2 = 1 }),
		Check: ike1.CheckReserved, Expect: refusedWith(isakmp.PayloadMalformed, isakmp.BadProposalSyntax).orSilence()},
	{Name: "mi1-payload-100", Breaks: "IKE1-GPH-07", In: "MI1", Stage: Built,
		Do:    with(func() isakmp.Payload { return &isakmp.Raw{T: 100, Octets: []byte("data")} }),
		Check: ike1.CheckPayloadType, Expect: refusedWith(isakmp.InvalidPayloadType).orSilence()},
	{Name: "mi1-doi", Breaks: "IKE1-SAP-04", In: "MI1", Stage: Built, Do: payload(func(sa *isakmp.SA) { sa.DOI = 0x7fffffff }),
		Check: ike1.CheckDOI, Expect: refusedWith(isakmp.DOINotSupported).orSilence()},
	{Name: "mi1-situation", Breaks: "IKE1-SAP-06", In: "MI1", Stage: Built, Do: payload(func(sa *isakmp.SA) { sa.Situation = 0 }),
		Check: ike1.CheckSituation, Expect: refusedWith(isakmp.SituationNotSupported).orSilence()},
	{Name: "mi1-protocol-id", Breaks: "IKE1-PRP-04", In: "MI1", Stage: Built,
		Do:    payload(func(sa *isakmp.SA) { sa.Proposals[0].Protocol = isakmp.ProtoESP }),
		Check: ike1.CheckProtocol, Expect: refusedWith(isakmp.InvalidProtocolID, isakmp.NoProposalChosen).orSilence()},
	{Name: "mi1-transform-count", Breaks: "IKE1-PRP-08", In: "MI1", Stage: Built,
		Do:    payload(func(sa *isakmp.SA) { sa.Proposals[0].NTransforms++ }),
		Check: ike1.CheckSyntax, Expect: refusedWith(isakmp.BadProposalSyntax, isakmp.PayloadMalformed, isakmp.NoProposalChosen).orSilence()},
	{Name: "mi1-no-group", Breaks: "IKE1-PRP-25", In: "MI1", Stage: Built, Do: withoutAttribute(isakmp.P1Group),
		Check: ike1.CheckAttributes, Expect: refusedWith(isakmp.AttributesNotSupported, isakmp.NoProposalChosen, isakmp.BadProposalSyntax).orSilence()},
	{Name: "mi1-two-ciphers", Breaks: "IKE1-ATR-06", In: "MI1", Stage: Built,
		Do: transform(func(t *isakmp.Transform) {
			t.Attributes = append(t.Attributes, isakmp.TV(isakmp.P1Encryption, isakmp.EncryptionIDEA))
		}),
		Check: ike1.CheckAttributes, Expect: refusedWith(isakmp.AttributesNotSupported, isakmp.BadProposalSyntax, isakmp.NoProposalChosen).orSilence()},
	{Name: "mi1-life-type", Breaks: "IKE1-LIF-07", In: "MI1", Stage: Built, Do: attribute(isakmp.P1LifeType, 61440),
		Check: ike1.CheckAttributes, Expect: refusedWith(isakmp.AttributesNotSupported, isakmp.BadProposalSyntax, isakmp.NoProposalChosen).orSilence()},
	{Name: "mi1-unknown-vendor-ids", Breaks: "IKE1-VID-01", In: "MI1", Stage: Built, Do: func(m *isakmp.Message) {
		vid := &isakmp.VendorID{Data: []byte("unknown to all")}
		m.Items = append(m.Items, isakmp.Items(vid, vid)...)
	}, Expect: accepted},

	{Name: "mr1-hash-not-offered", Breaks: "IKE1-PRP-18", In: "MR1", Stage: Built, Do: attribute(isakmp.P1Hash, uint16(isakmp.HashTiger)),
		Check: ike1.CheckReturnedSA, Expect: refusedWith(isakmp.BadProposalSyntax, isakmp.NoProposalChosen).orSilence()},
	{Name: "mr1-added-attribute", Breaks: "IKE1-PRP-19", In: "MR1", Stage: Built, Do: attribute(16384, 1),
		Check: ike1.CheckReturnedSA, Expect: refusedWith(isakmp.BadProposalSyntax, isakmp.NoProposalChosen).orSilence()},
	{Name: "mr1-two-transforms", Breaks: "IKE1-PRP-22", In: "MR1", Stage: Built, Do: payload(func(sa *isakmp.SA) {
		p := &sa.Proposals[0]
		p.Transforms = append(slices.Clone(p.Transforms), p.Transforms[0])
		p.NTransforms = 2
	}), Check: ike1.CheckReturnedSA, Expect: refusedWith(isakmp.BadProposalSyntax, isakmp.PayloadMalformed).orSilence()},

	{Name: "mi2-public-value-too-short", Breaks: "IKE1-KE-05", In: "MI2", Stage: Hashed, Do: payload(func(p *isakmp.KE) { p.Data = p.Data[1:] }),
		Check: ike1.CheckKELength, Expect: refusedWith(isakmp.InvalidKeyInformation, isakmp.PayloadMalformed).orSilence()},
	{Name: "mi2-public-value-too-long", Breaks: "IKE1-KE-05", In: "MI2", Stage: Hashed,
		Do:    payload(func(p *isakmp.KE) { p.Data = append([]byte{0}, p.Data...) }),
		Check: ike1.CheckKELength, Expect: refusedWith(isakmp.InvalidKeyInformation, isakmp.PayloadMalformed).orSilence()},
	{Name: "mi2-public-value-1", Breaks: "IKE1-KE-06", In: "MI2", Stage: Hashed, Do: payload(publicValue(1)),
		Check: ike1.CheckKEValue, Expect: refusedWith(isakmp.InvalidKeyInformation).orSilence()},
	{Name: "mi2-public-value-0", Breaks: "IKE1-KE-07", In: "MI2", Stage: Hashed, Do: payload(publicValue(0)),
		Check: ike1.CheckKEValue, Expect: refusedWith(isakmp.InvalidKeyInformation).orSilence()},
	{Name: "mi2-nonce-of-7-octets", Breaks: "IKE1-NON-03", In: "MI2", Stage: Hashed, Do: payload(func(p *isakmp.Nonce) { p.Data = p.Data[:7] }),
		Check: ike1.CheckNonceLength, Expect: refusedWith(isakmp.PayloadMalformed, isakmp.AttributesNotSupported, isakmp.InvalidPayloadType).orSilence()},
	{Name: "mi2-no-nonce", Breaks: "IKE1-GPH-13", In: "MI2", Stage: Hashed, Do: without(isakmp.TypeNonce),
		Check: ike1.CheckPayloadMissing, Expect: refusedWith(isakmp.PayloadMalformed, isakmp.InvalidPayloadType).orSilence()},
	{Name: "mr2-public-value-0", Breaks: "IKE1-KE-07", In: "MR2", Stage: Hashed, Do: payload(publicValue(0)),
		Check: ike1.CheckKEValue, Expect: refusedWith(isakmp.InvalidKeyInformation).orSilence()},
	{Name: "mr2-public-value-all-ones", Breaks: "IKE1-KE-07", In: "MR2", Stage: Hashed,
		Do:    payload(func(p *isakmp.KE) { p.Data = bytes.Repeat([]byte{0xff}, len(p.Data)) }),
		Check: ike1.CheckKEValue, Expect: refusedWith(isakmp.InvalidKeyInformation).orSilence()},

	{Name: "mi3-wrong-hash", Breaks: "IKE1-AUT-05", In: "MI3", Stage: Hashed, Do: flippedHash,
		Check: ike1.CheckHashI, Expect: refusedWith(isakmp.AuthenticationFailed, isakmp.InvalidHashInformation).orSilence()},
	{Name: "mi3-no-hash", Breaks: "IKE1-GPH-13", In: "MI3", Stage: Built, Do: without(isakmp.TypeHash),
		Check: ike1.CheckPayloadMissing, Expect: refusedWith(isakmp.PayloadMalformed, isakmp.InvalidPayloadType).orSilence()},
	{Name: "mi3-hash-cut", Breaks: "IKE1-AUT-05", In: "MI3", Stage: Hashed, Do: payload(func(p *isakmp.Hash) { p.Data = p.Data[:12] }),
		Check: ike1.CheckHashI, Expect: refusedWith(isakmp.AuthenticationFailed, isakmp.InvalidHashInformation, isakmp.PayloadMalformed).orSilence()},
	{Name: "mi3-identity-port", Breaks: "IKE1-IDP-02", In: "MI3", Stage: Built, Do: payload(func(p *isakmp.ID) { p.Protocol, p.Port = 6, 80 }),
		Check: ike1.CheckIDPort, Expect: refusedWith(isakmp.InvalidIDInformation, isakmp.AuthenticationFailed).orSilence()},
	{Name: "mi3-identity-type", Breaks: "IKE1-IDP-07", In: "MI3", Stage: Built, Do: payload(func(p *isakmp.ID) { p.IDType = 200 }),
		Check: ike1.CheckIDForm, Expect: refusedWith(isakmp.InvalidIDInformation).orSilence()},
	{Name: "mi3-other-identity", Breaks: "IKE1-IDP-08", In: "MI3", Stage: Built,
		Do:    payload(func(p *isakmp.ID) { p.IDType, p.Data = isakmp.IDTypeFQDN, []byte("mallory.example") }),
		Check: ike1.CheckIDPolicy, Expect: refusedWith(isakmp.InvalidIDInformation, isakmp.AuthenticationFailed).orSilence()},
	{Name: "mi3-called-clear", Breaks: "IKE1-HDR-17", In: "MI3", Stage: Sealed, Octets: inClear,
		Check: ike1.CheckEncrypted, Expect: refusedWith(isakmp.InvalidFlags, isakmp.PayloadMalformed).orSilence()},
	{Name: "mi3-padding", Breaks: "IKE1-PAD-04", In: "MI3", Stage: Hashed, Do: func(m *isakmp.Message) { m.Tail = []byte{1, 2, 3, 4} },
		Expect: accepted},
	{Name: "mr3-wrong-hash", Breaks: "IKE1-AUT-05", In: "MR3", Stage: Hashed, Do: flippedHash,
		Check: ike1.CheckHashR, Expect: refusedWith(isakmp.AuthenticationFailed, isakmp.InvalidHashInformation).orSilence()},
	{Name: "mr3-other-identity", Breaks: "IKE1-IDP-09", In: "MR3", Stage: Built,
		Do:    payload(func(p *isakmp.ID) { p.IDType, p.Data = isakmp.IDTypeFQDN, []byte("mallory.example") }),
		Check: ike1.CheckIDPolicy, Expect: refusedWith(isakmp.InvalidIDInformation, isakmp.AuthenticationFailed).orSilence()},
}

// publicValue makes a public value of one small number.
func publicValue(n byte) func(p *isakmp.KE) {
	return func(p *isakmp.KE) {
		p.Data = make([]byte, len(p.Data))
		p.Data[len(p.Data)-1] = n
	}
}

package deviation

import (
	"slices"

	"ikewit/impl/ike1"
	"ikewit/impl/wire/isakmp"
)

// aggressiveMode are the lies of Aggressive Mode, in the order of its messages. Both sides must be for it.
var aggressiveMode = []Deviation{
	{Name: "ai1-no-identity", Breaks: "IKE1-AM-11", In: "AI1", Stage: Built, Do: without(isakmp.TypeID),
		Check: ike1.CheckPayloadMissing, Expect: refusedWith(isakmp.PayloadMalformed, isakmp.InvalidPayloadType).orSilence()},
	{Name: "ai1-no-public-value", Breaks: "IKE1-AM-11", In: "AI1", Stage: Built, Do: without(isakmp.TypeKE),
		Check: ike1.CheckPayloadMissing, Expect: refusedWith(isakmp.PayloadMalformed, isakmp.InvalidPayloadType).orSilence()},
	{Name: "ai1-no-nonce", Breaks: "IKE1-AM-11", In: "AI1", Stage: Built, Do: without(isakmp.TypeNonce),
		Check: ike1.CheckPayloadMissing, Expect: refusedWith(isakmp.PayloadMalformed, isakmp.InvalidPayloadType).orSilence()},
	{Name: "ai1-other-identity", Breaks: "IKE1-AM-12", In: "AI1", Stage: Built, Do: mallory,
		Check: ike1.CheckIDPolicy, Expect: refusedWith(isakmp.InvalidIDInformation, isakmp.AuthenticationFailed, isakmp.NoProposalChosen).orSilence()},
	{Name: "ai1-identity-type", Breaks: "IKE1-IDP-07", In: "AI1", Stage: Built, Do: payload(func(p *isakmp.ID) { p.IDType = 200 }),
		Check: ike1.CheckIDForm, Expect: refusedWith(isakmp.InvalidIDInformation).orSilence()},
	{Name: "ai1-identity-port", Breaks: "IKE1-IDP-02", In: "AI1", Stage: Built, Do: payload(func(p *isakmp.ID) { p.Protocol, p.Port = 6, 80 }),
		Check: ike1.CheckIDPort, Expect: refusedWith(isakmp.InvalidIDInformation, isakmp.AuthenticationFailed).orSilence()},
	{Name: "ai1-group-of-others", Breaks: "IKE1-AM-05", In: "AI1", Stage: Hashed, Do: payload(func(p *isakmp.KE) { p.Data = make([]byte, 192) }),
		Check: ike1.CheckKELength, Expect: refusedWith(isakmp.InvalidKeyInformation, isakmp.NoProposalChosen).orSilence()},
	{Name: "ai1-two-groups", Breaks: "IKE1-AM-05", In: "AI1", Stage: Built, Do: otherGroupFirst, Expect: accepted},
	{Name: "ai1-public-value-1", Breaks: "IKE1-KE-06", In: "AI1", Stage: Hashed, Do: payload(publicValue(1)),
		Check: ike1.CheckKEValue, Expect: refusedWith(isakmp.InvalidKeyInformation).orSilence()},
	{Name: "ai1-nonce-of-7-octets", Breaks: "IKE1-NON-03", In: "AI1", Stage: Hashed, Do: payload(func(p *isakmp.Nonce) { p.Data = p.Data[:7] }),
		Check: ike1.CheckNonceLength, Expect: refusedWith(isakmp.PayloadMalformed, isakmp.AttributesNotSupported, isakmp.InvalidPayloadType).orSilence()},
	{Name: "ai1-message-id", Breaks: "IKE1-HDR-21", In: "AI1", Stage: Sealed, Octets: number(atID, 1),
		Check: ike1.CheckMessageID, Expect: refusedWith(isakmp.InvalidMessageID).orSilence()},
	{Name: "ai1-called-encrypted", Breaks: "IKE1-HDR-15", In: "AI1", Stage: Sealed, Octets: octet(atFlags, 1),
		Check: ike1.CheckEncrypted, Expect: refusedWith(isakmp.InvalidFlags, isakmp.PayloadMalformed).orSilence()},

	{Name: "ar1-wrong-hash", Breaks: "IKE1-AM-09", In: "AR1", Stage: Hashed, Do: flippedHash,
		Check: ike1.CheckHashR, Expect: refusedWith(isakmp.AuthenticationFailed, isakmp.InvalidHashInformation).orSilence()},
	{Name: "ar1-no-hash", Breaks: "IKE1-GPH-13", In: "AR1", Stage: Built, Do: without(isakmp.TypeHash),
		Check: ike1.CheckPayloadMissing, Expect: refusedWith(isakmp.PayloadMalformed, isakmp.InvalidPayloadType).orSilence()},
	{Name: "ar1-other-identity", Breaks: "IKE1-IDP-09", In: "AR1", Stage: Built, Do: mallory,
		Check: ike1.CheckIDPolicy, Expect: refusedWith(isakmp.InvalidIDInformation, isakmp.AuthenticationFailed).orSilence()},
	{Name: "ar1-hash-not-offered", Breaks: "IKE1-PRP-18", In: "AR1", Stage: Built, Do: attribute(isakmp.P1Hash, uint16(isakmp.HashTiger)),
		Check: ike1.CheckReturnedSA, Expect: refusedWith(isakmp.BadProposalSyntax, isakmp.NoProposalChosen).orSilence()},
	{Name: "ar1-public-value-0", Breaks: "IKE1-KE-07", In: "AR1", Stage: Hashed, Do: payload(publicValue(0)),
		Check: ike1.CheckKEValue, Expect: refusedWith(isakmp.InvalidKeyInformation).orSilence()},
	{Name: "ar1-no-nat-d", Breaks: "EXT-NATT-24", Between: canTraverse, In: "AR1", Stage: Built, Do: without(isakmp.TypeNATD), Expect: accepted},

	{Name: "ai2-wrong-hash", Breaks: "IKE1-AM-09", In: "AI2", Stage: Hashed, Do: flippedHash,
		Check: ike1.CheckHashI, Expect: refusedWith(isakmp.AuthenticationFailed, isakmp.InvalidHashInformation).orSilence()},
	{Name: "ai2-hash-cut", Breaks: "IKE1-AUT-05", In: "AI2", Stage: Hashed, Do: payload(func(p *isakmp.Hash) { p.Data = p.Data[:12] }),
		Check: ike1.CheckHashI, Expect: refusedWith(isakmp.AuthenticationFailed, isakmp.InvalidHashInformation, isakmp.PayloadMalformed).orSilence()},
	{Name: "ai2-no-nat-d", Breaks: "EXT-NATT-24", Between: canTraverse, In: "AI2", Stage: Built, Do: without(isakmp.TypeNATD), Expect: accepted},
}

// mallory names somebody whom nobody expects.
var mallory = payload(func(p *isakmp.ID) { p.IDType, p.Data = isakmp.IDTypeFQDN, []byte("mallory.example") })

// otherGroupFirst offers a group first that the public value is not of.
var otherGroupFirst = payload(func(sa *isakmp.SA) {
	p := &sa.Proposals[0]
	other := isakmp.Transform{Number: 9, ID: p.Transforms[0].ID, Attributes: slices.Clone(p.Transforms[0].Attributes)}
	for i := range other.Attributes {
		if other.Attributes[i].Type == isakmp.P1Group {
			other.Attributes[i] = isakmp.TV(isakmp.P1Group, uint16(5))
		}
	}
	p.Transforms = append([]isakmp.Transform{other}, p.Transforms...)
	p.NTransforms++
})

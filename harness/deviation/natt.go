package deviation

import (
	"slices"

	"ikewit/impl/ike1"
	"ikewit/impl/wire/isakmp"
)

// What is between the two of a deviation about NAT traversal.
const (
	canTraverse = "natt" // both do NAT traversal in transport mode, and there is no NAT
	behindNAT   = "nat"  // and alice is behind one
)

// traversal are the lies of NAT traversal, in the order of its messages.
var traversal = []Deviation{
	{Name: "mi1-natt-draft-03-only", Breaks: "EXT-NATT-42", Between: behindNAT, In: "MI1", Stage: Built, Do: onlyVendor(isakmp.VendorNATT03), Expect: accepted},
	{Name: "mi1-natt-draft-02-only", Breaks: "EXT-NATT-42", Between: behindNAT, In: "MI1", Stage: Built, Do: onlyVendor(isakmp.VendorNATT02), Expect: accepted},
	{Name: "mi1-natt-draft-02n-only", Breaks: "EXT-NATT-42", Between: behindNAT, In: "MI1", Stage: Built, Do: onlyVendor(isakmp.VendorNATT02Newline), Expect: accepted},
	{Name: "mi2-three-sources", Breaks: "EXT-NATT-09", Between: canTraverse, In: "MI2", Stage: Built, Do: threeSources, Expect: accepted},
	{Name: "mi2-nat-d-cut", Breaks: "EXT-NATT-23", Between: canTraverse, In: "MI2", Stage: Built, Do: eachNATD(func(p *isakmp.NATD) { p.Data = p.Data[:7] }), Expect: accepted},
	{Name: "mi2-nat-d-empty", Breaks: "EXT-NATT-23", Between: canTraverse, In: "MI2", Stage: Built, Do: eachNATD(func(p *isakmp.NATD) { p.Data = nil }), Expect: accepted},
	{Name: "mi2-no-nat-d", Breaks: "EXT-NATT-24", Between: canTraverse, In: "MI2", Stage: Built, Do: without(isakmp.TypeNATD), Expect: accepted},
	{Name: "mi2-one-nat-d", Breaks: "EXT-NATT-24", Between: canTraverse, In: "MI2", Stage: Built, Do: func(m *isakmp.Message) { m.Items = m.Items[:len(m.Items)-1] }, Expect: accepted},
	{Name: "mr2-no-nat-d", Breaks: "EXT-NATT-24", Between: canTraverse, In: "MR2", Stage: Built, Do: without(isakmp.TypeNATD), Expect: accepted},

	{Name: "qi1-udp-mode-unasked", Breaks: "EXT-NATT-29", In: "QI1", Stage: Built, Do: attribute(isakmp.P2EncapsulationMode, uint16(isakmp.ModeUDPTunnel)),
		Check: ike1.CheckAttributes, Expect: refusedWith(isakmp.AttributesNotSupported, isakmp.NoProposalChosen).orSilence()},
	{Name: "qi1-draft-mode-under-rfc", Breaks: "EXT-NATT-43", Between: behindNAT, In: "QI1", Stage: Built,
		Do:    attribute(isakmp.P2EncapsulationMode, uint16(isakmp.ModeUDPTransportDraft)),
		Check: ike1.CheckAttributes, Expect: refusedWith(isakmp.AttributesNotSupported, isakmp.NoProposalChosen).orSilence()},
	{Name: "qi1-nat-oa-of-a-subnet", Breaks: "EXT-NATT-35", Between: behindNAT, In: "QI1", Stage: Built,
		Do:    payload(func(p *isakmp.NATOA) { p.IDType, p.Data = isakmp.IDTypeIPv4Subnet, make([]byte, 8) }),
		Check: ike1.CheckNATOA, Expect: refusedWith(isakmp.PayloadMalformed, isakmp.InvalidIDInformation).orSilence()},
	{Name: "qi1-nat-oa-reserved", Breaks: "EXT-NATT-35", Between: behindNAT, In: "QI1", Stage: Built,
		Do:    payload(func(p *isakmp.NATOA) { p.Reserved[1] = 1 }),
		Check: ike1.CheckNATOA, Expect: refusedWith(isakmp.PayloadMalformed, isakmp.InvalidIDInformation).orSilence()},
	{Name: "qi1-nat-oa-cut", Breaks: "EXT-NATT-35", Between: behindNAT, In: "QI1", Stage: Built,
		Do:    payload(func(p *isakmp.NATOA) { p.Data = p.Data[:3] }),
		Check: ike1.CheckNATOA, Expect: refusedWith(isakmp.PayloadMalformed, isakmp.InvalidIDInformation).orSilence()},
	{Name: "qi1-nat-oa-altered", Breaks: "EXT-NATT-36", Between: behindNAT, In: "QI1", Stage: Hashed, Do: alteredNATOA,
		Check: ike1.CheckHash1, Expect: refusedWith(isakmp.InvalidHashInformation, isakmp.AuthenticationFailed).orSilence()},
	{Name: "qr1-plain-mode", Breaks: "EXT-NATT-28", Between: behindNAT, In: "QR1", Stage: Built,
		Do:    attribute(isakmp.P2EncapsulationMode, uint16(isakmp.ModeTransport)),
		Check: ike1.CheckReturnedSA, Expect: refusedWith(isakmp.BadProposalSyntax, isakmp.NoProposalChosen).orSilence()},
	{Name: "qr1-nat-oa-altered", Breaks: "EXT-NATT-36", Between: behindNAT, In: "QR1", Stage: Hashed, Do: alteredNATOA,
		Check: ike1.CheckHash2, Expect: refusedWith(isakmp.InvalidHashInformation, isakmp.AuthenticationFailed).orSilence()},
}

// onlyVendor leaves one of the Vendor IDs.
func onlyVendor(v isakmp.Vendor) func(*isakmp.Message) {
	return func(m *isakmp.Message) {
		m.Items = slices.DeleteFunc(m.Items, func(i isakmp.Item) bool {
			p, ok := i.Body.(*isakmp.VendorID)
			return ok && isakmp.VendorOf(p.Data) != v
		})
	}
}

// threeSources has two ends told that are not ours, before the one that is. RFC 3947 section 3.2.
func threeSources(m *isakmp.Message) {
	last := len(m.Items) - 1
	own := m.Items[last].Body.(*isakmp.NATD)
	var others []isakmp.Payload
	for i := range 2 {
		data := slices.Clone(own.Data)
		data[i] ^= 0xff
		others = append(others, &isakmp.NATD{T: own.T, Data: data})
	}
	m.Items = slices.Insert(m.Items, last, isakmp.Items(others...)...)
}

func eachNATD(f func(p *isakmp.NATD)) func(*isakmp.Message) {
	return func(m *isakmp.Message) {
		for i := range m.Items {
			if p, ok := m.Items[i].Body.(*isakmp.NATD); ok {
				f(p)
			}
		}
	}
}

// alteredNATOA changes an address after the HASH was made.
var alteredNATOA = payload(func(p *isakmp.NATOA) {
	p.Data = slices.Clone(p.Data)
	p.Data[3] ^= 1
})

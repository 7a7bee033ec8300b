package deviation

import (
	"net/netip"
	"slices"

	"ikewit/impl/ike1"
	"ikewit/impl/wire/isakmp"
)

// What is between the two of a deviation about NAT traversal.
const (
	canTraverse = "natt"       // both do NAT traversal in transport mode, and there is no NAT
	behindNAT   = "nat"        // and alice is behind one
	tunnelNAT   = "nat-tunnel" // the same in tunnel mode
)

// traversal are the lies of NAT traversal, in the order of its messages.
var traversal = []Deviation{
	{Name: "mi1-natt-draft-03-only", Breaks: "EXT-NATT-42", Between: behindNAT, In: "MI1", Stage: Built, Do: onlyVendor(isakmp.VendorNATT03), Expect: accepted},
	{Name: "mi1-natt-draft-02-only", Breaks: "EXT-NATT-42", Between: behindNAT, In: "MI1", Stage: Built, Do: onlyVendor(isakmp.VendorNATT02), Expect: accepted},
	{Name: "mi1-natt-draft-02n-only", Breaks: "EXT-NATT-42", Between: behindNAT, In: "MI1", Stage: Built, Do: onlyVendor(isakmp.VendorNATT02Newline), Expect: accepted},
	{Name: "mi1-natt-draft-00-only", Breaks: "EXT-NATT-44", Between: canTraverse, In: "MI1", Stage: Built, Do: onlyDraft00, Expect: accepted},
	{Name: "mi2-three-sources", Breaks: "EXT-NATT-09", Between: canTraverse, In: "MI2", Stage: Built, Do: threeSources, Expect: accepted},
	{Name: "mi2-nat-d-cut", Breaks: "EXT-NATT-23", Between: canTraverse, In: "MI2", Stage: Built, Do: eachNATD(func(p *isakmp.NATD) { p.Data = p.Data[:7] }), Expect: accepted},
	{Name: "mi2-nat-d-empty", Breaks: "EXT-NATT-23", Between: canTraverse, In: "MI2", Stage: Built, Do: eachNATD(func(p *isakmp.NATD) { p.Data = nil }), Expect: accepted},
	{Name: "mi2-source-cut", Breaks: "EXT-NATT-23", Between: behindNAT, In: "MI2", Stage: Built, Do: natdAt(1, func(b []byte) []byte { return b[:7] }), Expect: accepted},
	{Name: "mi2-source-empty", Breaks: "EXT-NATT-23", Between: behindNAT, In: "MI2", Stage: Built, Do: natdAt(1, func([]byte) []byte { return nil }), Expect: accepted},
	{Name: "mi2-destination-cut", Breaks: "EXT-NATT-23", Between: canTraverse, In: "MI2", Stage: Built, Do: natdAt(0, func(b []byte) []byte { return b[:7] }), Expect: accepted},
	{Name: "mi2-destination-empty", Breaks: "EXT-NATT-23", Between: canTraverse, In: "MI2", Stage: Built, Do: natdAt(0, func([]byte) []byte { return nil }), Expect: accepted},
	{Name: "mi2-no-nat-d", Breaks: "EXT-NATT-24", Between: canTraverse, In: "MI2", Stage: Built, Do: without(isakmp.TypeNATD), Expect: accepted},
	{Name: "mi2-one-nat-d", Breaks: "EXT-NATT-24", Between: canTraverse, In: "MI2", Stage: Built, Do: func(m *isakmp.Message) { m.Items = m.Items[:len(m.Items)-1] }, Expect: accepted},
	{Name: "mr2-destination-cut", Breaks: "EXT-NATT-23", Between: behindNAT, In: "MR2", Stage: Built, Do: natdAt(0, func(b []byte) []byte { return b[:7] }), Expect: accepted},
	{Name: "mr2-destination-empty", Breaks: "EXT-NATT-23", Between: behindNAT, In: "MR2", Stage: Built, Do: natdAt(0, func([]byte) []byte { return nil }), Expect: accepted},
	{Name: "mr2-three-sources", Breaks: "EXT-NATT-09", Between: canTraverse, In: "MR2", Stage: Built, Do: threeSources, Expect: accepted},
	{Name: "mr2-one-nat-d", Breaks: "EXT-NATT-24", Between: canTraverse, In: "MR2", Stage: Built, Do: func(m *isakmp.Message) { m.Items = m.Items[:len(m.Items)-1] }, Expect: accepted},
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
	{Name: "qi1-both-udp-modes", Breaks: "EXT-NATT-32", Between: tunnelNAT, In: "QI1", Stage: Built, Do: bothUDPModes, Expect: accepted},
	{Name: "qi1-ah-in-udp", Breaks: "EXT-UDPE-18", Between: behindNAT, In: "QI1", Stage: Built, Do: ahInUDP,
		Check: ike1.CheckAttributes, Expect: refusedWith(isakmp.AttributesNotSupported, isakmp.NoProposalChosen).orSilence()},
	{Name: "qi1-initial-contact", Breaks: "EXT-NATT-38", Between: behindNAT, In: "QI1", Stage: Built, Do: with(func() isakmp.Payload {
		return &isakmp.Notify{DOI: isakmp.DOIIPsec, Protocol: isakmp.ProtoISAKMP, NotifyType: isakmp.InitialContact}
	}), Expect: accepted},
	{Name: "qi1-no-nat-oa", Breaks: "EXT-NATT-45", Between: behindNAT, In: "QI1", Stage: Built, Do: withoutNATOA, Expect: accepted},
	{Name: "qr1-no-nat-oa", Breaks: "EXT-NATT-45", Between: behindNAT, In: "QR1", Stage: Built, Do: withoutNATOA, Expect: accepted},
	{Name: "qi1-nat-oa-altered", Breaks: "EXT-NATT-36", Between: behindNAT, In: "QI1", Stage: Hashed, Do: alteredNATOA,
		Check: ike1.CheckHash1, Expect: refusedWith(isakmp.InvalidHashInformation, isakmp.AuthenticationFailed).orSilence()},
	{Name: "qr1-plain-mode", Breaks: "EXT-NATT-28", Between: behindNAT, In: "QR1", Stage: Built,
		Do:    attribute(isakmp.P2EncapsulationMode, uint16(isakmp.ModeTransport)),
		Check: ike1.CheckReturnedSA, Expect: refusedWith(isakmp.BadProposalSyntax, isakmp.NoProposalChosen).orSilence()},
	{Name: "qr1-nat-oa-of-a-subnet", Breaks: "EXT-NATT-35", Between: behindNAT, In: "QR1", Stage: Built,
		Do:    payload(func(p *isakmp.NATOA) { p.IDType, p.Data = isakmp.IDTypeIPv4Subnet, make([]byte, 8) }),
		Check: ike1.CheckNATOA, Expect: refusedWith(isakmp.PayloadMalformed, isakmp.InvalidIDInformation).orSilence()},
	{Name: "qr1-nat-oa-reserved", Breaks: "EXT-NATT-35", Between: behindNAT, In: "QR1", Stage: Built,
		Do:    payload(func(p *isakmp.NATOA) { p.Reserved[1] = 1 }),
		Check: ike1.CheckNATOA, Expect: refusedWith(isakmp.PayloadMalformed, isakmp.InvalidIDInformation).orSilence()},
	{Name: "qr1-nat-oa-cut", Breaks: "EXT-NATT-35", Between: behindNAT, In: "QR1", Stage: Built,
		Do:    payload(func(p *isakmp.NATOA) { p.Data = p.Data[:3] }),
		Check: ike1.CheckNATOA, Expect: refusedWith(isakmp.PayloadMalformed, isakmp.InvalidIDInformation).orSilence()},
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

// natdAt changes the hash in the n-th NAT-D alone, from 0.
func natdAt(n int, f func(hash []byte) []byte) func(*isakmp.Message) {
	return func(m *isakmp.Message) {
		at := 0
		for i := range m.Items {
			if p, ok := m.Items[i].Body.(*isakmp.NATD); ok {
				if at == n {
					p.Data = f(p.Data)
				}
				at++
			}
		}
	}
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

// onlyDraft00 leaves the Vendor ID of the first draft alone, which nobody here speaks.
func onlyDraft00(m *isakmp.Message) {
	without(isakmp.TypeVendorID)(m)
	m.Items = append(m.Items, isakmp.Items(isakmp.VendorNATT00.Payload())...)
}

// withoutNATOA tells no address, whatever the number of the payload is.
func withoutNATOA(m *isakmp.Message) {
	without(isakmp.TypeNATOA)(m)
	without(isakmp.TypeNATOADraft)(m)
}

// bothUDPModes offers transport mode before tunnel mode, and with it tells addresses, which only that needs.
func bothUDPModes(m *isakmp.Message) {
	payload(func(sa *isakmp.SA) {
		p := &sa.Proposals[0]
		first, second := p.Transforms[0], p.Transforms[0]
		second.Number++
		first.Attributes = slices.Clone(first.Attributes)
		for i, a := range first.Attributes {
			if a.Type == isakmp.P2EncapsulationMode {
				first.Attributes[i] = isakmp.TV(isakmp.P2EncapsulationMode, isakmp.ModeUDPTransport)
			}
		}
		*p = isakmp.NewProposal(p.Number, p.Protocol, p.SPI, first, second)
	})(m)
	for _, a := range []string{"10.1.0.10", "192.0.2.2"} {
		m.Items = append(m.Items, isakmp.Items(isakmp.NewNATOA(isakmp.TypeNATOA, netip.MustParseAddr(a)))...)
	}
}

// ahInUDP makes AH_SHA of an ESP proposal with HMAC-SHA.
func ahInUDP(m *isakmp.Message) {
	const ahSHA = 3
	payload(func(sa *isakmp.SA) { sa.Proposals[0].Protocol = isakmp.ProtoAH })(m)
	withoutAttribute(isakmp.P2KeyLength)(m)
	transform(func(t *isakmp.Transform) { t.ID = ahSHA })(m)
}

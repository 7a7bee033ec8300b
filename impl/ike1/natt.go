package ike1

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"slices"

	"ikewit/impl/conn"
	"ikewit/impl/wire/isakmp"
)

// NAT traversal in phase 1: both say that they can do it, both tell the addresses that they see, and if these are not
// those that the other has, there is a NAT on the way and the negotiation goes on between the ports 4500.
//
//	HDR, SA, VID                  -->
//	                              <--  HDR, SA, VID
//	HDR, KE, Ni, NAT-D, NAT-D     -->
//	                              <--  HDR, KE, Nr, NAT-D, NAT-D
//	HDR*, IDii, HASH_I            -->                                from port 4500 to port 4500
//	                              <--  HDR*, IDir, HASH_R            and back to wherever that came from
//
// RFC 3947 sections 3 and 4.

// nattPort is the UDP port to which a negotiation moves. RFC 3947 section 4.
const nattPort = 4500

// A natt is what an association knows of NATs between its ends. The zero value: traversal was not agreed.
type natt struct {
	version       *nattVersion // nil: not agreed
	local, remote bool         // there is a NAT before us, before the peer
	floated       bool         // the negotiation has left the port on which it began
}

// A nattVersion is what RFC 3947 and its drafts number differently.
type nattVersion struct {
	vendor            isakmp.Vendor
	natd, natoa       isakmp.PayloadType
	tunnel, transport isakmp.EncapsulationMode
}

// nattVersions are those that we speak, best first. The drafts have no numbers of their own before 04.
var nattVersions = []nattVersion{
	{isakmp.VendorRFC3947, isakmp.TypeNATD, isakmp.TypeNATOA, isakmp.ModeUDPTunnel, isakmp.ModeUDPTransport},
	{isakmp.VendorNATT03, isakmp.TypeNATDDraft, isakmp.TypeNATOADraft, isakmp.ModeUDPTunnelDraft, isakmp.ModeUDPTransportDraft},
	{isakmp.VendorNATT02Newline, isakmp.TypeNATDDraft, isakmp.TypeNATOADraft, isakmp.ModeUDPTunnelDraft, isakmp.ModeUDPTransportDraft},
	{isakmp.VendorNATT02, isakmp.TypeNATDDraft, isakmp.TypeNATOADraft, isakmp.ModeUDPTunnelDraft, isakmp.ModeUDPTransportDraft},
}

// traverses tells whether there is a NAT that must be traversed: ESP then travels in UDP.
func (n *natt) traverses() bool { return n.version != nil && (n.local || n.remote) }

// nattPolicy is what the connection says, or the best of those that a peer may be meant for.
func (p *phase1) nattPolicy() conn.NATT {
	if p.s.conn != nil {
		return p.s.conn.NATT
	}
	policy := conn.NATTOff
	for _, c := range p.candidates {
		policy = max(policy, c.NATT)
	}
	return policy
}

// nattVendors are the Vendor IDs of MI1, all that we can do; and of MR1, the one that was agreed.
func (p *phase1) nattVendors() []isakmp.Payload {
	var list []isakmp.Payload
	if p.role == responder {
		if v := p.s.natt.version; v != nil {
			list = append(list, v.vendor.Payload())
		}
		return list
	}
	if p.nattPolicy() != conn.NATTOff {
		for i := range nattVersions {
			list = append(list, nattVersions[i].vendor.Payload())
		}
	}
	return list
}

// agreeNATT takes the best version that the peer knows too, in MI1 or MR1.
func (p *phase1) agreeNATT(msg *message) {
	if p.nattPolicy() == conn.NATTOff {
		return
	}
	known := map[isakmp.Vendor]bool{}
	for _, item := range msg.all(isakmp.TypeVendorID) {
		known[isakmp.VendorOf(item.Body.(*isakmp.VendorID).Data)] = true
	}
	for i := range nattVersions {
		if v := &nattVersions[i]; known[v.vendor] {
			p.s.natt.version = v
			p.decided("NAT traversal as in %v", v.vendor)
			return
		}
	}
}

// nattHash covers an end of the negotiation. RFC 3947 section 3.2: the plain hash, not keyed.
func (p *phase1) nattHash(end netip.AddrPort) []byte {
	return p.suite.hash.Sum(p.s.ckyI[:], p.s.ckyR[:], end.Addr().AsSlice(), binary.BigEndian.AppendUint16(nil, end.Port()))
}

// nattDetection are the NAT-D payloads of MI2 and MR2: the peer's end as we see it, and ours as we know it. Who wants
// traversal in any case tells of a port that nobody has.
func (p *phase1) nattDetection() []isakmp.Payload {
	v := p.s.natt.version
	if v == nil {
		return nil
	}
	own := p.s.local
	if p.nattPolicy() == conn.NATTForce {
		own = netip.AddrPortFrom(own.Addr(), 0)
	}
	return []isakmp.Payload{
		&isakmp.NATD{T: v.natd, Data: p.nattHash(p.s.remote)},
		&isakmp.NATD{T: v.natd, Data: p.nattHash(own)},
	}
}

// detectNAT holds the NAT-D payloads of MI2 or MR2 against the addresses that the message has come with. A peer that
// sends fewer than two does no traversal.
func (p *phase1) detectNAT(msg *message) {
	n := &p.s.natt
	if n.version == nil {
		return
	}
	var told [][]byte
	for i := range msg.items {
		if d, ok := msg.items[i].Body.(*isakmp.NATD); ok && d.T == n.version.natd {
			told = append(told, d.Data)
		}
	}
	if len(told) < 2 {
		*n = natt{}
		p.decided("no NAT traversal: %d NAT-D payloads", len(told))
		return
	}
	ours, theirs := p.nattHash(msg.local), p.nattHash(msg.remote)
	n.local = !bytes.Equal(told[0], ours) || p.nattPolicy() == conn.NATTForce
	n.remote = !slices.ContainsFunc(told[1:], func(d []byte) bool { return bytes.Equal(d, theirs) })
	p.decided("a NAT before us: %t, before the peer: %t", n.local, n.remote)
}

// float moves a negotiation of ours to the ports of traversal, before MI3. RFC 3947 section 4.
func (s *association) float() {
	if !s.natt.traverses() || s.local.Port() == nattPort {
		return
	}
	s.local = netip.AddrPortFrom(s.local.Addr(), nattPort)
	s.remote = netip.AddrPortFrom(s.remote.Addr(), nattPort)
	s.natt.floated = true
}

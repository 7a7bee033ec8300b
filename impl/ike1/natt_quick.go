package ike1

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"ikewit/impl/conn"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/isakmp"
)

// NAT traversal in phase 2: ESP in UDP, and in transport mode each side tells the addresses that it knows, for the
// checksums above. RFC 3947 section 5.

const tunnelMode = sadb.Tunnel

var errAHThroughNAT = errors.New("AH does not pass the NAT on the way")

// passes tells whether a proposal of ours makes sense where the peers are: AH covers addresses, which a NAT changes.
func (s *association) passes(o *conn.IPsecProposal) bool {
	return !s.encapsulates() || !slices.ContainsFunc(o.Protocols, func(p conn.ProtocolProposal) bool { return p.Proto != sadb.ESP })
}

// encapsulates tells whether ESP travels in UDP: there is a NAT, and both have moved to the ports at which that is known from IKE.
func (s *association) encapsulates() bool { return s.natt.traverses() && s.local.Port() == nattPort }

// encapsulation is the number under which a mode is offered.
func (s *association) encapsulation(mode sadb.Mode) isakmp.EncapsulationMode {
	switch {
	case s.encapsulates() && mode == sadb.Tunnel:
		return s.natt.version.tunnel
	case s.encapsulates():
		return s.natt.version.transport
	case mode == sadb.Tunnel:
		return isakmp.ModeTunnel
	}
	return isakmp.ModeTransport
}

// inUDP tells whether an encapsulation mode is one of ESP in UDP, of whatever version.
func inUDP(m isakmp.EncapsulationMode) bool {
	return slices.Contains([]isakmp.EncapsulationMode{
		isakmp.ModeUDPTunnel, isakmp.ModeUDPTransport, isakmp.ModeUDPTunnelDraft, isakmp.ModeUDPTransportDraft,
	}, m)
}

// checkEncapsulation: UDP is for ESP, where a NAT was found, under the numbers of the version that was agreed.
func (q *quick) checkEncapsulation(s *suite2) error {
	n := &q.s.natt
	if inUDP(s.mode) && (s.proto != sadb.ESP || !q.s.encapsulates() || s.mode != n.version.tunnel && s.mode != n.version.transport) {
		return fmt.Errorf("%v is not supported", s.mode)
	}
	return nil
}

// encap gives the ports between which ESP travels to us or from us.
func (s *association) encap(way sadb.Direction) sadb.Encap {
	if way == sadb.In {
		return sadb.Encap{SrcPort: s.remote.Port(), DstPort: s.local.Port()}
	}
	return sadb.Encap{SrcPort: s.local.Port(), DstPort: s.remote.Port()}
}

// originals tells, as initiator or responder, the addresses of both as we know them: that of the initiator first. The
// drafts have each tell its own only. RFC 3947 section 5.2.
func (q *quick) originals() []isakmp.Payload {
	v := q.s.natt.version
	own, other := isakmp.NewNATOA(v.natoa, q.s.local.Addr()), isakmp.NewNATOA(v.natoa, q.s.remote.Addr())
	switch {
	case v.vendor != isakmp.VendorRFC3947:
		return []isakmp.Payload{own}
	case q.role == initiator:
		return []isakmp.Payload{own, other}
	}
	return []isakmp.Payload{other, own}
}

// readOriginals reads the NAT-OA payloads of QI1 or QR1, if there are any.
func (q *quick) readOriginals(msg *message) error {
	list := msg.all(isakmp.TypeNATOA)
	if q.s.natt.version != nil {
		list = msg.all(q.s.natt.version.natoa)
	}
	if q.core().Broken(CheckPayloadUnexpected, len(list) > 0 && !q.s.encapsulates()) {
		return refuse(CheckPayloadUnexpected, isakmp.InvalidPayloadType, isakmp.TypeNATOA, "NAT-OA has no place in %s", msg.name)
	}
	for i, item := range list {
		p := item.Body.(*isakmp.NATOA)
		a, err := p.Addr()
		if err == nil && p.Reserved != [3]byte{} {
			err = errors.New("a reserved field is not zero")
		}
		if q.core().Broken(CheckNATOA, err != nil || i >= len(q.known)) {
			return refuse(CheckNATOA, isakmp.PayloadMalformed, isakmp.TypeNATOA, "original address %d: %w", i+1, err)
		}
		if err == nil && i < len(q.known) {
			q.known[i] = a
		}
	}
	return nil
}

// unmapped puts the ends that we see in the place of the addresses that the peer knows, in clients of transport mode.
func (q *quick) unmapped(c clients) clients {
	for _, one := range []struct {
		client *conn.Client
		known  netip.Addr
		end    netip.Addr
	}{{&c.remote, q.known[0], q.s.remote.Addr()}, {&c.local, q.known[1], q.s.local.Addr()}} {
		if one.known.IsValid() && one.client.Range == sadb.RangeOf(one.known) {
			one.client.Range = sadb.RangeOf(one.end)
		}
	}
	return c
}

// checkTaken: what another peer has from behind its NAT is not given to this one too: traffic would go to the wrong
// one. RFC 3948 sections 5.1 and 5.2.
func (q *quick) checkTaken() error {
	s := q.s
	if !s.encapsulates() {
		return nil
	}
	for p := range s.m.pairs.All {
		_, byAddress := p.PeerID.Addr()
		same := p.PeerID == s.peerID && (p.Remote.Addr() == s.remote.Addr() || !byAddress)
		taken := !same && p.Out[0].Encap != sadb.Encap{} && overlap(p.Out[0].Selector, q.clients)
		if s.m.core.Broken(CheckClientTaken, taken) {
			return refuse(CheckClientTaken, isakmp.InvalidIDInformation, isakmp.TypeID, "%v has the traffic of %v", p.Remote, q.clients)
		}
	}
	return nil
}

// overlap tells whether traffic that leaves under a selector may be that for a client.
func overlap(s sadb.Selector, c clients) bool {
	return s.Dst.From.Compare(c.remote.Range.To) <= 0 && c.remote.Range.From.Compare(s.Dst.To) <= 0 &&
		(s.Proto == 0 || c.remote.Proto == 0 || s.Proto == c.remote.Proto) &&
		(s.DstPort == 0 || c.remote.Port == 0 || s.DstPort == c.remote.Port)
}

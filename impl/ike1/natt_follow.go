package ike1

import (
	"fmt"
	"net/netip"
	"time"

	"ikewit/impl/conn"
	"ikewit/impl/ike"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/ikehdr"
)

// mayMove tells whether messages of the peer may come from elsewhere than before: a NAT before it may give it another
// end at any time. Behind one ourselves we could not tell that from a forgery. RFC 3947 section 7.
func (s *association) mayMove() bool { return s.natt.version != nil && s.natt.remote && !s.natt.local }

// wanders tells whether the peer is known by a name that is its own wherever it is. Addresses behind NATs are not.
func (s *association) wanders() bool {
	_, byAddress := s.peerID.Addr()
	return s.natt.remote && !byAddress
}

// follow takes over where a message that has proved to be the peer's came from and went to. RFC 3947 sections 4 and 7.
func (s *association) follow(msg *message) {
	switch {
	case s.natt.version == nil, msg.local == s.local && msg.remote == s.remote:
	case s.phase1 != nil && s.role == initiator, s.phase1 == nil && !s.mayMove():
	default:
		s.m.move(s, msg.local, msg.remote)
	}
}

// move has the peer of an association at another end, and with it the IPsec SAs that were made with it.
func (m *Machine) move(s *association, local, remote netip.AddrPort) {
	from, before := s.remote, s.ends()
	m.byEnds.remove(before, s)
	s.natt.floated = s.natt.floated || local.Port() != s.local.Port()
	s.local, s.remote = local, remote
	m.byEnds.add(s.ends(), s)
	if m.core.Trace.Decisions {
		m.core.Emit(ike.Decided{Exchange: s.event(0, s.role), Text: fmt.Sprintf("the peer is at %v now, no more at %v", remote, from)})
	}
	if s.phase1 != nil {
		return
	}
	if from.Addr() != remote.Addr() {
		s.renew(before)
		return
	}
	for p := range m.pairs.Between(local.Addr(), remote.Addr()) {
		if p.PeerID == s.peerID && p.Remote == from {
			m.pairs.Redirect(p, local, remote)
		}
	}
	m.keepAlive(s)
}

// Moved takes in that genuine ESP in UDP comes from another end than before. RFC 3947 section 7.
func (m *Machine) Moved(in ike.Moved) {
	pair := m.pairs.Inbound(in.ID.Proto, in.ID.SPI, in.ID.Dst)
	if pair == nil || !pair.Up() || pair.Remote == in.Remote {
		return // a database may say so once a packet
	}
	for s := range m.with(ends{pair.Local.Addr(), pair.Remote.Addr()}).newestFirst {
		if s.up() && s.peerID == pair.PeerID && s.remote == pair.Remote && s.mayMove() {
			m.move(s, s.local, in.Remote)
			return
		}
	}
}

// renew negotiates new IPsec SAs for those that the peer had at another address: an SA does not change its
// destination. The old ones expire.
func (s *association) renew(before ends) {
	var wanted []request
	for p := range s.m.pairs.Between(before.local, before.remote) {
		if p.Up() && p.PeerID == s.peerID {
			selector := p.Out[0].Selector
			want := request{conn: p.Conn, reqID: p.Out[0].ReqID}
			if p.Out[0].Mode == tunnelMode {
				want.local.Range, want.local.Proto, want.local.Port = selector.Src, selector.Proto, selector.SrcPort
				want.remote.Range, want.remote.Proto, want.remote.Port = selector.Dst, selector.Proto, selector.DstPort
			}
			wanted = append(wanted, want)
		}
	}
	for i := range wanted {
		s.beginQuick(wanted[i])
	}
}

// roaming finds the newest SA of a connection whose peer is not where the connection says, if at all it says so.
func (m *Machine) roaming(c *conn.Connection, fit func(*association) bool) *association {
	if c.NATT == conn.NATTOff {
		return nil
	}
	for s := range m.behind.of(c).newestFirst {
		if s.up() && fit(s) {
			return s
		}
	}
	return nil
}

// lastEnds gives where a connection's peer is to be spoken to: where it was last, if a NAT is on the way, else where the connection
// says. What is left of it may be IPsec SAs only. RFC 3947 section 4.
func (m *Machine) lastEnds(c *conn.Connection) (local, remote netip.AddrPort, floated bool) {
	if s := m.roaming(c, func(*association) bool { return true }); s != nil {
		return s.local, s.remote, true
	}
	local, remote = endpoint(c.Local), endpoint(c.Remote)
	if c.NATT == conn.NATTOff {
		return local, remote, false
	}
	among := m.pairs.Between(local.Addr(), remote.Addr())
	if !remote.Addr().IsValid() {
		among = m.pairs.All
	}
	for p := range among {
		if p.Up() && p.Conn == c && p.Out[0].Encap != (sadb.Encap{}) {
			local, remote, floated = p.Local, p.Remote, true // the last one is the newest
		}
	}
	return local, remote, floated
}

// keepaliveInterval is the M of RFC 3948 section 4.
const keepaliveInterval = 20 * time.Second

// A mapping is what a NAT before us keeps for the way to a peer, as long as something goes that way.
type mapping struct {
	m             *Machine
	local, remote netip.AddrPort
	timer         ike.Timer
}

// keepAlive begins to keep a mapping alive, if there is a NAT before us. RFC 3948 section 4.
func (m *Machine) keepAlive(s *association) {
	key := [2]netip.AddrPort{s.local, s.remote}
	if !s.encapsulates() || !s.natt.local || m.mappings[key] != nil {
		return
	}
	p := &mapping{m: m, local: s.local, remote: s.remote}
	m.mappings[key] = p
	m.core.Set(&p.timer, keepaliveInterval, "keepalive", p)
}

// used notes that a message goes the way of a mapping: for a while it needs nothing else.
func (m *Machine) usedMapping(local, remote netip.AddrPort) {
	if p := m.mappings[[2]netip.AddrPort{local, remote}]; p != nil {
		m.core.Set(&p.timer, keepaliveInterval, "keepalive", p)
	}
}

// Wake sends a keepalive: one octet, from and to the ports of ESP in UDP. Without an SA there is nothing to be kept.
// RFC 3948 sections 2.3 and 4.
func (p *mapping) Wake(*ike.Timer) {
	if !p.needed() {
		delete(p.m.mappings, [2]netip.AddrPort{p.local, p.remote})
		return
	}
	if p.m.core.Trace.Messages {
		p.m.core.Emit(ike.Sent{Exchange: ike.Exchange{Local: p.local, Remote: p.remote}, Message: "KEEP"})
	}
	p.m.core.Emit(ike.Send{Local: p.local, Remote: p.remote, Octets: ikehdr.AppendKeepalive(nil), Message: "KEEP"})
	p.m.core.Set(&p.timer, keepaliveInterval, "keepalive", p)
}

func (p *mapping) needed() bool {
	for s := range p.m.with(ends{p.local.Addr(), p.remote.Addr()}).all {
		if s.up() && s.local == p.local && s.remote == p.remote {
			return true
		}
	}
	for pair := range p.m.pairs.Between(p.local.Addr(), p.remote.Addr()) {
		if pair.Up() && pair.Remote == p.remote {
			return true
		}
	}
	return false
}

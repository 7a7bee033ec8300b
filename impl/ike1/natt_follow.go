package ike1

import (
	"net/netip"

	"ikewit/impl/conn"
	"ikewit/impl/ike"
	"ikewit/impl/sadb"
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
	if s.phase1 != nil {
		return // the change of ports, which was to be expected
	}
	m.core.Emit(ike.Followed{Exchange: s.event(0, s.role), From: from})
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

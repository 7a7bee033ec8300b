package ike1

import (
	"ikewit/impl/conn"
	"ikewit/impl/ike"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/isakmp"
)

// Initiate begins to negotiate what a program asks for: under the ISAKMP SA that there is with the peer,
// or after one that is being negotiated, or after a new one. Phase1Only always makes a new one.
func (m *Machine) Initiate(in ike.Initiate) {
	want := request{conn: in.Conn, local: in.Local, remote: in.Remote, reqID: in.ReqID}
	if in.Packet != (sadb.Selector{}) {
		if why := m.needless(in); why != "" {
			m.core.Emit(ike.Needless{
				Exchange: ike.Exchange{Conn: in.Conn.Name, Local: endpoint(in.Conn.Local), Remote: endpoint(in.Conn.Remote), Initiator: true},
				Packet:   in.Packet, Reason: why,
			})
			return
		}
	}
	if in.Phase1Only {
		m.initiate(in.Conn, nil)
		return
	}
	if s := m.between(in.Conn, func(s *association) bool { return s.up() && !s.doomed && !s.silent }); s != nil {
		s.beginQuick(want)
		return
	}
	if s := m.between(in.Conn, func(s *association) bool { return s.phase1 != nil && s.role == initiator && s.phase1.state != refused }); s != nil {
		s.waiting = append(s.waiting, want)
		return
	}
	m.initiate(in.Conn, &want)
}

// between finds the newest SA between the ends of a connection that is fit for use, nil if there is none.
func (m *Machine) between(c *conn.Connection, fit func(*association) bool) *association {
	for s := range m.with(ends{c.Local.Addr, c.Remote.Addr}).newestFirst {
		if fit(s) && (s.conn == c || sameEnds(s.conn, c)) {
			return s
		}
	}
	return m.roaming(c, fit)
}

// sameEnds tells whether two connections are between the same two parties and begin alike, whatever traffic they are for.
func sameEnds(a, b *conn.Connection) bool {
	return sameEnd(a.Local, b.Local) && sameEnd(a.Remote, b.Remote) && a.ISAKMP.Exchange == b.ISAKMP.Exchange
}

func sameEnd(a, b conn.End) bool {
	a.Client, b.Client = conn.Client{}, conn.Client{}
	return a == b
}

// Terminate ends what a connection has, or everything: the peers are told, and SAs are removed. Silent
// drops the ISAKMP SAs only.
func (m *Machine) Terminate(in ike.Terminate) {
	for s := range m.all.all {
		for _, q := range append([]*quick(nil), s.quicks...) {
			switch {
			case in.Conn != nil && q.conn != in.Conn:
			case in.Silent:
				q.lose("terminated")
			default:
				q.fail("terminated", nil)
			}
		}
	}
	if !in.Silent {
		for p := range m.pairs.All {
			if in.Conn == nil || p.Conn == in.Conn {
				m.tellOfPair(p)
				m.endPair(p, "terminated")
			}
		}
		m.pairs.Uncover(in.Conn)
	}
	for s := range m.all.all {
		if in.Conn != nil && s.conn != in.Conn {
			continue
		}
		if s.up() && !in.Silent {
			m.sayDelete(s, isakmp.ProtoISAKMP, s.spi())
		}
		if s.up() {
			m.core.Emit(ike.Gone{Exchange: s.event(0, s.role), SA: "ISAKMP SA", Reason: "terminated"})
			m.drop(s)
		} else {
			s.phase1.giveUp("terminated", nil)
		}
	}
}

// PairEnded tells the world of a pair that ended by itself.
func (m *Machine) PairEnded(p *ike.Pair, why string) {
	m.goneEvents(p, why)
	m.tellOfPair(p)
}

// PairAged tells of an SA at its soft limit.
func (m *Machine) PairAged(p *ike.Pair, id sadb.ID) {
	m.core.Emit(ike.Aged{Exchange: pairExchange(p), SA: id.String()})
}

// tellOfPair sends a Delete for a pair, if there is an SA under which to send it.
func (m *Machine) tellOfPair(p *ike.Pair) {
	for s := range m.with(ends{p.Local.Addr(), p.Remote.Addr()}).newestFirst {
		if !s.up() || s.peerID != p.PeerID {
			continue
		}
		for i := range p.In {
			m.sayDelete(s, protocolOf(p.In[i].Proto), spiOctets(p.In[i].SPI))
		}
		return
	}
}

// Unreachable takes in that a datagram came back. Anybody can make that seem so: it is told of, and
// changes nothing.
func (m *Machine) Unreachable(in ike.Unreachable) {
	if !m.core.Trace.Decisions {
		return
	}
	m.core.Emit(ike.Decided{
		Exchange: ike.Exchange{Local: in.Local, Remote: in.Remote},
		Text:     "datagram to " + in.Remote.String() + " came back: " + in.Reason,
	})
}

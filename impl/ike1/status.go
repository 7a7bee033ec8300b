package ike1

import "ikewit/impl/ike"

// Statuses gives how every ISAKMP SA stands, oldest first.
func (m *Machine) Statuses(yield func(ike.Status) bool) {
	for s := range m.all.all {
		if !yield(s.status()) {
			return
		}
	}
}

func (s *association) status() ike.Status {
	e := s.event(0, s.role)
	st := ike.Status{
		Conn: e.Conn, Local: e.Local, Remote: e.Remote, Cookies: e.Cookies, Initiator: e.Initiator,
		State: string(established), Phase2: len(s.quicks),
	}
	if s.phase1 != nil {
		st.State = string(s.phase1.state)
		return st
	}
	st.Proposal, st.PeerID, st.Since, st.Expires = s.suite.String(), s.peerID, s.since, s.life.At()
	return st
}

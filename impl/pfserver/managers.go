package pfserver

import (
	"golang.org/x/sys/unix"

	"ikewit/impl/pfsa"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/pfkey"
)

// register: RFC 2367 section 3.1.7. A type that is not of IPsec may be registered too: its consumers are other processes.
func (s *Server) register(p *Port, m *pfkey.Message) (answer, error) {
	if err := pfsa.Bare(m); err != nil {
		return answer{}, err
	}
	a := answer{satype: m.SAType, wants: registered(m.SAType)}
	switch proto, err := pfsa.ProtocolOf(m.SAType); {
	case m.SAType == pfkey.SATypeUnspec:
		return a, pfsa.Invalid(pfkey.SATypeNeeded)
	case err == nil:
		o := s.supported()
		a.extensions = pfsa.Supported(proto, o.ciphers, o.integrities)
	case m.SAType < satypeRSVP || m.SAType > satypeMIP:
		return a, err
	}
	p.registered[m.SAType] = true
	return a, nil
}

// SA types of RFC 2367 section 3.4 that are not of IPsec: RSVP, OSPFV2, RIPV2, MIP.
const (
	satypeRSVP pfkey.SAType = 5
	satypeMIP  pfkey.SAType = 8
)

// A refuser forgets a request that no key manager can fulfil, so that the next packet asks again.
type refuser interface{ Refused(seq uint32) }

// acquire: RFC 2367 section 3.1.6. With an errno a key manager says that it failed; without, an application wants an SA.
func (s *Server) acquire(p *Port, m *pfkey.Message) (answer, error) {
	if m.Errno != 0 {
		if db, ok := s.db.(refuser); ok {
			db.Refused(m.Seq)
		}
		failed := *m
		failed.Extensions = pfsa.Public(m)
		s.answer(p, &failed, everyone)
		return answer{silent: true}, nil
	}
	if m.SAType == pfkey.SATypeUnspec {
		return answer{}, pfsa.Invalid(pfkey.SATypeNeeded)
	}
	if err := pfsa.Wanted(m); err != nil {
		return answer{}, err
	}
	for _, other := range s.ports {
		if other.registered[m.SAType] {
			return answer{m.SAType, pfsa.Public(m), registered(m.SAType), false}, nil
		}
	}
	return answer{}, unix.EPROTONOSUPPORT
}

// listen tells what the database says of its own accord, until that closes, or the server.
func (s *Server) listen() {
	said, open := s.db.Events(), true
	for open {
		var e sadb.Event
		select {
		case e, open = <-said:
			s.said(e)
		case <-s.over:
			open = false
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.views {
		v.queue.Close()
	}
}

// said passes an event on. Acquires are for those who registered, expiries for everybody (RFC 2367 sections 3.1.6, 3.1.8).
func (s *Server) said(e sadb.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e := e.(type) {
	case nil:
		return
	case sadb.Expire:
		s.expire(e)
	case sadb.Acquire:
		s.tell(s.wanted(e).Append(nil), registered(pfsa.SAType(e.Template.Proto)), nil)
	}
	for _, v := range s.views {
		v.queue.Put(e)
	}
}

// expire: RFC 2367 section 3.1.8.
func (s *Server) expire(e sadb.Expire) {
	id := e.SA.ID()
	parts := pfsa.WithCurrent | pfsa.WithSoft
	if e.Hard {
		parts = pfsa.WithCurrent | pfsa.WithHard
	}
	r := pfsa.Record{SA: e.SA, Beyond: s.beyond[id]}
	m := s.own(pfkey.Expire, id.Proto)
	m.Extensions = r.Extensions(parts)
	s.tell(m.Append(nil), everyone, nil)
	if !e.Hard {
		return
	}
	if _, err := s.db.Get(id); err != nil { // else another has taken its place
		s.lose(id)
	}
}

// wanted is the ACQUIRE of the engine: <base, address(SD), (address(P)), proposal>, with Linux's mode.
func (s *Server) wanted(e sadb.Acquire) *pfkey.Message {
	m := s.own(pfkey.Acquire, e.Template.Proto)
	m.Seq = e.Seq
	o := s.supported()
	m.Extensions = append(pfsa.Asked(e), pfsa.Propose(e.Template.Proto, o.ciphers, o.integrities),
		&pfkey.SA2{Mode: uint8(e.Template.Mode), ReqID: e.Template.ReqID})
	return m
}

// own makes a message of the engine: process 0, a number that no other such message has.
func (s *Server) own(t pfkey.Type, p sadb.Protocol) *pfkey.Message {
	s.seq++
	return &pfkey.Message{Version: pfkey.V2, Type: t, SAType: pfsa.SAType(p), Seq: s.seq}
}

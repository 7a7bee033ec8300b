package pfserver

import (
	"golang.org/x/sys/unix"

	"ikewit/impl/pfsa"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/pfkey"
)

// A dump is what a DUMP or X_SPDDUMP has still to send. Messages are made when the port is read, so that a
// reader may be as slow as it likes. Of SAs it has the names, or with Config.Slow the whole; one that is gone when its
// turn comes is left out.
type dump struct {
	request  *pfkey.Message
	names    []sadb.ID
	records  []pfsa.Record
	policies [][]pfkey.Extension
	next     *pfkey.Message // found, and not sent before it is known if it is the last
}

// startDump: RFC 2367 section 3.1.10. As many messages as there are SAs; the last one has sequence number 0. Of an empty
// database it is a base header.
func (s *Server) startDump(p *Port, m *pfkey.Message) (answer, error) {
	proto, err := several(m)
	if err != nil {
		return answer{}, err
	}
	if p.dump != nil {
		return answer{}, unix.EBUSY
	}
	list, err := s.db.SAs()
	if err != nil {
		return answer{}, err
	}
	d := &dump{request: m}
	for i := range list {
		id := list[i].ID()
		switch {
		case proto != 0 && id.Proto != proto || id.Proto != sadb.AH && id.Proto != sadb.ESP:
		case s.cfg.Slow:
			d.records = append(d.records, pfsa.Record{SA: list[i], Beyond: s.beyond[id]})
		default:
			d.names = append(d.names, id)
		}
	}
	p.setDump(d)
	return answer{silent: true}, nil
}

// batch is how many messages are made at a time.
const batch = 32

// refill puts more of a dump into the queue.
func (s *Server) refill(p *Port) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range batch {
		d := p.dump
		if d == nil {
			return
		}
		found := s.advance(d)
		m := d.next
		d.next = found
		switch {
		case found == nil && m == nil:
			m = &pfkey.Message{Version: pfkey.V2, Type: d.request.Type, SAType: d.request.SAType, PID: d.request.PID}
		case found == nil:
			m.Seq = 0
		case m == nil:
			continue
		}
		if found == nil {
			p.setDump(nil)
		}
		s.answer(p, m, nobody)
	}
}

// advance makes the next message of a dump; nil: there is no more.
func (s *Server) advance(d *dump) *pfkey.Message {
	m := &pfkey.Message{Version: pfkey.V2, Type: d.request.Type, Seq: max(d.request.Seq, 1), PID: d.request.PID}
	if len(d.policies) > 0 {
		m.Extensions, d.policies = d.policies[0], d.policies[1:]
		return m
	}
	r, ok := s.nextRecord(d)
	if !ok {
		return nil
	}
	m.SAType, m.Extensions = pfsa.SAType(r.SA.Proto), r.Extensions(pfsa.All)
	return m
}

func (s *Server) nextRecord(d *dump) (r pfsa.Record, ok bool) {
	if len(d.records) > 0 {
		r, d.records = d.records[0], d.records[1:]
		return r, true
	}
	for len(d.names) > 0 {
		id := d.names[0]
		d.names = d.names[1:]
		if sa, err := s.db.Get(id); err == nil {
			return pfsa.Record{SA: sa, Beyond: s.beyond[id]}, true
		}
	}
	return r, false
}

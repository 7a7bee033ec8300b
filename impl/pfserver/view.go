package pfserver

import (
	"ikewit/impl/pfsa"
	"ikewit/impl/sadb"
	"ikewit/impl/sadb/events"
	"ikewit/impl/wire/pfkey"
)

// A View is the server's database for a key manager that shares its process: an engine that negotiates. What it does is
// told to the ports as what a client does, by the engine's own messages, and it gets every event too.
type View struct {
	sadb.Driver
	server *Server
	queue  *events.Queue[sadb.Event]
}

var _ sadb.Driver = (*View)(nil)

// Driver makes a view. Its Close ends the view only.
func (s *Server) Driver() *View {
	v := &View{Driver: s.db, server: s, queue: events.New[sadb.Event]()}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.views = append(s.views, v)
	return v
}

// Apply does one action and tells the ports of it.
func (v *View) Apply(a sadb.Action) error {
	s := v.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if !v.present() {
		return sadb.ErrClosed
	}
	before := s.before(a)
	if err := s.db.Apply(a); err != nil {
		return err
	}
	if m := v.done(a, before); m != nil {
		s.tell(m.Append(nil), everyone, nil)
	}
	return nil
}

// Events delivers acquires and expiries until Close.
func (v *View) Events() <-chan sadb.Event { return v.queue.Out() }

// Close ends the view; the database stays open.
func (v *View) Close() error {
	v.queue.Close()
	return nil
}

// before is the SA that a delete takes out, for its source address.
func (s *Server) before(a sadb.Action) (sa sadb.SA) {
	if d, ok := a.(sadb.Delete); ok {
		sa, _ = s.db.Get(d.ID)
	}
	return sa
}

// done keeps what there is to remember of an action, and makes the message about it; nil: there is none.
func (v *View) done(a sadb.Action, before sadb.SA) *pfkey.Message {
	s := v.server
	const public = pfsa.WithHard | pfsa.WithSoft | pfsa.WithRest
	message := func(t pfkey.Type, p sadb.Protocol, list []pfkey.Extension) *pfkey.Message {
		m := s.own(t, p)
		m.Extensions = list
		return m
	}
	switch a := a.(type) {
	case sadb.Add:
		delete(s.beyond, a.SA.ID())
		s.owners[a.SA.ID()] = v
		return message(pfkey.Add, a.SA.Proto, (&pfsa.Record{SA: mature(a.SA)}).Extensions(public))
	case sadb.Update:
		r := pfsa.Record{SA: mature(a.SA), Beyond: s.beyond[a.SA.ID()]}
		return message(pfkey.Update, a.SA.Proto, r.Extensions(public))
	case sadb.Delete:
		s.lose(a.ID)
		return message(pfkey.Delete, a.ID.Proto, pfsa.ByName(a.ID, before.Src))
	case sadb.Flush:
		s.flushed(a.Proto)
		return message(pfkey.Flush, a.Proto, nil)
	}
	return nil // policies are nobody else's business
}

func mature(sa sadb.SA) sadb.SA {
	sa.State = sadb.Mature
	return sa
}

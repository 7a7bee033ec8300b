package ike1

import (
	"slices"
	"time"

	"ikewit/impl/ike"
)

// An echo is what remains of an exchange that is over for us while the peer may not know it yet: our last
// message, if we had the last word, sent again when the peer's last one comes again. RFC 2408 section 5.1.
type echo struct {
	s       *association
	id      uint32
	heard   heard
	sent    ike.Send // without octets: nothing is said
	event   ike.Exchange
	answers int
	said    time.Time
	timer   ike.Timer
}

// keep lets an echo live for as long as a peer with our patience would ask.
func (s *association) keep(e *echo) {
	e.s = s
	s.echoes = append(s.echoes, e)
	s.m.core.Set(&e.timer, s.m.core.Limits.Patience(), "forget", e)
}

// echoOf finds the echo of an exchange, nil if there is none.
func (s *association) echoOf(id uint32) *echo {
	for _, e := range s.echoes {
		if e.id == id {
			return e
		}
	}
	return nil
}

// hear answers the peer's last message if it comes again, and reports whether this was one of the exchange.
func (e *echo) hear(msg *message) bool {
	last, before := e.heard.has(msg)
	if last {
		e.say()
	}
	return last || before
}

// say sends our last message again, if we had the last word.
func (e *echo) say() {
	if e.sent.Octets == nil || e.answers >= maxAnswers {
		return
	}
	e.answers, e.said = e.answers+1, e.s.m.core.Now()
	if e.s.natt.version != nil {
		e.sent.Local, e.sent.Remote = e.s.local, e.s.remote
	}
	e.s.m.resend(e.event, e.sent)
}

// Wake lets go of the echo.
func (e *echo) Wake(*ike.Timer) {
	if i := slices.Index(e.s.echoes, e); i >= 0 {
		e.s.echoes = slices.Delete(e.s.echoes, i, i+1)
	}
	if len(e.s.echoes) == 0 {
		e.s.echoes = nil
		e.s.rest()
	}
}

// heard are the messages that an exchange has taken, at most three, by their digests; the last one last.
type heard [3]uint64

func (h *heard) add(msg *message) { h[0], h[1], h[2] = h[1], h[2], msg.digest() }

// has tells whether a message is the last one, or one before it.
func (h *heard) has(msg *message) (last, before bool) {
	d := msg.digest()
	return h[2] == d, h[0] == d || h[1] == d
}

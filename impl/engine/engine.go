// Package engine joins connections, secrets and exchanges to one engine: inputs go in, an ordered list
// of effects comes out, and a deadline says when it wants to be asked again.
//
//	                 ┌────────── Engine ───────────┐
//	Input ──► Step ──┤  demux ──► ike1.Machine     ├──► []Effect
//	                 │              │              │
//	                 │   ike.Core   │  ike.Pairs   │
//	                 │ timers, work │  IPsec SAs   │
//	                 └──────────────┴──────────────┘
//
// It has no clock, no socket, no goroutine and no randomness of its own, and is used by one goroutine at
// a time. The same inputs, times and random octets give the same effects.
package engine

import (
	"time"

	"ikewit/impl/conn"
	"ikewit/impl/ike"
	"ikewit/impl/ike1"
	"ikewit/impl/secret"
	"ikewit/impl/wire/isakmp"
)

// A Config is what an engine is made of. Connections, Secrets and Entropy are needed; the zero value of the
// rest is the ordinary case.
type Config struct {
	Connections conn.Database
	Secrets     secret.Finder
	Entropy     ike.Entropy

	Limits   ike.Limits
	Trace    ike.Trace
	Seams    Seams
	Coverage *ike.Coverage // counts the checks; nil: they are not counted
}

// Seams are where a harness may lie; the zero value lies nowhere.
type Seams = ike.Seams[*isakmp.Message]

// An Engine negotiates. Make one with New.
type Engine struct {
	core  ike.Core
	pairs *ike.Pairs
	v1    *ike1.Machine
}

// New makes an engine without SAs.
func New(c Config) *Engine {
	e := &Engine{core: ike.Core{
		Entropy: c.Entropy, Limits: c.Limits.WithDefaults(), Trace: c.Trace, Coverage: c.Coverage,
		Delay: c.Seams.Timer, Skip: c.Seams.Skip,
	}}
	e.pairs = ike.NewPairs(&e.core)
	e.v1 = ike1.New(ike1.Config{
		Core: &e.core, Pairs: e.pairs, Connections: c.Connections, Secrets: c.Secrets, Seams: c.Seams,
	})
	e.pairs.Ended, e.pairs.Aged = e.v1.PairEnded, e.v1.PairAged
	return e
}

// Step takes one input in and says what is to be done, in order. now never goes back. The slice and what is
// in it are the caller's.
func (e *Engine) Step(now time.Time, in ike.Input) []ike.Effect {
	e.core.Begin(now)
	switch in := in.(type) {
	case ike.Datagram:
		e.demux(in)
	case ike.Tick:
		e.core.FireDue()
	case ike.Initiate:
		e.v1.Initiate(in)
	case ike.Terminate:
		e.v1.Terminate(in)
	case ike.WorkDone:
		e.core.WorkDone(in)
	case ike.SADone:
		e.core.SADone(in)
	case ike.Tallied:
		e.core.Tallied(in)
	case ike.Expire:
		e.pairs.Expire(in.Expire)
	case ike.Moved:
		e.v1.Moved(in)
	case ike.Unreachable:
		e.v1.Unreachable(in)
	}
	return e.core.End()
}

// Deadline says when Step wants a Tick, and what for; not ok means that no time matters.
func (e *Engine) Deadline() (at time.Time, why string, ok bool) { return e.core.Deadline() }

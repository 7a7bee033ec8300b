package ike

import (
	"net/netip"

	"ikewit/impl/sadb"
)

// An Effect is one thing that the engine wants done. Effects are done in order.
type Effect interface{ isEffect() }

// Send a datagram from Local to Remote.
type Send struct {
	Local, Remote  netip.AddrPort
	Octets         []byte // the caller's to keep
	Message        string // short name: MI1, QR1, INFO
	Retransmission bool
}

// SA asks for actions on the SA database, in order, until one fails. What follows in the
// engine waits for the SADone of the same ID; what did take effect before a failure is taken back
// by a later SA effect of the engine.
type SA struct {
	ID      ActionID
	Actions []sadb.Action
}

// Work is slow arithmetic that must not hold up the engine: Do is called once, on any
// goroutine, and then a WorkDone with the same ID is due. Do keeps its result where the engine
// finds it; it touches nothing else.
type Work struct {
	ID WorkID
	Do func() error
}

// Tally asks how many packets SAs have carried so far, all of them together. A Tallied of the same ID is due.
type Tally struct {
	ID  ActionID
	SAs []sadb.ID
}

// WorkID joins a Work to its WorkDone, ActionID an SA to its SADone and a Tally to its Tallied.
type (
	WorkID   uint64
	ActionID uint64
)

func (Send) isEffect()  {}
func (SA) isEffect()    {}
func (Work) isEffect()  {}
func (Tally) isEffect() {}

package ike

import (
	"net/netip"

	"ikewit/impl/conn"
	"ikewit/impl/sadb"
)

// An Input is one thing that happened outside the engine.
type Input interface{ isInput() }

// A Datagram arrived. The engine keeps no reference to Octets after Step returns.
type Datagram struct {
	Local, Remote netip.AddrPort
	Octets        []byte // the ISAKMP message; a non-ESP marker is taken off by the host
}

// Tick says that the deadline may have come. It is always allowed.
type Tick struct{}

// Initiate asks for IPsec SAs of a connection, with a phase 1 first if there is none.
type Initiate struct {
	Conn *conn.Connection
	// Local and Remote replace the connection's clients when an acquire asks for part of them;
	// zero: the connection's own.
	Local, Remote conn.Client
	ReqID         uint32 // for the SAs; 0: the connection's
	Phase1Only    bool
	// Packet is what asks: nothing is begun if SAs for it are being negotiated, or were just now. Zero: a program
	// asks, and means it.
	Packet sadb.Selector
}

// Terminate ends what a connection has: Deletes are sent, SAs are removed.
type Terminate struct {
	Conn *conn.Connection // nil: everything
	// Silent drops the ISAKMP SAs without a Delete and leaves the IPsec SAs where they are.
	Silent bool
}

// WorkDone brings back the result of a Work effect.
type WorkDone struct {
	ID  WorkID
	Err error
}

// SADone says how an SA effect ended. Done counts the actions that took effect: all of them
// when Err is nil, those before the failing one otherwise.
type SADone struct {
	ID   ActionID
	Done int
	Err  error
}

// Tallied answers a Tally. An SA that is not there any more has carried nothing.
type Tallied struct {
	ID      ActionID
	Packets uint64
}

// Expire passes on what the SA database said.
type Expire struct{ sadb.Expire }

// Moved passes on what the SA database said.
type Moved struct{ sadb.Moved }

// Unreachable says that a datagram came back (ICMP).
type Unreachable struct {
	Local, Remote netip.AddrPort
	Reason        string
}

func (Datagram) isInput()    {}
func (Tick) isInput()        {}
func (Initiate) isInput()    {}
func (Terminate) isInput()   {}
func (WorkDone) isInput()    {}
func (SADone) isInput()      {}
func (Tallied) isInput()     {}
func (Expire) isInput()      {}
func (Moved) isInput()       {}
func (Unreachable) isInput() {}

package peer

import (
	"context"

	"ikewit/impl/alg"
	"ikewit/impl/conn"
)

// Terms are what a peer is to be configured for: one connection as its end sees it.
type Terms struct {
	Conn   *conn.Connection // its Offer is the configuration, whichever side begins; a zero Remote.Addr: any peer that calls
	Secret alg.Key

	ForceEncap bool // UDP encapsulation although there is no NAT
}

// An Initiator is a peer that begins when it is told.
type Initiator interface {
	Peer

	// Initiate negotiates the connection and returns when it stands or has failed.
	Initiate(ctx context.Context) error
}

// A Versioned peer tells what it is.
type Versioned interface {
	// Version is like "strongSwan 5.9.8".
	Version() string
}

// A Foreign peer is the implementation of somebody else. Its SAs are told by its log.
type Foreign interface {
	Initiator
	Versioned

	// Pairs is how many times it said that a pair of IPsec SAs stands.
	Pairs() int

	// Established asks it whether IPsec SAs stand now.
	Established(ctx context.Context) (bool, error)

	// Again negotiates phase 2 once more, under the phase 1 that stands.
	Again(ctx context.Context) error

	// Rekey negotiates phase 1 once more.
	Rekey(ctx context.Context) error

	// Terminate ends the connection, with Deletes.
	Terminate(ctx context.Context) error

	// Configuration is what it was configured with, a text for each file, without secrets.
	Configuration() map[string]string
}

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

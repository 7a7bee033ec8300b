package ipseckey

import (
	"time"
)

// An Engine is a key socket: each Send and each Receive is one PF_KEYv2 message.
type Engine interface {
	Send(octets []byte) error

	// Receive waits until the deadline, if it is not zero; then the error is os.ErrDeadlineExceeded. The octets
	// are valid until the next call.
	Receive(deadline time.Time) ([]byte, error)

	// Close ends Receive.
	Close() error

	// Traits tell what kind of engine it is.
	Traits() Traits
}

// Traits tell engines apart. The zero value is the user-space one.
type Traits struct {
	Kernel bool // identities are not kept

	// Complete: an update must tell the whole SA. Silent: refusals carry no diagnostic. Linux's AF_KEY is both.
	Complete, Silent bool

	// Watch gives an engine that receives what others do, for monitor; active also what only
	// promiscuous listeners see. nil: this one can, by X_PROMISC.
	Watch func(active bool) (Engine, error)
}

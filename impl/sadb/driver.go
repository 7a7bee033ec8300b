package sadb

import (
	"errors"
	"fmt"
)

// An Action changes the databases. It is one of Add, Update, Delete, AddPolicy, DeletePolicy
// and Flush.
type Action interface{ isAction() }

// Add puts a complete SA in. It fails with ErrExists when the ID is taken, but completes a
// larval SA of that ID.
type Add struct{ SA SA }

// Update changes lifetimes and addresses of an SA that is there; keys and algorithms of a
// mature SA cannot change (RFC 2367 section 3.1.2).
type Update struct{ SA SA }

// Delete takes an SA out. It fails with ErrNotFound.
type Delete struct{ ID ID }

// AddPolicy puts a policy in, or replaces the one of the same PolicyID.
type AddPolicy struct{ Policy Policy }

// DeletePolicy takes a policy out. It fails with ErrNotFound.
type DeletePolicy struct{ ID PolicyID }

// Flush takes out every SA of a protocol (0: of all) and, with Policies, every policy.
type Flush struct {
	Proto    Protocol
	Policies bool
}

func (Add) isAction()          {}
func (Update) isAction()       {}
func (Delete) isAction()       {}
func (AddPolicy) isAction()    {}
func (DeletePolicy) isAction() {}
func (Flush) isAction()        {}

// What the caller got wrong, or what is not there.
var (
	ErrExists   = errors.New("the SA exists already")
	ErrNotFound = errors.New("no such SA or policy")
	ErrClosed   = errors.New("the SA database is closed")
)

// An UnsupportedError names an algorithm or ability that a driver lacks.
type UnsupportedError struct {
	Driver string // "xfrm"
	What   string // "cipher rc5", "IV length 0 with 3des"
}

func (e *UnsupportedError) Error() string { return e.What + " not supported by " + e.Driver }

// An InvalidError names the field of an SA or policy that makes no sense.
type InvalidError struct {
	What string // "SA", "policy"
	Why  string // "SPI 00000007 is reserved (0-255)"
}

func (e *InvalidError) Error() string { return fmt.Sprintf("%s: %s", e.What, e.Why) }

// A Driver carries actions out, in the kernel or in user space. All methods may be called from
// any goroutine. Errors wrap ErrExists, ErrNotFound, *UnsupportedError or *InvalidError where one
// fits.
type Driver interface {
	// Name is "xfrm", "pfkey", "user" or "none".
	Name() string

	// Supports says whether an SA of this shape could be added (keys are not looked at),
	// with an *UnsupportedError if not.
	Supports(sa *SA) error

	// Apply does one action; what fails changes nothing.
	Apply(a Action) error

	// Get gives one SA as the database holds it now, keys included.
	Get(id ID) (SA, error)

	// SAs gives every SA; its order is that of insertion where the database knows it.
	SAs() ([]SA, error)

	// Policies gives every policy.
	Policies() ([]Policy, error)

	// Events delivers acquires and expiries until Close. A reader that is too slow loses none.
	Events() <-chan Event

	// Close ends the driver and, for the user-space stack, the data plane with it.
	Close() error
}

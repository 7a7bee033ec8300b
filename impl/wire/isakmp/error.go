package isakmp

import (
	"errors"
	"fmt"

	"ikewit/impl/wire/bin"
)

// What the peer can get wrong in the structure of a message, besides [bin.ErrShort] and
// [bin.ErrLeftOver]. A [*ParseError] wraps one of these.
var (
	ErrLength      = errors.New("header length is not the datagram's")            // RFC 2408 section 5.1
	ErrMisplaced   = errors.New("payload type is not allowed here")               // sections 3.4 to 3.6
	ErrTooShort    = errors.New("payload length is less than its generic header") // section 3.2
	ErrCount       = errors.New("count is not the number present")                // sections 3.5 and 3.15
	ErrNoProposal  = errors.New("SA without proposal")                            // section 4.2
	ErrNoTransform = errors.New("proposal without transform")                     // section 4.2
)

// A ParseError is a message that cannot be read.
type ParseError struct {
	Payload PayloadType // where it was; None for the header
	Field   string      // as the RFC's drawing names it; empty if octets are left over
	Offset  int         // of the field, from the front of what was to be parsed
	Notify  NotifyType  // what RFC 2408 section 5 would tell the peer
	Err     error
}

// Error names the payload, the field, its offset, and what was wrong.
func (e *ParseError) Error() string {
	where := "header"
	if e.Payload != None {
		where = e.Payload.String() + " payload"
	}
	if e.Field != "" {
		where += ", " + e.Field
	}
	return fmt.Sprintf("%s at octet %d: %v", where, e.Offset, e.Err)
}

// Unwrap returns what was wrong, without the place.
func (e *ParseError) Unwrap() error { return e.Err }

// refuse says which payload a Reader's error was in, and what to tell the peer. An error that
// knows both already, from a structure further in, stays as it is.
func refuse(t PayloadType, n NotifyType, err error) *ParseError {
	var inner *ParseError
	if errors.As(err, &inner) {
		return inner
	}
	e := &ParseError{Payload: t, Notify: n, Err: err}
	var at *bin.Error
	if errors.As(err, &at) {
		e.Field, e.Offset, e.Err = at.Field, at.Offset, at.Err
	}
	return e
}

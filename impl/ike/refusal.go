package ike

import "fmt"

// A Refusal is an error that the peer caused. Check is the name of the check that failed: the same
// name that Seams.Skip takes and that coverage counts.
type Refusal struct {
	Notify  uint16 // notify message type for the peer (RFC 2408 section 3.14.1); 0: silence
	Payload uint8  // payload type at fault; 0: the header or the whole message
	Check   Check
	Err     error
}

func (r *Refusal) Error() string { return fmt.Sprintf("%v (check %s)", r.Err, r.Check) }
func (r *Refusal) Unwrap() error { return r.Err }

// A Check is the name of one thing that the engine verifies, like "hash1" or "reserved-zero".
type Check string

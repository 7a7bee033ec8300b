package ike

import "time"

// Limits are the times and numbers that bound an engine. The zero value of a field means the
// value that its comment gives.
type Limits struct {
	// Resend are the gaps before a message is sent again; GiveUp is the wait after the last send.
	// nil: 10 s, 20 s, and 40 s (plutoplus; at most three sends, as pluto).
	Resend []time.Duration
	GiveUp time.Duration

	HalfOpen     int           // phase 1 negotiations that are not authenticated; 0: 1000
	HalfOpenLife time.Duration // how long a responder keeps one; 0: 70 s
}

// Trace says which events are wanted beyond the ordinary ones.
type Trace struct {
	Decisions bool // Decided
	Values    bool // Computed: secrets leave the engine
	Messages  bool // Received and Sent
}

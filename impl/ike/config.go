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

	Keepalive time.Duration // how long nothing goes to a peer before the NAT before us is reminded of it; 0: 20 s, as RFC 3948 section 4

	Exponent int // octets of private Diffie-Hellman exponents; 0: what the strength of the group asks for
}

// The values of Limits that are not set. Ours.
const (
	defaultGiveUp       = 40 * time.Second
	defaultHalfOpen     = 1000
	defaultHalfOpenLife = 70 * time.Second
	defaultKeepalive    = 20 * time.Second
)

var defaultResend = []time.Duration{10 * time.Second, 20 * time.Second}

// WithDefaults fills in what is not set.
func (l Limits) WithDefaults() Limits {
	if l.Resend == nil {
		l.Resend = defaultResend
	}
	if l.GiveUp == 0 {
		l.GiveUp = defaultGiveUp
	}
	if l.HalfOpen == 0 {
		l.HalfOpen = defaultHalfOpen
	}
	if l.HalfOpenLife == 0 {
		l.HalfOpenLife = defaultHalfOpenLife
	}
	if l.Keepalive == 0 {
		l.Keepalive = defaultKeepalive
	}
	return l
}

// Patience is how long a message may be sent again: from its first send until its sender gives up.
func (l Limits) Patience() time.Duration {
	sum := l.GiveUp
	for _, gap := range l.Resend {
		sum += gap
	}
	return sum
}

// Trace says which events are wanted beyond the ordinary ones.
type Trace struct {
	Decisions bool // Decided
	Values    bool // Computed: secrets leave the engine
	Messages  bool // Received, Sent and StateChanged
}

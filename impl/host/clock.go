package host

import (
	"crypto/rand"
	"time"
)

// A Clock is the clock of the machine. Differences between its times are not touched by somebody setting the clock.
type Clock struct{}

// Now is the time, with its monotonic reading.
func (Clock) Now() time.Time { return time.Now() }

// Entropy is the kernel's randomness.
type Entropy struct{}

// Fill fills p. The label says what for; a real source has no use for it.
func (Entropy) Fill(label string, p []byte) {
	rand.Read(p) // never fails: the program is ended first
}

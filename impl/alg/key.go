package alg

import (
	"fmt"
	"io"
)

// A Key is secret octets. Nothing that prints or encodes shows them: a Key is written as "key of 20 octets".
type Key []byte

// Octets returns the secret itself, for those who compute with it or export it on purpose. The slice is shared.
func (k Key) Octets() []byte { return k }

// String says how long the key is, and nothing else.
func (k Key) String() string { return fmt.Sprintf("key of %d octets", len(k)) }

// GoString is String: %#v shows no secret either.
func (k Key) GoString() string { return k.String() }

// Format is String for every verb and every flag, %x and %q included.
func (k Key) Format(s fmt.State, _ rune) { io.WriteString(s, k.String()) }

// MarshalText is String: JSON, and the handlers of log/slog, would write the octets out otherwise.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// A Random fills p with octets that an observer cannot predict. The caller owns the source: alg has none.
type Random interface {
	Fill(p []byte)
}

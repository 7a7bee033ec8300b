// Package crypt has the algorithms that the judge needs to open what it captured: ciphers, hashes, authenticators
// and Diffie-Hellman groups, made of the standard library and x/crypto.
//
// It shares no code with the implementation under test, with one exception that cipher_rare.go names. Nothing here
// is hardened against timing: a judge works on traffic of its own tests.
//
// RFC 2409 appendix A and B, RFC 2407 section 4.4, RFC 2451, RFC 3602, RFC 3686, RFC 4106, RFC 4868.
package crypt

import (
	"fmt"
	"io"
)

// A Secret is octets that must not show in logs, errors or reports: it prints as its length. Whoever needs the
// octets converts: []byte(s).
type Secret []byte

func (s Secret) String() string { return fmt.Sprintf("secret of %d octets", len(s)) }

// GoString is String: %#v shows no secret either.
func (s Secret) GoString() string { return s.String() }

// Format is String for every verb.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

// MarshalText keeps secrets out of JSON and other encodings.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

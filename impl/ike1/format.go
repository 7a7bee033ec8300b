package ike1

import (
	"fmt"
	"io"
)

// Package fmt does not ask the keys in unexported fields how they want to be shown: it shows their octets. So whatever holds such
// a field says itself what it is, for every verb.

// Format names the exchange and its state, and no secret.
func (p *phase1) Format(s fmt.State, _ rune) { io.WriteString(s, "phase 1, "+string(p.state)) }

// Format says what was chosen if that is asked for in words, else the exchange and its state; no secret.
func (q *quick) Format(s fmt.State, verb rune) {
	text := "Quick Mode, " + string(q.state)
	if verb == 's' {
		text = q.String()
	}
	io.WriteString(s, text)
}

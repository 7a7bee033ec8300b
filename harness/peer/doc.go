// Package peer is what can negotiate in a scenario: one interface, and what implementations share.
// Each peer has a folder of its own below.
package peer

// Package ike is what every version of IKE shares with the programs around it: the inputs and
// effects of an engine, the events that tell what happened, where randomness comes from, and
// the seams at which a harness may lie.
//
// An engine is sans-I/O. It has no clock, no socket, no goroutine and no randomness of its
// own: Step(now, input) gives an ordered list of effects, and Deadline says when it wants the
// next Tick. The same engine runs in a daemon, in a scenario, in a simulated network and
// against a recorded capture.
package ike

package main

import (
	"context"
	"time"

	"ikewit/harness/peer"
	"ikewit/harness/peer/foreign"
	"ikewit/harness/peer/plutoplus"
	"ikewit/harness/suite"
)

// peerNames are who can be the other side in cases of @interop.
func peerNames() []string { return append([]string{"plutoplus"}, foreign.Names()...) }

// foreignPeer reports whether the other side is not ours.
func (s *settings) foreignPeer() bool { return s.peer != "plutoplus" }

// concerns reports whether a case is of any interest with the peer of --peer: one that is not ours takes part in cases
// of @interop only.
func (s *settings) concerns(c *suite.Case) bool { return !s.foreignPeer() || c.HasTag("interop") }

// knownFailures are those of the peer.
func (s *settings) knownFailures() ([]peer.Known, error) {
	if s.foreignPeer() {
		return foreign.KnownFailures(s.peer)
	}
	return plutoplus.KnownFailures()
}

// versionTime is how long a program may take to say its version.
const versionTime = 20 * time.Second

// against names the peer and its version, for the first line of a run.
func (s *settings) against() string {
	if !s.foreignPeer() {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.Background(), versionTime)
	defer cancel()
	version, err := foreign.Version(ctx, s.peer)
	if err != nil {
		return " with " + s.peer + " (" + err.Error() + ")"
	}
	return " with " + version
}

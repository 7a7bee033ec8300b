package steps

import (
	"errors"
	"fmt"
	"regexp"

	"ikewit/harness/peer"
	"ikewit/harness/suite"
	"ikewit/harness/world"
)

// The sentences that say for what the peer is configured.
var (
	byOptions = regexp.MustCompile(`^(?:the peer runs|we and the peer run) with "((?:[^"\\]|\\.)*)"$`)
	byProfile = regexp.MustCompile(`^(?:bob negotiates|we and the peer negotiate) "((?:[^"\\]|\\.)*)"$`)
)

// ErrNoPeer says that a case configures no peer: ike-scan needs no configuration.
var ErrNoPeer = errors.New("no peer is configured in it")

// PeerTerms reads from a case for what the peer at bob is configured in it. Nothing is run.
func PeerTerms(c *suite.Case) (peer.Terms, error) {
	for _, s := range c.Steps {
		if m := byOptions.FindStringSubmatch(s.Text); m != nil {
			return world.PeerTerms("pair", unquote(m[1]), "")
		}
		if m := byProfile.FindStringSubmatch(s.Text); m != nil {
			return world.PeerTerms("pair", "", unquote(m[1]))
		}
	}
	return peer.Terms{}, fmt.Errorf("%q: %w", c.Name, ErrNoPeer)
}

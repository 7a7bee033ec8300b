package secret

import (
	"errors"
	"net/netip"

	"ikewit/impl/alg"
	"ikewit/impl/conn"
)

// ErrNone says that there is no secret for a peer.
var ErrNone = errors.New("no secret")

// A Finder gives the pre-shared key between two ends. remoteID is the peer's phase 1 identity
// and may be zero: Main Mode must choose the key before it learns it (RFC 2409 section 5.4).
// The error wraps ErrNone and names the peer and where it was looked for.
type Finder interface {
	PreShared(local, remote netip.Addr, remoteID conn.Identity) (alg.Key, error)
}

package conn

import "time"

// DPD says what a connection does about a peer that may be dead (RFC 3706). The zero value: nothing of it is said.
type DPD struct {
	On   bool          // say that we can, and answer
	Idle time.Duration // ask a peer with whom we have IPsec SAs when nothing has come from it for so long; 0: never ask
}

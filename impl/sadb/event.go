package sadb

import (
	"fmt"
	"net/netip"
)

// An Event is something that a database says of its own accord: Acquire, Expire or Moved.
type Event interface {
	fmt.Stringer
	isEvent()
}

// Acquire asks a key manager for SAs: a packet met a protect policy and there was no SA.
// RFC 2367 section 3.1.6.
type Acquire struct {
	Packet   Selector // the packet that asked
	Policy   Policy   // the policy that it met
	Template Template // the first template without an SA
	Seq      uint32   // the database's number of the request
}

// Expire says that an SA came to a limit. Hard: it is gone. RFC 2367 section 3.1.8.
type Expire struct {
	SA   SA // as it stood; without keys
	Hard bool
}

// Moved says that genuine packets of an SA, ESP in UDP, come from another end than the SA says: a NAT has given the peer
// another port or address. RFC 3947 section 7.
type Moved struct {
	ID     ID
	Remote netip.AddrPort
}

func (Acquire) isEvent() {}
func (Expire) isEvent()  {}
func (Moved) isEvent()   {}

func (a Acquire) String() string {
	return fmt.Sprintf("acquire %s for %s", a.Template, a.Packet)
}

func (e Expire) String() string {
	if e.Hard {
		return fmt.Sprintf("hard expire %s", e.SA.ID())
	}
	return fmt.Sprintf("soft expire %s", e.SA.ID())
}

func (m Moved) String() string { return fmt.Sprintf("%s has moved to %v", m.ID, m.Remote) }

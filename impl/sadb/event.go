package sadb

import "fmt"

// An Event is something that a database says of its own accord: Acquire or Expire.
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

func (Acquire) isEvent() {}
func (Expire) isEvent()  {}

func (a Acquire) String() string {
	return fmt.Sprintf("acquire %s for %s", a.Template, a.Packet)
}

func (e Expire) String() string {
	if e.Hard {
		return fmt.Sprintf("hard expire %s", e.SA.ID())
	}
	return fmt.Sprintf("soft expire %s", e.SA.ID())
}

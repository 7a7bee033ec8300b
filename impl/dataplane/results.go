package dataplane

import "ikewit/impl/sadb"

// Results are what came of some packets. Their buffers are those that went in, or new ones; they
// are good until the next Reset.
type Results struct {
	Wire  []Buffer // protected packets, or clear ones that a policy lets bypass: to be sent
	Inner []Buffer // for the inside: packets that were opened, ICMP messages to who sent too big ones

	Acquires []sadb.Acquire // SAs that are missing; each is asked for once while it is pending
	Used     []Used         // SAs that came to a limit or were used for the first time
	Moved    []Moved        // SAs whose peer is behind another port or address than before
}

// Used is an SA of which the database should hear.
type Used struct {
	ID    sadb.ID
	Usage sadb.Usage
	Spent bool // it can carry no more, whatever its other limits say
}

// Reset forgets what is in the results and keeps the room.
func (r *Results) Reset() {
	r.Wire, r.Inner = r.Wire[:0], r.Inner[:0]
	clear(r.Acquires)
	r.Acquires, r.Used, r.Moved = r.Acquires[:0], r.Used[:0], r.Moved[:0]
}

// A Reason says why a packet was dropped.
type Reason uint8

// The reasons. Some are no faults: Dummy, Discarded.
const (
	Malformed     Reason = iota // no IP packet, or one whose headers contradict themselves
	Fragment                    // a fragment where only whole datagrams may be
	Unreassembled               // fragments whose datagram never became whole
	UnknownSPI                  // no SA for it
	ShortPacket                 // too short for its SA, or no whole number of blocks
	Replayed                    // the sequence number was there before, or is too old
	BadICV                      // not what the peer sent
	BadPadding                  // opened, but not padded as the RFC says
	BadInner                    // opened, but what is inside is no such packet
	BadSelector                 // opened, but not what this SA is for
	Unprotected                 // a policy asks for protection that the packet does not have
	Discarded                   // a policy says so
	NoPolicy                    // nothing says what to do with it
	NoSA                        // a policy asks for protection and there is no SA for it yet
	Spent                       // its SA is at the end of its life
	TooBig                      // larger than the way, and not to be fragmented
	Congested                   // congestion marked outside a packet that cannot say so (RFC 6040)
	Dummy                       // a dummy packet (RFC 4303 section 2.6)
	TooDeep                     // more layers of IPsec than any policy has
	reasons                     // how many there are
)

var reasonNames = [reasons]string{"malformed", "fragment", "unreassembled", "unknown-spi", "short-packet", "replayed",
	"bad-icv", "bad-padding", "bad-inner", "bad-selector", "unprotected", "discarded", "no-policy", "no-sa", "spent",
	"too-big", "congested", "dummy", "too-deep"}

// String is the name in statistics: "bad-icv".
func (r Reason) String() string {
	if r < reasons {
		return reasonNames[r]
	}
	return "unknown reason"
}

// Counters count packets and octets that came through, and drops by reason.
type Counters struct {
	Packets, Octets uint64 // of clear packets
	Bypassed        uint64 // packets let through in clear by policy
	Dropped         [reasons]uint64
}

// Drops gives the number of packets dropped for each reason that occurred, by name.
func (c *Counters) Drops() map[string]uint64 {
	m := map[string]uint64{}
	for r, n := range c.Dropped {
		if n > 0 {
			m[Reason(r).String()] = n
		}
	}
	return m
}

package sadb

import (
	"fmt"
	"net/netip"
	"time"

	"ikewit/impl/alg"
)

// Protocol is the IP protocol number of an IPsec protocol.
type Protocol uint8

// IP protocol numbers: RFC 2406 section 2, RFC 2402 section 2, RFC 3173 section 3.
const (
	ESP    Protocol = 50
	AH     Protocol = 51
	IPComp Protocol = 108
)

func (p Protocol) String() string {
	switch p {
	case ESP:
		return "esp"
	case AH:
		return "ah"
	case IPComp:
		return "ipcomp"
	}
	return fmt.Sprintf("protocol %d", uint8(p))
}

// Mode is the encapsulation mode of an SA (RFC 2401 section 4.1).
type Mode uint8

// The zero value is no mode: an SA that names none is refused.
const (
	Transport Mode = iota + 1
	Tunnel
)

func (m Mode) String() string {
	switch m {
	case Transport:
		return "transport"
	case Tunnel:
		return "tunnel"
	}
	return fmt.Sprintf("mode %d", uint8(m))
}

// Direction says which way the packets of an SA or policy go, as this host sees them.
type Direction uint8

// In is towards this host, Out away from it, Forward through it after it came out of a tunnel.
const (
	In Direction = iota + 1
	Out
	Forward
)

func (d Direction) String() string {
	switch d {
	case In:
		return "in"
	case Out:
		return "out"
	case Forward:
		return "fwd"
	}
	return fmt.Sprintf("direction %d", uint8(d))
}

// ID names one SA: RFC 2401 section 4.1 (SPI, destination, protocol).
type ID struct {
	SPI   uint32
	Dst   netip.Addr
	Proto Protocol
}

func (id ID) String() string {
	return fmt.Sprintf("%s %08x to %s", id.Proto, id.SPI, id.Dst)
}

// State is where an SA stands in its life (RFC 2367 section 2.3.1).
type State uint8

// Larval has an SPI and no keys yet; Dying is past a soft limit and still works.
const (
	Larval State = iota
	Mature
	Dying
	Dead
)

func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state %d", uint8(s))
}

var stateNames = [...]string{"larval", "mature", "dying", "dead"}

// An SA is one simplex security association with everything that is needed to use it.
//
// The zero value of a field means what its comment says; Src, Dst, SPI, Proto and Mode have
// no usable zero.
type SA struct {
	SPI       uint32 // network value; 256 and up (RFC 2406 section 2.1)
	Proto     Protocol
	Mode      Mode
	Direction Direction  // In or Out; a driver that cannot tell leaves it zero
	Src, Dst  netip.Addr // the outer addresses
	ReqID     uint32     // joins the SA to policy templates; 0: none
	Manual    bool       // keyed by hand: the SPI may be a reserved one, 1 to 255

	Cipher    *alg.Cipher    // nil for AH; the NULL cipher is a row of its own
	CipherKey alg.Key        // key and, where the cipher has one, salt after it
	Integrity *alg.Integrity // nil: no authentication (or an AEAD cipher)
	AuthKey   alg.Key
	DerivedIV bool  // the IV is not sent but made from the sequence number (PlutoPlus -v 0)
	IVOctets  uint8 // octets of IV that packets must carry; 0: whatever the cipher carries

	ReplayWindow uint32 // packets; 0: replays are not looked for
	ESN          bool   // 64-bit sequence numbers (RFC 4304)
	NoOverflow   bool   // the counter may wrap (only without replay protection)

	Selector Selector // what may travel in this SA; the zero value: anything
	Encap    Encap    // UDP encapsulation; the zero value: none

	DF  DFRule // tunnel mode: the outer don't-fragment bit; the zero value: that of the packet inside
	TFC uint16 // tunnel mode: shorter packets are filled up to so many octets (RFC 4303 section 2.7)

	Soft, Hard Limits // the zero value: no limit

	State   State
	Current Usage

	Note string // what the database holds that is not said above, as an algorithm that we do not know; "": nothing
}

// ID gives the name of the SA.
func (sa *SA) ID() ID { return ID{sa.SPI, sa.Dst, sa.Proto} }

// String names the SA and its algorithms, never its keys.
func (sa SA) String() string {
	c, i := "-", "-"
	if sa.Cipher != nil {
		c = sa.Cipher.Name
	}
	if sa.Integrity != nil {
		i = sa.Integrity.Name
	}
	text := fmt.Sprintf("%s %08x %s %s -> %s %s/%s", sa.Proto, sa.SPI, sa.Mode, sa.Src, sa.Dst, c, i)
	if sa.Note != "" {
		text += " (" + sa.Note + ")"
	}
	return text
}

// DFRule says where the don't-fragment bit of an outer header comes from (RFC 2401 section 6.1.1).
type DFRule uint8

// The zero value copies the bit of the packet inside.
const (
	DFCopy DFRule = iota
	DFSet
	DFClear
)

func (r DFRule) String() string {
	switch r {
	case DFCopy:
		return "copy"
	case DFSet:
		return "set"
	case DFClear:
		return "clear"
	}
	return fmt.Sprintf("DF rule %d", uint8(r))
}

// Encap is UDP encapsulation of ESP (RFC 3948). Ports 0: none.
type Encap struct {
	SrcPort, DstPort uint16
}

// Limits of an SA's life: each 0 means no such limit. Add counts from creation, Use from the
// first packet. RFC 2367 section 2.3.2, RFC 2401 section 4.4.3.
type Limits struct {
	Octets  uint64
	Packets uint64
	Add     time.Duration
	Use     time.Duration
}

// Usage is what an SA has done so far. Octets are those that the algorithm ran over: the padded text
// of ESP, the whole packet of AH (RFC 2401 section 4.4.3).
type Usage struct {
	Octets   uint64
	Packets  uint64
	Added    time.Time
	FirstUse time.Time // zero: never used
	Seq      uint64    // last sequence number sent, or highest received

	ReplayDrops   uint32 // packets refused by the window
	IntegrityFail uint32 // packets refused by the ICV
}

package ike

import (
	"fmt"
	"net/netip"
	"time"

	"ikewit/impl/alg"
	"ikewit/impl/sadb"
)

// An Event says what happened. It is the one vocabulary of traces, goldens, status lines, logs
// and reports. Every event is also an Effect, so that its place among sends and installs is kept.
// String is one line without time, name or secret.
type Event interface {
	Effect
	fmt.Stringer
}

// Exchange joins the events of one negotiation: the ISAKMP SA by its cookies, the exchange under it by
// its message ID (0: phase 1).
type Exchange struct {
	Conn          string // connection's name; "" before one was chosen
	Local, Remote netip.AddrPort
	Cookies       [16]byte // CKY-I then CKY-R
	MessageID     uint32
	Initiator     bool // of this exchange
}

// Received and Sent tell of a message. Payloads is like "HDR* HASH(1) SA Ni IDci IDcr".
type (
	Received struct {
		Exchange
		Message   string
		Payloads  string
		Duplicate bool
	}
	Sent struct {
		Exchange
		Message        string
		Payloads       string
		Retransmission bool
	}
)

// StateChanged tells where an exchange went.
type StateChanged struct {
	Exchange
	From, To string
}

// Decided tells one decision of a negotiation in words: a proposal looked at, a choice made,
// a timer set. Only with TraceDecisions.
type Decided struct {
	Exchange
	Text string
}

// Computed gives a value that IKE computed. Only with TraceValues; Value prints itself only as
// a length, and whoever asked for keys writes Value.Octets().
type Computed struct {
	Exchange
	Name  string // "SKEYID_d", "g^xy", "HASH(1)", "KEYMAT in"
	Value alg.Key
}

// Mismatch says why an offered transform was not taken: one item of it.
type Mismatch struct {
	Exchange
	Item     string // "cipher", "hash", "group", "encapsulation mode", "PFS", "identities"
	Expected string
	Received string
	Fatal    bool // false: noted only (lifetimes)
}

// Phase1Up says that an ISAKMP SA stands.
type Phase1Up struct {
	Exchange
	Proposal string // "3des-cbc sha1 psk modp1024"
	Life     time.Duration
	PeerID   string
}

// Phase2Up says that IPsec SAs stand: this exchange's, in both directions. For the initiator
// its last message is sent, for the responder it is verified. The SAs carry no keys.
type Phase2Up struct {
	Exchange
	In, Out []sadb.SA
}

// Refused says that we refused a message or a negotiation. Notified: the peer was told.
type Refused struct {
	Exchange
	Message  string
	Refusal  *Refusal
	Notified bool
	Ends     bool // the negotiation ended with it
}

// Notified tells of a notification that the peer sent.
type Notified struct {
	Exchange
	Type      uint16
	Name      string // "NO-PROPOSAL-CHOSEN"
	Protected bool
	Ends      bool // it ended a negotiation of ours
}

// Failed says that a negotiation ended without its SAs for a reason of its own: silence of the peer, an
// install that failed, a missing secret.
type Failed struct {
	Exchange
	Phase  int // 1 or 2
	Reason string
	Err    error
}

// Needless says that what a packet asked for was not begun.
type Needless struct {
	Exchange
	Packet sadb.Selector
	Reason string // "is being negotiated"
}

// Gone says that an SA ended: by Delete (of the peer or ours), by expiry, by replacement.
type Gone struct {
	Exchange
	SA     string // "ISAKMP SA" or the ESP/AH SA's ID
	Reason string // "deleted by the peer", "expired"
}

// Aged says that an IPsec SA has come to its soft limit: it goes on, and nothing replaces it of its own accord.
type Aged struct {
	Exchange
	SA string // the ESP/AH SA's ID
}

// Followed says that a peer has proved to be somewhere else than before: a NAT on the way has changed its mind.
type Followed struct {
	Exchange // Remote is where it is now
	From     netip.AddrPort
}

func (Followed) isEffect()     {}
func (Received) isEffect()     {}
func (Sent) isEffect()         {}
func (StateChanged) isEffect() {}
func (Decided) isEffect()      {}
func (Computed) isEffect()     {}
func (Mismatch) isEffect()     {}
func (Phase1Up) isEffect()     {}
func (Phase2Up) isEffect()     {}
func (Refused) isEffect()      {}
func (Notified) isEffect()     {}
func (Failed) isEffect()       {}
func (Needless) isEffect()     {}
func (Gone) isEffect()         {}
func (Aged) isEffect()         {}

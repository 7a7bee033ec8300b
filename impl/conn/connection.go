package conn

import (
	"net/netip"
	"time"

	"ikewit/impl/sadb"
)

// A Connection is one agreement that we are ready to make with a peer, or with any peer.
type Connection struct {
	Name   string
	Local  End
	Remote End // a zero Addr: any peer
	ISAKMP ISAKMP
	IPsec  IPsec
	NATT   NATT // zero: off
	DPD    DPD
}

// An End is one side of a connection.
type End struct {
	Addr     netip.Addr // where IKE runs; zero: any
	Port     uint16     // UDP port of IKE; 0: 500
	Identity Identity   // for phase 1; zero: the address

	// Client is the traffic of this side: what IDci or IDcr says. The zero value means the
	// end itself, and then no client identity is sent in transport mode.
	Client Client
}

// A Client is the traffic of one end (RFC 2407 section 4.6.2).
type Client struct {
	Range sadb.Range
	Proto uint8
	Port  uint16
}

// IsZero reports whether the client is the end itself.
func (c Client) IsZero() bool { return c == Client{} }

// ClientRule says what a responder accepts as client identity of one side.
type ClientRule uint8

// ClientEqual is the rule of connections; PlutoPlus uses the others.
const (
	ClientEqual    ClientRule = iota // exactly the connection's client
	ClientContains                   // a client that contains the connection's
	ClientAny                        // whatever is asked for
)

// ISAKMP is the policy of phase 1.
type ISAKMP struct {
	Exchange Exchange         // the one that we begin with, and the only one that a peer may begin with
	Offer    []ISAKMPProposal // as initiator, best first; each becomes a transform
	Accept   []ISAKMPAccept   // as responder: alternatives
	Life     time.Duration    // offered, and the longest we keep an ISAKMP SA
}

// IPsec is the policy of phase 2.
type IPsec struct {
	Offer  []IPsecProposal // as initiator, best first; each becomes a proposal number
	Accept []IPsecAccept   // as responder: alternatives

	LifeTime   time.Duration // offered, and the longest we keep an SA; 0: not offered
	LifeOctets uint64        // multiple of 1024 (RFC 2407 says kilobytes); 0: not offered

	ReplayWindow  uint32 // of inbound SAs; 0: none
	NotifyReplay  bool   // say REPLAY-STATUS with the first message (RFC 2407 section 4.6.3.2)
	DerivedIV     bool   // local: the IV is not sent
	LocalRule     ClientRule
	RemoteRule    ClientRule
	DefaultMode   sadb.Mode // meant by a peer that sends no Encapsulation Mode; 0: refuse
	InstallPolicy bool      // put policies in beside the SAs; false where they are there already
	ReqID         uint32
}

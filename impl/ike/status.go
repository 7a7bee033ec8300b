package ike

import (
	"net/netip"
	"time"

	"ikewit/impl/conn"
)

// A Status is one ISAKMP SA as it stands.
type Status struct {
	Conn          string
	Local, Remote netip.AddrPort
	Cookies       [16]byte // CKY-I then CKY-R
	Initiator     bool
	State         string // of phase 1: "MI1 sent", "established"

	// What follows is known when the SA is established.
	Proposal string // "3des sha1 psk modp1024"
	PeerID   conn.Identity
	Since    time.Time
	Expires  time.Time
	Phase2   int // negotiations under way
}

package ike

import "time"

// Seams are the only places where an engine can be made to lie. The zero value lies nowhere. The
// message type M is that of the protocol version: *isakmp.Message for IKEv1.
//
// In Built, payloads are chosen and nothing is hashed yet; in Hashed, hashes stand and nothing is
// encrypted; in Sealed, octets are as they will be sent. message is the short name: MI1, QI1, INFO.
type Seams[M any] struct {
	Built  func(message string, m M)
	Hashed func(message string, m M)
	Sealed func(message string, octets []byte) []byte

	// Skip leaves a check out: true means that its failure is not noticed.
	Skip func(c Check) bool

	// Timer changes a delay: kind is "retransmit", "half-open", "life" ...
	Timer func(kind string, d time.Duration) time.Duration
}

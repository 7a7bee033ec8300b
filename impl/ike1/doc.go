// Package ike1 is the exchanges of IKE version 1: Main Mode and Aggressive Mode with pre-shared keys, Quick Mode and
// the Informational exchange.
//
//	datagram ──► header ──► which SA, which exchange ──► row of its table ──► checks ──► action
//	             2408 §5.2   2408 §2.5.3                  by state             named      │
//	                                                                                      ▼
//	                effects ◄── Built, Hashed, Sealed ◄── answer ◄── work, SAs installed ─┘
//
// Each exchange is a table under a drawing (main.go, aggressive.go, quick.go). A row says in which state a message
// may come, what it must and may hold, whether it must be encrypted, how it is proved and what follows.
// What no row matches is refused, and a refusal changes nothing: the message might be anybody's. Only a
// message whose HASH is right can end a negotiation.
//
// Everything that is verified has a name (checks.go).
//
// RFC 2409, RFC 2408, RFC 2407.
package ike1

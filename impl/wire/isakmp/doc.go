// Package isakmp is the wire format of IKE version 1: messages, payloads, attributes, and the names
// of their numbers.
//
//	datagram     ParseMessage           Message           Append          datagram
//	─────────► or Split, decrypt, ──► Header, Items ──► or AppendBody, ─────────►
//	              ParseChain              Tail          encrypt, header
//
// A message is a header and a chain of payloads; each payload names the type of the next:
//
//	+--------+------------------+------------------+------------------+--------+
//	| Header | SA           next| KE           next| NONCE           0| Tail   |
//	| next=1 |             =  4 |             = 10 |                  | if any |
//	+--------+------------------+------------------+------------------+--------+
//
// Parsing is strict about structure and blind to meaning: lengths and counts must agree, while
// reserved octets, unknown types and odd values are kept for the caller to judge. What parses,
// encodes to the same octets. What is parsed aliases the octets it was parsed from.
//
// Encoding writes what the values say and repairs nothing but lengths and the chain, so a message can
// lie where a value exists for the lie (Item.Reserved, Proposal.NTransforms, a wrong Item.Type); where none
// does, a [Raw] or [Verbatim] payload carries any octets. A payload over 65535 octets has no encoding:
// its length field wraps.
//
// RFC 2408 section 3, RFC 2407 section 4, RFC 2409 appendix A; for NAT traversal RFC 3947.
package isakmp

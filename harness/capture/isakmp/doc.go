// Package isakmp is the judge's own reading of ISAKMP: a gopacket layer for the messages of IKEv1, with every
// payload decoded to fields, and for the header and clear payload chain of IKEv2.
//
// It is written from the RFCs alone and shares nothing with the implementation under test. It keeps what it does
// not know, judges nothing (a reserved octet that is set is a field with a value), and where a message stops making
// sense it says in which payload and field, and keeps what came before.
//
// RFC 2408 section 3, RFC 2407 section 4, RFC 2409 appendix A, RFC 3947, RFC 7296 section 3.
package isakmp

// Package keymat derives what IKEv1 derives: SKEYID and its children, the key and the IVs of ISAKMP messages, the
// HASHes that authenticate them, and the keying material of IPsec SAs.
//
// It computes with octet strings as they were on the wire, never with what somebody made of them again: payload bodies
// (without the generic header) are those received or sent, and Diffie-Hellman values have the length of their group.
// Nothing here keeps state of an exchange; what is returned is the caller's.
//
// RFC 2409 sections 5 and appendix B.
package keymat

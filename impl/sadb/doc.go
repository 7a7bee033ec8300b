// Package sadb is the model of an IPsec security association database and its policy
// database: what an SA is, what a policy is, which actions change them, and what a
// driver must do that carries them out.
//
// The model is the one that every driver shares: the Linux kernel (XFRM), a PF_KEYv2
// engine, and the user-space stack. Whatever IKE negotiates is expressed here once; a
// test compares a driver's answer with it field by field.
//
// RFC 2401 section 4.4, RFC 2367 section 2.3.
package sadb

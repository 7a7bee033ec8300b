// Package strongswan runs strongSwan's charon as a peer, controlled through its vici socket.
//
// Where charon keeps its SAs is a matter of the kernel: with ESP in the kernel it uses that; without, its own
// user-space ESP, which knows tunnel mode in UDP only; or, for negotiation without data, the kernel
// with a preload that turns its refusals into success.
package strongswan

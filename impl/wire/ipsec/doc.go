// Package ipsec reads and writes what an IPsec packet is made of beside its ciphertext: the ESP and AH
// headers, the IPv4 and IPv6 headers around them with their options and extension headers, and the
// ICMP errors that tell a sender about a path.
//
// [Packet] is a view of octets that somebody else owns: it says where things are and copies nothing.
// No function here panics, whatever the octets say.
//
// RFC 2406 and 4303 (ESP), RFC 2402 and 4302 (AH), RFC 791 (IPv4), RFC 8200 (IPv6), RFC 792 and
// RFC 4443 (ICMP).
package ipsec

// Numbers of the protocols and IPv6 extension headers that matter here.
const (
	ProtoHopByHop = 0
	ProtoICMP     = 1
	ProtoIPv4     = 4 // an IPv4 packet inside: tunnel mode
	ProtoTCP      = 6
	ProtoUDP      = 17
	ProtoDCCP     = 33
	ProtoIPv6     = 41 // an IPv6 packet inside: tunnel mode
	ProtoRouting  = 43
	ProtoFragment = 44
	ProtoESP      = 50
	ProtoAH       = 51
	ProtoICMPv6   = 58
	ProtoNone     = 59 // no next header; in ESP: a dummy packet (RFC 4303 section 2.6)
	ProtoDestOpts = 60
	ProtoSCTP     = 132
	ProtoUDPLite  = 136
)

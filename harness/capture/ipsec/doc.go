// Package ipsec is the judge's own reading of ESP, AH and IPComp: gopacket layers for their headers, and what it
// takes to open a captured packet with the keys of its SA.
//
// gopacket has layers for ESP and AH; its ESP panics on fewer than eight octets, and neither knows keys.
//
// RFC 2402, RFC 2406, RFC 4302, RFC 4303, RFC 1829, RFC 3173, RFC 3948.
package ipsec

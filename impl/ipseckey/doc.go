// Package ipseckey is the program ipseckey: it keys IPsec by hand, over PF_KEYv2.
//
//	words ──► command ──► request (what the words say) ──► messages, one for each destination ──► Engine
//	file, terminal, arguments                                        report, save ◄── answers ◄──┘
//
// The language, the diagnostics and the layouts are those of Solaris's ipseckey; what that left open is written down
// in docs/ipseckey.8. An Engine is a key socket: of the user-space stack, of the kernel, or one in this
// process that keeps SAs by XFRM.
package ipseckey

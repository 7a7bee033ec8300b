// Package dataplane does what IPsec does to packets: clear packets in and protected ones out, and the
// other way round, by the SAs and policies that it was given. It knows ESP and AH in transport and
// tunnel mode, IPv4 and IPv6, nested as policies say.
//
// An Outbound protects, an Inbound unprotects; they share nothing. Both work in place in buffers with
// room around the packet, allocate nothing for an ordinary packet, have no clock and no goroutine, and
// serve one caller at a time. What else happens comes back in Results: requests for SAs, SAs that
// came to a limit, packets too big for their way.
//
//	               Outbound                                     Inbound
//	clear packet ─► flow ─► policy ─► SAs ─► seal ─► wire ─► SPI ─► SA ─► open ─► selector ─► policy ─► clear packet
//	                 └── remembered ───┘                                            └─ remembered ─┘
//
// RFC 2401 section 5, RFC 4301 section 5 (processing); RFC 2406, 4303 (ESP); RFC 2402, 4302 (AH); RFC
// 1829 (the older packet); RFC 6040 (ECN in tunnels).
package dataplane

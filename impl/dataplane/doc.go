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
// Where the RFCs leave a choice, or differ:
//
//   - A packet of RFC 1829 has an ICV at its end if its SA has an integrity algorithm; it is never looked at for
//     replays, because it has no number.
//   - A derived IV is the low half of the sequence number followed by its complement, twice for blocks of 16
//     octets. The packet then has the header of RFC 2406, whatever the cipher.
//   - IVs of counter modes are the number of the packet XOR a random number of the SA: a key that is used again
//     after a restart does not meet the same IVs.
//   - Congestion marked outside a packet that cannot carry the mark drops it (RFC 6040, not RFC 4301).
//   - Time to live is not counted down here: whoever routed the packet into the tunnel has done it, and who
//     routes it on will.
//   - The hard limit of octets is never exceeded: a packet that would cross it ends the SA unsent.
//   - A packet that came out of an SA and meets no inbound policy is delivered if the SA's selector has it.
//
// RFC 2401 section 5, RFC 4301 section 5 (processing); RFC 2406, 4303 (ESP); RFC 2402, 4302 (AH); RFC
// 1829 (the older packet); RFC 6040 (ECN in tunnels).
package dataplane

// Package pfkey keeps SAs and policies in a key engine that speaks PF_KEYv2: that of the Linux kernel, over its AF_KEY
// socket, or another process's (ipsecd), over a UNIX seqpacket socket.
//
// Policies go by the messages that Linux added to RFC 2367. Selectors are theirs: of SAs the driver remembers them and no more.
// What else PF_KEY cannot say of an SA is refused with *sadb.UnsupportedError.
package pfkey

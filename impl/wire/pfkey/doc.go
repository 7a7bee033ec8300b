// Package pfkey reads and writes PF_KEYv2 messages: the socket protocol between key managers and an
// SA database (RFC 2367), with the extensions that Linux and Solaris add.
//
// Numbers travel in the order of the host, but for SPIs and what is inside a socket address, which are in network
// order. A message is a base header of 16 octets and extensions, each a multiple of 8 octets with its
// length in units of 8. What parses encodes to the same octets, reserved fields and padding included.
package pfkey

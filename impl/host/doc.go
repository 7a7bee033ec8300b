// Package host is everything that a daemon needs of the operating system, in the network namespace of the calling thread: UDP
// sockets for IKE, raw sockets for ESP and AH, the device ipsec0, the diversion of protected traffic into it, a tap, a clock
// and randomness. Sockets stay in the namespace in which they were opened and may then be used from anywhere.
package host

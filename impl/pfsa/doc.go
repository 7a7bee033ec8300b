// Package pfsa says an SA or a policy of package sadb in PF_KEYv2 messages, and reads it out of them: what a
// key engine and its clients need, the same in both directions.
//
// Reading is checking: a request that makes no sense is refused with the diagnostic number that
// Solaris's key engine gives. What PF_KEY cannot say (an odd replay window, a cipher without a number) is
// refused by Expressible, and what an SA has no field for (identities, sensitivity) stays beside it in a Record.
//
// RFC 2367; the numbers that Linux added are in package wire/pfkey.
package pfsa

// Package secret finds the pre-shared key for a peer, and reads the secrets files of the
// programs. A secret is an alg.Key from the octet that it is read on: it never prints, and
// neither does a word of a line that could not be understood, because it may be part of one.
package secret

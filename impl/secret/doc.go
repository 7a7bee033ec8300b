// Package secret finds the pre-shared key for a peer, and reads the secrets files of the
// programs. A secret is an alg.Key from the octet that it is read on: it never prints.
package secret

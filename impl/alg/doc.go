// Package alg holds the algorithms that IKE and IPsec negotiate: ciphers, hashes with their PRFs,
// integrity algorithms and Diffie-Hellman groups.
//
// Each kind has one table (table_cipher.go, table_hash.go, table_integrity.go, table_group.go) with one row per
// algorithm: its name, its sizes and its numbers in every registry that we speak (IKEv1 phase 1, the IPsec DOI, IKEv2,
// PF_KEYv2, Linux XFRM). A number of 0 means that the registry has none. The rows are constants: callers do not write
// to them.
//
// Everything here is pure: randomness comes in through [Random], and the same inputs give the same outputs. What holds
// a key (CBC, ESPCipher, HMAC, MAC) works in place, does not allocate per packet, and serves one caller at a time.
//
// Sources: RFC 2409 (phase 1), RFC 2407 (IPsec DOI), RFC 2405, 2410, 2451, 3602, 3686, 4106, 1829 (ESP ciphers),
// RFC 2104, 2403, 2404, 4868 (HMAC), RFC 3526 (groups).
package alg

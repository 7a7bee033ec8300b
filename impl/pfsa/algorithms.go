package pfsa

import (
	"ikewit/impl/alg"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/pfkey"
)

// Supported lists the algorithms of a protocol that a database takes, for the answer to a REGISTER (RFC 2367 section
// 3.1.7). The NULL cipher is always there and not listed: a key length of 0 may not stand in the list (section 2.3.8).
func Supported(p sadb.Protocol, ciphers []*alg.Cipher, integrities []*alg.Integrity) []pfkey.Extension {
	auth := &pfkey.Supported{Which: pfkey.ExtSupportedAuth}
	for _, i := range firstOfEach(integrities, IntegrityNumber) {
		auth.Algorithms = append(auth.Algorithms, pfkey.Algorithm{
			ID: IntegrityNumber(i), MinBits: uint16(i.KeyBits), MaxBits: uint16(i.KeyBits),
		})
	}
	encrypt := &pfkey.Supported{Which: pfkey.ExtSupportedEncrypt}
	for _, c := range firstOfEach(ciphers, CipherNumber) {
		if c.MaxBits == 0 {
			continue
		}
		encrypt.Algorithms = append(encrypt.Algorithms, pfkey.Algorithm{
			ID: CipherNumber(c), IVLen: uint8(c.IV), MinBits: uint16(c.MinBits + 8*c.Salt), MaxBits: uint16(c.MaxBits + 8*c.Salt),
		})
	}
	if p == sadb.AH {
		return []pfkey.Extension{auth}
	}
	return []pfkey.Extension{auth, encrypt}
}

// firstOfEach keeps the first row of each number, and none of those without one: by its number the first row is found.
func firstOfEach[T any](rows []T, number func(T) uint8) []T {
	var list []T
	seen := map[uint8]bool{0: true}
	for _, r := range rows {
		if n := number(r); !seen[n] {
			seen[n] = true
			list = append(list, r)
		}
	}
	return list
}

// preferred are the algorithms that an ACQUIRE asks for, best first.
var (
	preferredCiphers     = []string{"aes", "3des", "blowfish", "des"}
	preferredIntegrities = []string{"hmac-sha256-128", "hmac-sha1-96", "hmac-md5-96"}
)

// Propose makes the proposal of an ACQUIRE, in order of preference, of what a database takes.
func Propose(p sadb.Protocol, ciphers []*alg.Cipher, integrities []*alg.Integrity) *pfkey.Proposal {
	proposal := &pfkey.Proposal{Replay: 32}
	for _, i := range chosen(integrities, preferredIntegrities, func(i *alg.Integrity) string { return i.Name }) {
		c := pfkey.Combination{Auth: IntegrityNumber(i), AuthMinBits: uint16(i.KeyBits), AuthMaxBits: uint16(i.KeyBits)}
		if p == sadb.AH {
			proposal.Combinations = append(proposal.Combinations, c)
		}
	}
	if p == sadb.AH {
		return proposal
	}
	for _, e := range chosen(ciphers, preferredCiphers, func(c *alg.Cipher) string { return c.Name }) {
		for _, i := range chosen(integrities, preferredIntegrities, func(i *alg.Integrity) string { return i.Name }) {
			proposal.Combinations = append(proposal.Combinations, pfkey.Combination{
				Auth: IntegrityNumber(i), AuthMinBits: uint16(i.KeyBits), AuthMaxBits: uint16(i.KeyBits),
				Encrypt: CipherNumber(e), EncryptMinBits: uint16(e.MinBits), EncryptMaxBits: uint16(e.MaxBits),
			})
		}
	}
	return proposal
}

// chosen gives the rows of those names, in the order of the names.
func chosen[T any](rows []T, names []string, name func(T) string) []T {
	var list []T
	for _, n := range names {
		for _, r := range rows {
			if name(r) == n {
				list = append(list, r)
			}
		}
	}
	return list
}

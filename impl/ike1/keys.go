package ike1

import (
	"ikewit/impl/alg"
	"ikewit/impl/keymat"
	"ikewit/impl/wire/ikehdr"
	"ikewit/impl/wire/isakmp"
)

var zeroCookie ikehdr.Cookie

// The shortest and the longest nonce, RFC 2409 section 5; and the length of ours.
const (
	minNonce = 8
	maxNonce = 256
	ownNonce = 16
)

// checkNonce looks at the length of the peer's nonce.
func (m *Machine) checkNonce(body []byte) error {
	if m.core.Broken(CheckNonceLength, len(body) < minNonce || len(body) > maxNonce) {
		return refuse(CheckNonceLength, isakmp.PayloadMalformed, isakmp.TypeNonce, "nonce of %d octets, must be %d to %d", len(body), minNonce, maxNonce)
	}
	return nil
}

// checkPublic looks at the peer's public value: whole, and none whose powers everybody knows.
func (m *Machine) checkPublic(g *alg.Group, public []byte) error {
	if m.core.Broken(CheckKELength, len(public) != g.Octets) {
		return refuse(CheckKELength, isakmp.InvalidKeyInformation, isakmp.TypeKE, "public value of %d octets, %v has %d", len(public), g, g.Octets)
	}
	if err := g.CheckPublic(public); m.core.Broken(CheckKEValue, err != nil) {
		return refuse(CheckKEValue, isakmp.InvalidKeyInformation, isakmp.TypeKE, "%w", err)
	}
	return nil
}

// firstIV is the IV of the first message of an exchange under the SA. RFC 2409 appendix B.
func (s *association) firstIV(id uint32) keymat.IV {
	return keymat.PhaseTwoIV(s.suite.hash, s.base, id)
}

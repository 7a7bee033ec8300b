package keymat

import (
	"encoding/binary"
	"fmt"

	"ikewit/impl/alg"
)

// Keymat derives keying material for one direction of one SA:
//
//	KEYMAT = K1 ‖ K2 ‖ ...
//	K1 = prf(SKEYID_d,         [g(qm)^xy ‖] protocol ‖ SPI ‖ Ni_b ‖ Nr_b)
//	Kn = prf(SKEYID_d, Kn-1 ‖  [g(qm)^xy ‖] protocol ‖ SPI ‖ Ni_b ‖ Nr_b)
//
// dh is g(qm)^xy, padded on the left to the group's length, or nil without PFS. protocol is the Protocol-Id of the
// proposal: 2 for AH, 3 for ESP. spi is the one that the receiver of this direction chose. ni and nr are the bodies of
// the Quick Mode nonces. The result is n octets and is the caller's to keep; Octets says how many an SA needs, Cut
// divides them.
//
// RFC 2409 section 5.5.
func (s *Secrets) Keymat(dh []byte, protocol uint8, spi uint32, ni, nr []byte, n int) alg.Key {
	prf := s.Hash.NewHMAC(s.D)
	which := binary.BigEndian.AppendUint32([]byte{protocol}, spi)
	out := make([]byte, 0, n+s.Hash.Size)
	var block []byte
	for len(out) < n {
		out = prf.Sum(out, block, dh, which, ni, nr)
		block = out[len(out)-s.Hash.Size:]
	}
	return out[:n:n]
}

// Octets is how much keying material an SA needs in one direction: the key of the cipher of so many bits with its
// salt, then the key of the integrity algorithm. Either may be nil: AH has no cipher, an AEAD no integrity algorithm.
func Octets(c *alg.Cipher, bits int, a *alg.Integrity) int {
	n := 0
	if c != nil {
		n += c.KeyOctets(bits)
	}
	if a != nil {
		n += a.KeyOctets()
	}
	return n
}

// Cut divides keying material into the key of the cipher, salt included, and the key of the integrity algorithm, in
// that order (RFC 2401 section 4.6.2). Both share the memory of keymat. The error says that the key length is none of
// the cipher's or that keymat has another length than Octets. Weak keys are alg.Cipher.CheckKey's business.
func Cut(keymat alg.Key, c *alg.Cipher, bits int, a *alg.Integrity) (cipherKey, integrityKey alg.Key, err error) {
	n := 0
	if c != nil {
		if err := c.CheckKeyBits(bits); err != nil {
			return nil, nil, err
		}
		n = c.KeyOctets(bits)
	}
	if want := Octets(c, bits, a); len(keymat) != want {
		return nil, nil, fmt.Errorf("%d octets of keying material, the algorithms take %d", len(keymat), want)
	}
	return keymat[:n:n], keymat[n:], nil
}

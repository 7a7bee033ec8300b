package keymat

import (
	"fmt"

	"ikewit/impl/alg"
)

// Secrets are the keys of one ISAKMP SA.
//
//	SKEYID    by authentication method, see SKEYIDPreShared and its siblings
//	D         SKEYID_d = prf(SKEYID, g^xy ‖ CKY-I ‖ CKY-R ‖ 0)                  keying material of IPsec SAs
//	A         SKEYID_a = prf(SKEYID, SKEYID_d ‖ g^xy ‖ CKY-I ‖ CKY-R ‖ 1)       authenticates messages
//	E         SKEYID_e = prf(SKEYID, SKEYID_a ‖ g^xy ‖ CKY-I ‖ CKY-R ‖ 2)       protects messages, through
//	CipherKey                                                                   the key of the phase 1 cipher
//
// RFC 2409 section 5.
type Secrets struct {
	Hash      *alg.Hash // the negotiated hash; its HMAC is the prf
	SKEYID    alg.Key
	D, A, E   alg.Key // each as long as the output of Hash
	CipherKey alg.Key // nil until SetCipher
}

// SKEYIDPreShared is SKEYID with pre-shared keys: prf(pre-shared-key, Ni_b ‖ Nr_b).
func SKEYIDPreShared(h *alg.Hash, psk alg.Key, ni, nr []byte) alg.Key {
	return h.PRF(psk, ni, nr)
}

// SKEYIDSignature is SKEYID with signatures: prf(Ni_b ‖ Nr_b, g^xy). The nonces are the key.
func SKEYIDSignature(h *alg.Hash, gxy, ni, nr []byte) alg.Key {
	return h.PRF(concat(ni, nr), gxy)
}

// SKEYIDEncryption is SKEYID with public key encryption, revised or not: prf(hash(Ni_b ‖ Nr_b), CKY-I ‖ CKY-R).
func SKEYIDEncryption(h *alg.Hash, ni, nr, ckyI, ckyR []byte) alg.Key {
	return h.PRF(h.Sum(ni, nr), ckyI, ckyR)
}

// Derive makes SKEYID_d, SKEYID_a and SKEYID_e. gxy is the shared secret, padded on the left to the group's length;
// ckyI and ckyR are the cookies of phase 1, 8 octets each, which never swap.
func Derive(h *alg.Hash, skeyid alg.Key, gxy, ckyI, ckyR []byte) *Secrets {
	prf := h.NewHMAC(skeyid)
	s := &Secrets{Hash: h, SKEYID: skeyid}
	s.D = prf.Sum(nil, gxy, ckyI, ckyR, []byte{0})
	s.A = prf.Sum(nil, s.D, gxy, ckyI, ckyR, []byte{1})
	s.E = prf.Sum(nil, s.A, gxy, ckyI, ckyR, []byte{2})
	return s
}

// SetCipher derives CipherKey for the negotiated cipher from SKEYID_e. See CipherKey for bits, weak and the errors.
func (s *Secrets) SetCipher(c *alg.Cipher, bits int, weak Weak) error {
	key, err := CipherKey(s.Hash, s.E, c, bits, weak)
	if err != nil {
		return err
	}
	s.CipherKey = key
	return nil
}

// Weak says what CipherKey does when the octets in line for a DES key make a weak or semi-weak one.
type Weak uint8

const (
	// UseWeak takes them, as all implementations that we know do.
	UseWeak Weak = iota
	// SkipWeak takes the next eight: "the first eight non-weak and non-semi-weak bytes" of RFC 2409 appendix B.
	SkipWeak
)

// CipherKey derives the key of a phase 1 cipher from a secret: SKEYID_e, or for revised RSA encryption Ne_i or Ne_r.
//
// bits is the key length, negotiated or the cipher's IKEBits. If the secret is long enough its leading octets are the
// key. If not, the key is the leading octets of K1 ‖ K2 ‖ ..., where K1 = prf(secret, 0) and Kn = prf(secret, Kn-1);
// the secret itself is no part of it. The error is about the key length, or alg.ErrWeakKey when SkipWeak runs out.
//
// RFC 2409 appendix B.
func CipherKey(h *alg.Hash, secret alg.Key, c *alg.Cipher, bits int, weak Weak) (alg.Key, error) {
	if err := c.CheckKeyBits(bits); err != nil {
		return nil, err
	}
	n := bits / 8
	material := secret
	if n > len(secret) {
		material = expand(h, secret, n)
	}
	if c.Name == "des" && weak == SkipWeak {
		for alg.WeakDESKey(material[:n]) {
			if material = material[n:]; len(material) < n {
				return nil, fmt.Errorf("no octets left for the phase 1 key: %w", alg.ErrWeakKey)
			}
		}
	}
	return concat(material[:n]), nil
}

// expand is K1 ‖ K2 ‖ ... of at least n octets.
func expand(h *alg.Hash, secret alg.Key, n int) []byte {
	prf := h.NewHMAC(secret)
	out := make([]byte, 0, n+h.Size)
	block := []byte{0}
	for len(out) < n {
		out = prf.Sum(out, block)
		block = out[len(out)-h.Size:]
	}
	return out
}

// concat returns the parts one after the other, in a new slice.
func concat(parts ...[]byte) []byte {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	out := make([]byte, 0, n)
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

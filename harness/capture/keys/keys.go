// Package keys derives what IKEv1 derives: SKEYID and its children, cipher keys, initialization vectors, the HASH
// payloads and KEYMAT. Everything takes octets from the wire; nothing is encoded again.
//
// Names follow RFC 2409 section 3.2: *Body is a payload without its generic header.
package keys

import (
	"fmt"

	"ikewit/harness/capture/crypt"
)

// Parties is what both ends put on the wire in phase 1 that keys and hashes depend on.
type Parties struct {
	ICookie, RCookie []byte // CKY-I, CKY-R
	NiBody, NrBody   []byte
	GXI, GXR         []byte // public values as sent
}

// Skeyids is SKEYID and what follows from it. Each may be nil if it is not known.
type Skeyids struct {
	SKEYID, D, A, E crypt.Secret
}

// Authentication is how SKEYID comes about.
type Authentication uint8

// The three ways of RFC 2409 section 5.
const (
	PSK Authentication = iota
	Signature
	PublicKey // encryption with a public key, plain or revised
)

// AuthenticationOf maps the Authentication Method attribute. XAUTH and hybrid methods derive as what they rest on.
func AuthenticationOf(method uint16) (Authentication, bool) {
	switch method {
	case 1, 65001, 65002:
		return PSK, true
	case 2, 3, 9, 10, 11, 64221, 64222, 64223, 64224, 65003, 65004, 65005, 65006:
		return Signature, true
	case 4, 5, 65007, 65008, 65009, 65010:
		return PublicKey, true
	}
	return 0, false
}

// Derive computes all four from the group's shared secret and, for PSK, the pre-shared key.
//
// RFC 2409 section 5.
func Derive(h *crypt.Hash, how Authentication, psk, shared crypt.Secret, p Parties) Skeyids {
	var s Skeyids
	switch how {
	case PSK:
		s.SKEYID = h.PRF(psk, p.NiBody, p.NrBody)
	case Signature:
		s.SKEYID = h.PRF(append(append([]byte(nil), p.NiBody...), p.NrBody...), shared)
	case PublicKey:
		s.SKEYID = h.PRF(h.Sum(p.NiBody, p.NrBody), p.ICookie, p.RCookie)
	}
	s.D = h.PRF(s.SKEYID, shared, p.ICookie, p.RCookie, []byte{0})
	s.A = h.PRF(s.SKEYID, s.D, shared, p.ICookie, p.RCookie, []byte{1})
	s.E = h.PRF(s.SKEYID, s.A, shared, p.ICookie, p.RCookie, []byte{2})
	return s
}

// CipherKey is Ka: octets of SKEYID_e, or of its expansion if it is too short. For DES the first eight octets that
// are no weak key.
//
// RFC 2409 appendix B.
func CipherKey(h *crypt.Hash, c *crypt.Cipher, e crypt.Secret, octets int) (crypt.Secret, error) {
	ka := []byte(e)
	if octets > len(e) {
		ka = nil
		for k := []byte{0}; len(ka) < octets; {
			k = h.PRF(e, k)
			ka = append(ka, k...)
		}
	}
	for len(ka) >= octets {
		if c.Name != "des" || !crypt.WeakDES(ka[:8]) {
			return ka[:octets:octets], nil
		}
		ka = ka[8:]
	}
	return nil, fmt.Errorf("SKEYID_e gives no %s key that is not weak", c.Name)
}

// IV1 is the IV of the first encrypted message of phase 1. RFC 2409 appendix B.
func IV1(h *crypt.Hash, block int, gxi, gxr []byte) []byte {
	return h.Sum(gxi, gxr)[:block]
}

// IV2 is the IV of the first message of an exchange under phase 1, whose last ciphertext block was last.
//
// RFC 2409 appendix B.
func IV2(h *crypt.Hash, block int, last []byte, messageID [4]byte) []byte {
	return h.Sum(last, messageID[:])[:block]
}

// HashI is HASH_I. saiBody is the initiator's SA as received, idBody the initiator's identity.
//
// RFC 2409 section 5.
func HashI(h *crypt.Hash, skeyid crypt.Secret, p Parties, saiBody, idBody []byte) []byte {
	return h.PRF(skeyid, p.GXI, p.GXR, p.ICookie, p.RCookie, saiBody, idBody)
}

// HashR is HASH_R: public values and cookies change places, the SA does not.
func HashR(h *crypt.Hash, skeyid crypt.Secret, p Parties, saiBody, idBody []byte) []byte {
	return h.PRF(skeyid, p.GXR, p.GXI, p.RCookie, p.ICookie, saiBody, idBody)
}

// Hash1 is HASH(1) of Quick Mode, and the hash of informational, transaction and new group messages: rest is all
// that follows the HASH payload, padding left out. RFC 2409 sections 5.5 to 5.7.
func Hash1(h *crypt.Hash, a crypt.Secret, messageID [4]byte, rest []byte) []byte {
	return h.PRF(a, messageID[:], rest)
}

// Hash2 is HASH(2) of Quick Mode.
func Hash2(h *crypt.Hash, a crypt.Secret, messageID [4]byte, niBody, rest []byte) []byte {
	return h.PRF(a, messageID[:], niBody, rest)
}

// Hash3 is HASH(3) of Quick Mode.
func Hash3(h *crypt.Hash, a crypt.Secret, messageID [4]byte, niBody, nrBody []byte) []byte {
	return h.PRF(a, []byte{0}, messageID[:], niBody, nrBody)
}

// Keymat derives octets of keying material for one SA in one direction: spi is the one that its receiver chose.
// shared is g(qm)^xy, or nil without PFS.
//
// RFC 2409 section 5.5.
func Keymat(h *crypt.Hash, d, shared crypt.Secret, protocol uint8, spi, niBody, nrBody []byte, octets int) crypt.Secret {
	var all, k []byte
	for len(all) < octets {
		k = h.PRF(d, k, shared, []byte{protocol}, spi, niBody, nrBody)
		all = append(all, k...)
	}
	return all[:octets:octets]
}

package keymat

import (
	"crypto/subtle"
	"encoding/binary"

	"ikewit/impl/alg"
)

// A Transcript is what both HASHes of phase 1 cover beside the identity. All octets are as sent, whoever computes.
type Transcript struct {
	GXi, GXr   []byte // public values: bodies of the KE payloads
	CkyI, CkyR []byte // cookies, 8 octets each
	SAi        []byte // SAi_b: body of the initiator's SA payload, with all it offered
}

// HashI is HASH_I = prf(SKEYID, g^xi ‖ g^xr ‖ CKY-I ‖ CKY-R ‖ SAi_b ‖ IDii_b).
//
// h is the negotiated hash, except below a DSS signature: there it is SHA-1 (RFC 2409 section 5.1). idii is the body
// of the initiator's ID payload, with type, protocol and port.
func (t *Transcript) HashI(h *alg.Hash, skeyid alg.Key, idii []byte) []byte {
	return h.PRF(skeyid, t.GXi, t.GXr, t.CkyI, t.CkyR, t.SAi, idii)
}

// HashR is HASH_R = prf(SKEYID, g^xr ‖ g^xi ‖ CKY-R ‖ CKY-I ‖ SAi_b ‖ IDir_b): public values and cookies swap, the
// SA is still the initiator's.
func (t *Transcript) HashR(h *alg.Hash, skeyid alg.Key, idir []byte) []byte {
	return h.PRF(skeyid, t.GXr, t.GXi, t.CkyR, t.CkyI, t.SAi, idir)
}

// HashI is HASH_I with the negotiated hash.
func (s *Secrets) HashI(t *Transcript, idii []byte) []byte { return t.HashI(s.Hash, s.SKEYID, idii) }

// HashR is HASH_R with the negotiated hash.
func (s *Secrets) HashR(t *Transcript, idir []byte) []byte { return t.HashR(s.Hash, s.SKEYID, idir) }

// Hash1 is prf(SKEYID_a, M-ID ‖ rest), where rest is everything behind the HASH payload, generic headers included,
// padding of the cipher not included. It is
//
//	HASH(1) of Quick Mode              section 5.5
//	HASH(1) of an Informational        section 5.7
//	HASH(1) and HASH(2) of New Group Mode, which has no nonces    section 5.6
//	HASH of every message of the transaction exchange
func (s *Secrets) Hash1(msgID uint32, rest []byte) []byte {
	return s.Hash.PRF(s.A, messageID(msgID), rest)
}

// Hash2 is HASH(2) of Quick Mode: prf(SKEYID_a, M-ID ‖ Ni_b ‖ rest), rest as in Hash1.
func (s *Secrets) Hash2(msgID uint32, ni, rest []byte) []byte {
	return s.Hash.PRF(s.A, messageID(msgID), ni, rest)
}

// Hash3 is HASH(3) of Quick Mode: prf(SKEYID_a, 0 ‖ M-ID ‖ Ni_b ‖ Nr_b), where 0 is one octet.
func (s *Secrets) Hash3(msgID uint32, ni, nr []byte) []byte {
	return s.Hash.PRF(s.A, []byte{0}, messageID(msgID), ni, nr)
}

// Equal compares two HASHes in constant time. Different lengths are different.
func Equal(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }

func messageID(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

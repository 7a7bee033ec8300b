package keymat

import (
	"errors"

	"ikewit/impl/alg"
)

// ErrPadding: the last octet of a payload names more padding than there is.
var ErrPadding = errors.New("padding is longer than the payload")

// RevisedNonceKey is Ne of revised RSA encryption: prf(Ni_b, CKY-I) for the initiator's payloads, prf(Nr_b, CKY-R) for
// the responder's. CipherKey makes the key Ke of it. The IV of the first payload encrypted under Ke is zero, that of
// the next ones the last block of the payload before.
//
// RFC 2409 section 5.3.
func RevisedNonceKey(h *alg.Hash, nonce, cookie []byte) alg.Key { return h.PRF(nonce, cookie) }

// PadCounted appends zero octets and then one octet that counts them, itself not included, up to a whole number of
// blocks. There is always that octet. The body of each payload under Ke is padded so.
//
// RFC 2409 section 5.3.
func PadCounted(body []byte, block int) []byte {
	n := 0
	for (len(body)+1)%block != 0 {
		body = append(body, 0)
		n++
	}
	return append(body, byte(n))
}

// Unpad takes the padding of PadCounted away. What the padding holds is not looked at. The error is ErrPadding.
func Unpad(body []byte) ([]byte, error) {
	if len(body) == 0 {
		return nil, ErrPadding
	}
	n := len(body) - 1 - int(body[len(body)-1])
	if n < 0 {
		return nil, ErrPadding
	}
	return body[:n], nil
}

package keymat

import (
	"fmt"

	"ikewit/impl/alg"
)

// An IV is the IV of the next message of one exchange. It is a value: Encrypt and Decrypt return what the following
// message would take, and the caller keeps that once the message proves good, so that junk does not move the chain
// (RFC 2409 section 10).
//
//	phase 1   PhaseOneIV ── MM5 ── MM6                     the last block of MM6 is the base of all below
//	                                │
//	QM, INF   PhaseTwoIV(base, message id of this exchange) ── QM1 ── QM2 ── QM3
//
// The zero value has no octets and encrypts nothing.
type IV struct {
	octets [maxBlock]byte
	size   uint8
}

// maxBlock is the largest block of a phase 1 cipher: AES.
const maxBlock = 16

// PhaseOneIV is the IV of the first encrypted message of phase 1: hash(g^xi ‖ g^xr), the hash itself and not the prf,
// cut to the cipher's block. block is alg.Cipher.Block: 8 or 16.
//
// RFC 2409 appendix B.
func PhaseOneIV(h *alg.Hash, block int, gxi, gxr []byte) IV {
	return NewIV(h.Sum(gxi, gxr)[:block])
}

// PhaseTwoIV is the IV of the first message of an exchange after phase 1: hash(base ‖ M-ID), cut to the length of
// base. base is the IV that the last message of phase 1 left, that is its last block of ciphertext, for the whole life
// of the ISAKMP SA; if that message was sent in clear, PhaseOneIV stands in for it.
//
// RFC 2409 appendix B.
func PhaseTwoIV(h *alg.Hash, base IV, msgID uint32) IV {
	return NewIV(h.Sum(base.Octets(), messageID(msgID))[:base.size])
}

// NewIV makes an IV of the octets of one block: of 8 or 16 zeros for revised RSA encryption, or what a test wants.
func NewIV(block []byte) IV {
	iv := IV{size: uint8(min(len(block), maxBlock))}
	copy(iv.octets[:], block)
	return iv
}

// Octets returns the IV itself: one block, the caller's.
func (iv IV) Octets() []byte { return iv.octets[:iv.size] }

// Encrypt encrypts data in place and returns the IV for the next message: the last block of ciphertext. data is one
// block or more, whole; Pad makes it so. The error is alg.ErrNotBlocks, and data is untouched.
func (iv IV) Encrypt(c alg.CBC, data []byte) (IV, error) {
	if len(data) == 0 {
		return iv, fmt.Errorf("nothing to encrypt: %w", alg.ErrNotBlocks)
	}
	if err := c.Encrypt(iv.octets[:iv.size], data); err != nil {
		return iv, err
	}
	return NewIV(data[len(data)-int(iv.size):]), nil
}

// Decrypt decrypts data in place and returns the IV for the next message: the last block of ciphertext. The error is
// alg.ErrNotBlocks, for a body that is empty or no whole number of blocks, and data is untouched.
func (iv IV) Decrypt(c alg.CBC, data []byte) (IV, error) {
	n := len(data) - c.BlockSize()
	if n < 0 {
		return iv, fmt.Errorf("%d octets of ciphertext are less than one block: %w", len(data), alg.ErrNotBlocks)
	}
	next := NewIV(data[n:])
	if err := c.Decrypt(iv.octets[:iv.size], data); err != nil {
		return iv, err
	}
	return next, nil
}

// Pad appends zero octets up to a whole number of blocks, none if there is nothing to fill (RFC 2409 appendix B). A
// receiver does not look for padding: the payloads say where they end.
func Pad(data []byte, block int) []byte {
	for len(data)%block != 0 {
		data = append(data, 0)
	}
	return data
}

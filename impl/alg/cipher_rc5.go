package alg

import (
	"crypto/cipher"
	"encoding/binary"
	"math/bits"
)

// rc5 is RC5 with words of 32 bits: RFC 2040. IPsec and IKE use 16 rounds (RFC 2451 section 2.5, RFC 2409 appendix A).
type rc5 struct {
	first [2]uint32   // added before the first round
	round [][2]uint32 // two words for each round
}

// rc5Rounds is what both protocols use.
const rc5Rounds = 16

func newRC5(key []byte) (cipher.Block, error) { return expandRC5(key, rc5Rounds), nil }

// expandRC5 makes the words of the key schedule: RFC 2040 section 5. The key is 1 to 255 octets.
func expandRC5(key []byte, rounds int) *rc5 {
	secret := make([]uint32, (len(key)+3)/4)
	for i, k := range key {
		secret[i/4] |= uint32(k) << (8 * (i % 4))
	}
	s := make([]uint32, 2*(rounds+1))
	s[0] = 0xb7e15163 // the odd integer nearest to (e-2) 2^32
	for i := 1; i < len(s); i++ {
		s[i] = s[i-1] + 0x9e3779b9 // nearest to (golden ratio - 1) 2^32
	}
	var a, b uint32
	for n := range 3 * max(len(s), len(secret)) {
		i, j := n%len(s), n%len(secret)
		a = bits.RotateLeft32(s[i]+a+b, 3)
		s[i] = a
		b = bits.RotateLeft32(secret[j]+a+b, int((a+b)&31))
		secret[j] = b
	}
	c := &rc5{first: [2]uint32(s), round: make([][2]uint32, rounds)}
	for i := range c.round {
		c.round[i] = [2]uint32(s[2*i+2:])
	}
	return c
}

func (c *rc5) BlockSize() int { return 8 }

func (c *rc5) Encrypt(dst, src []byte) {
	a := binary.LittleEndian.Uint32(src) + c.first[0]
	b := binary.LittleEndian.Uint32(src[4:]) + c.first[1]
	for i := range c.round {
		s := &c.round[i]
		a = bits.RotateLeft32(a^b, int(b&31)) + s[0]
		b = bits.RotateLeft32(b^a, int(a&31)) + s[1]
	}
	binary.LittleEndian.PutUint32(dst, a)
	binary.LittleEndian.PutUint32(dst[4:], b)
}

func (c *rc5) Decrypt(dst, src []byte) {
	a := binary.LittleEndian.Uint32(src)
	b := binary.LittleEndian.Uint32(src[4:])
	for i := len(c.round) - 1; i >= 0; i-- {
		s := &c.round[i]
		b = bits.RotateLeft32(b-s[1], -int(a&31)) ^ a
		a = bits.RotateLeft32(a-s[0], -int(b&31)) ^ b
	}
	binary.LittleEndian.PutUint32(dst, a-c.first[0])
	binary.LittleEndian.PutUint32(dst[4:], b-c.first[1])
}

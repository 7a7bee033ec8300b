package alg

import (
	"crypto/cipher"
	"encoding/binary"
)

// idea is IDEA of Lai and Massey: 8 rounds and half a round, on words of 16 bits (RFC 2451 section 2). It mixes three
// operations: XOR, addition modulo 2^16, and multiplication modulo 2^16+1, where a word of zero stands for 2^16.
type idea struct {
	enc, dec [ideaWords]uint16
}

// ideaWords is six words for each round, and four for the half.
const ideaWords = 6*8 + 4

// newIDEA takes a key of 16 octets. The subkeys are its words; after every eight of them it is rotated left by 25 bits.
func newIDEA(key []byte) (cipher.Block, error) {
	c := new(idea)
	hi, lo := binary.BigEndian.Uint64(key), binary.BigEndian.Uint64(key[8:])
	for i := range c.enc {
		if i > 0 && i%8 == 0 {
			hi, lo = hi<<25|lo>>39, lo<<25|hi>>39
		}
		half := hi
		if i%8 >= 4 {
			half = lo
		}
		c.enc[i] = uint16(half >> (48 - 16*(i%4)))
	}
	c.invert()
	return c, nil
}

// invert makes the subkeys of decryption: the rounds in reverse order, with the inverses of the words that are
// multiplied or added. The two added ones change places, except at both ends, as the middle words of a block do between
// rounds.
func (c *idea) invert() {
	for round := range 9 {
		from, to := c.enc[6*(8-round):], c.dec[6*round:]
		to[0], to[3] = ideaInverse(from[0]), ideaInverse(from[3])
		to[1], to[2] = -from[2], -from[1]
		if round == 0 || round == 8 {
			to[1], to[2] = -from[1], -from[2]
		}
		if round < 8 {
			copy(to[4:6], c.enc[6*(7-round)+4:])
		}
	}
}

func (c *idea) BlockSize() int { return 8 }

func (c *idea) Encrypt(dst, src []byte) { ideaCrypt(&c.enc, dst, src) }
func (c *idea) Decrypt(dst, src []byte) { ideaCrypt(&c.dec, dst, src) }

func ideaCrypt(key *[ideaWords]uint16, dst, src []byte) {
	x0, x1 := binary.BigEndian.Uint16(src), binary.BigEndian.Uint16(src[2:])
	x2, x3 := binary.BigEndian.Uint16(src[4:]), binary.BigEndian.Uint16(src[6:])
	k := key[:]
	for ; len(k) >= 6; k = k[6:] {
		x0, x1, x2, x3 = ideaMul(x0, k[0]), x1+k[1], x2+k[2], ideaMul(x3, k[3])
		s := ideaMul(x0^x2, k[4])
		t := ideaMul((x1^x3)+s, k[5])
		s += t
		x0, x1, x2, x3 = x0^t, x2^t, x1^s, x3^s
	}
	// The half round takes the middle words as they were before they changed places.
	binary.BigEndian.PutUint16(dst, ideaMul(x0, k[0]))
	binary.BigEndian.PutUint16(dst[2:], x2+k[1])
	binary.BigEndian.PutUint16(dst[4:], x1+k[2])
	binary.BigEndian.PutUint16(dst[6:], ideaMul(x3, k[3]))
}

// ideaMul multiplies modulo 2^16+1. With a b = hi 2^16 + lo, and 2^16 = -1, the product is lo - hi.
func ideaMul(a, b uint16) uint16 {
	p := uint32(a) * uint32(b)
	if p == 0 {
		return 1 - a - b // one of them is zero, which is -1: the product is minus the other
	}
	lo, hi := uint16(p), uint16(p>>16)
	if lo < hi {
		return lo - hi + 1
	}
	return lo - hi
}

// ideaInverse is a^(2^16-1): by Fermat's theorem the inverse, as 2^16+1 is prime.
func ideaInverse(a uint16) uint16 {
	inv := a
	for range 15 {
		inv = ideaMul(ideaMul(inv, inv), a)
	}
	return inv
}

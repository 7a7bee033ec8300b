package alg

import (
	"crypto/cipher"
	"encoding/binary"
	"math/bits"
)

// cast is CAST-128, also called CAST5: RFC 2144. golang.org/x/crypto/cast5 knows the full key length only.
type cast struct {
	rounds int
	mask   [16]uint32 // Km1 ... Km16
	rotate [16]uint8  // Kr1 ... Kr16
}

// newCAST takes a key of 5 to 16 octets. Up to 80 bits there are 12 rounds, else 16; a short key is filled up with
// zeros on the right (RFC 2144 section 2.5).
func newCAST(key []byte) (cipher.Block, error) {
	c := &cast{rounds: 16}
	if len(key) <= 10 {
		c.rounds = 12
	}
	var s castSchedule
	copy(s[:16], key)
	for i := range c.mask {
		c.mask[i] = s.next(i)
	}
	for i := range c.rotate {
		c.rotate[i] = uint8(s.next(i) & 31)
	}
	return c, nil
}

func (c *cast) BlockSize() int { return 8 }

func (c *cast) Encrypt(dst, src []byte) {
	l, r := binary.BigEndian.Uint32(src), binary.BigEndian.Uint32(src[4:])
	for i := 0; i < 12; i += 3 {
		l, r = r, l^c.f1(i, r)
		l, r = r, l^c.f2(i+1, r)
		l, r = r, l^c.f3(i+2, r)
	}
	if c.rounds == 16 {
		l, r = r, l^c.f1(12, r)
		l, r = r, l^c.f2(13, r)
		l, r = r, l^c.f3(14, r)
		l, r = r, l^c.f1(15, r)
	}
	binary.BigEndian.PutUint32(dst, r)
	binary.BigEndian.PutUint32(dst[4:], l)
}

func (c *cast) Decrypt(dst, src []byte) {
	l, r := binary.BigEndian.Uint32(src), binary.BigEndian.Uint32(src[4:])
	if c.rounds == 16 {
		l, r = r, l^c.f1(15, r)
		l, r = r, l^c.f3(14, r)
		l, r = r, l^c.f2(13, r)
		l, r = r, l^c.f1(12, r)
	}
	for i := 9; i >= 0; i -= 3 {
		l, r = r, l^c.f3(i+2, r)
		l, r = r, l^c.f2(i+1, r)
		l, r = r, l^c.f1(i, r)
	}
	binary.BigEndian.PutUint32(dst, r)
	binary.BigEndian.PutUint32(dst[4:], l)
}

// The three round functions take turns: RFC 2144 section 2.2.

func (c *cast) f1(i int, d uint32) uint32 {
	d = bits.RotateLeft32(c.mask[i&15]+d, int(c.rotate[i&15]))
	s := &castBoxes
	return (s[0][d>>24] ^ s[1][byte(d>>16)]) - s[2][byte(d>>8)] + s[3][byte(d)]
}

func (c *cast) f2(i int, d uint32) uint32 {
	d = bits.RotateLeft32(c.mask[i&15]^d, int(c.rotate[i&15]))
	s := &castBoxes
	return (s[0][d>>24] - s[1][byte(d>>16)] + s[2][byte(d>>8)]) ^ s[3][byte(d)]
}

func (c *cast) f3(i int, d uint32) uint32 {
	d = bits.RotateLeft32(c.mask[i&15]-d, int(c.rotate[i&15]))
	s := &castBoxes
	return ((s[0][d>>24] + s[1][byte(d>>16)]) ^ s[2][byte(d>>8)]) - s[3][byte(d)]
}

// castSchedule are the octets x0 to xF and, behind them, z0 to zF of RFC 2144 section 2.4.
type castSchedule [32]byte

// next makes subkey i+1, for i from 0 to 15; after the last one it is ready to make 17 to 32 the same way. Before every
// fourth subkey, z is made anew from x, or x from z.
func (s *castSchedule) next(i int) uint32 {
	if i%4 == 0 {
		for _, step := range castSteps[i/4%2] {
			word := binary.BigEndian.Uint32(s[step.from:]) ^ s.mix(step.octets, step.box)
			binary.BigEndian.PutUint32(s[step.to:], word)
		}
	}
	return s.mix(castSubkeys[i], 4+i%4)
}

// mix is S5[a] ^ S6[b] ^ S7[c] ^ S8[d] ^ Sbox[e], where the five octets are named by where they lie.
func (s *castSchedule) mix(at [5]uint8, box int) uint32 {
	return castBoxes[4][s[at[0]]] ^ castBoxes[5][s[at[1]]] ^ castBoxes[6][s[at[2]]] ^ castBoxes[7][s[at[3]]] ^
		castBoxes[box][s[at[4]]]
}

// castSteps say how z is made from x, and x from z: a word of the other four octets, XOR mix. Octets 0x00 to 0x0f are
// x0 to xF, 0x10 to 0x1f are z0 to zF; boxes count from 0.
var castSteps = [2][4]struct {
	to, from int
	octets   [5]uint8
	box      int
}{
	{
		{0x10, 0x00, [5]uint8{0x0d, 0x0f, 0x0c, 0x0e, 0x08}, 6},
		{0x14, 0x08, [5]uint8{0x10, 0x12, 0x11, 0x13, 0x0a}, 7},
		{0x18, 0x0c, [5]uint8{0x17, 0x16, 0x15, 0x14, 0x09}, 4},
		{0x1c, 0x04, [5]uint8{0x1a, 0x19, 0x1b, 0x18, 0x0b}, 5},
	}, {
		{0x00, 0x18, [5]uint8{0x15, 0x17, 0x14, 0x16, 0x10}, 6},
		{0x04, 0x10, [5]uint8{0x00, 0x02, 0x01, 0x03, 0x12}, 7},
		{0x08, 0x14, [5]uint8{0x07, 0x06, 0x05, 0x04, 0x11}, 4},
		{0x0c, 0x1c, [5]uint8{0x0a, 0x09, 0x0b, 0x08, 0x13}, 5},
	},
}

// castSubkeys are the octets that make K1 to K16, and K17 to K32.
var castSubkeys = [16][5]uint8{
	{0x18, 0x19, 0x17, 0x16, 0x12}, {0x1a, 0x1b, 0x15, 0x14, 0x16},
	{0x1c, 0x1d, 0x13, 0x12, 0x19}, {0x1e, 0x1f, 0x11, 0x10, 0x1c},
	{0x03, 0x02, 0x0c, 0x0d, 0x08}, {0x01, 0x00, 0x0e, 0x0f, 0x0d},
	{0x07, 0x06, 0x08, 0x09, 0x03}, {0x05, 0x04, 0x0a, 0x0b, 0x07},
	{0x13, 0x12, 0x1c, 0x1d, 0x19}, {0x11, 0x10, 0x1e, 0x1f, 0x1c},
	{0x17, 0x16, 0x18, 0x19, 0x12}, {0x15, 0x14, 0x1a, 0x1b, 0x16},
	{0x08, 0x09, 0x07, 0x06, 0x03}, {0x0a, 0x0b, 0x05, 0x04, 0x07},
	{0x0c, 0x0d, 0x03, 0x02, 0x08}, {0x0e, 0x0f, 0x01, 0x00, 0x0d},
}

package alg

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// desCBC is DES or 3DES (FIPS 46-3) in CBC mode, made faster than crypto/des by these:
//
//   - The halves of a block are kept expanded: the eight groups of six bits that the expansion E gives to the S-boxes
//     are the octets of a uint64. A round is then eight table look-ups. A table holds an S-box with P and the E of the
//     next round behind it, which are linear.
//   - The halves are also kept with the round key added that they are about to meet. See desSchedule.
//   - 3DES leaves out the final and initial permutations between its three passes: they undo each other.
//   - Chaining is done between the initial and the final permutation, so that these do not wait for one another.
//   - Decryption, where blocks do not depend on each other, works on two blocks at a time.
//
// Look-ups depend on secrets, as in every DES by tables: an observer who shares the cache may learn from their time.
type desCBC struct {
	tables   *desTables
	enc, dec []desSchedule // one pass for DES, three for 3DES
}

// desKeys are the keys of rounds 1 to 16, laid out as an expanded half.
type desKeys [16]uint64

// A desSchedule is what one pass adds to its halves. With the round keys K1 to K16, and R(-1), R(0) the halves before
// the first round, DES is R(i) = R(i-2) + f(R(i-1) + Ki). To have no key in the way from one look-up to the next, the
// pass computes X(i) = R(i-1) + Ki instead:
//
//	X(i+1) = X(i-1) + Di + f(X(i)),   Di = K(i-1) + K(i+1),   K0 = K17 = 0
//
// [0] is K1, [1] to [16] are D1 to D16, [17] is K16.
type desSchedule [18]uint64

func newDES(key []byte) (CBC, error) {
	k := newDESKeys(key)
	return &desCBC{
		tables: theDESTables(),
		enc:    []desSchedule{k.forward()},
		dec:    []desSchedule{k.backward()},
	}, nil
}

func new3DES(key []byte) (CBC, error) {
	k1, k2, k3 := newDESKeys(key[:8]), newDESKeys(key[8:16]), newDESKeys(key[16:])
	return &desCBC{
		tables: theDESTables(),
		enc:    []desSchedule{k1.forward(), k2.backward(), k3.forward()},
		dec:    []desSchedule{k3.backward(), k2.forward(), k1.backward()},
	}, nil
}

func (c *desCBC) BlockSize() int { return 8 }

func (c *desCBC) Encrypt(iv, data []byte) error {
	if err := checkBlocks(8, iv, data); err != nil {
		return err
	}
	h := desInitial(iv)
	for ; len(data) >= 8; data = data[8:] {
		d := desInitial(data)
		h = desCrypt(c.tables, c.enc, desHalves{h.l ^ d.l, h.r ^ d.r})
		binary.BigEndian.PutUint64(data, desFinal(h))
	}
	return nil
}

func (c *desCBC) Decrypt(iv, data []byte) error {
	if err := checkBlocks(8, iv, data); err != nil {
		return err
	}
	last := binary.BigEndian.Uint64(iv)
	for ; len(data) >= 16; data = data[16:] {
		first, second := binary.BigEndian.Uint64(data), binary.BigEndian.Uint64(data[8:])
		x, y := desCrypt2(c.tables, c.dec, desInitial(data), desInitial(data[8:]))
		binary.BigEndian.PutUint64(data, desFinal(x)^last)
		binary.BigEndian.PutUint64(data[8:], desFinal(y)^first)
		last = second
	}
	if len(data) == 8 {
		h := desCrypt(c.tables, c.dec, desInitial(data))
		binary.BigEndian.PutUint64(data, desFinal(h)^last)
	}
	return nil
}

// desHalves are the two halves of a block, expanded.
type desHalves struct{ l, r uint64 }

// desCrypt runs the passes over one block. Each pass ends with its halves exchanged.
func desCrypt(t *desTables, passes []desSchedule, h desHalves) desHalves {
	for p := range passes {
		s := &passes[p]
		w, x := h.l, h.r^s[0]
		for d := s[1:17]; len(d) >= 2; d = d[2:] {
			w = desRound(t, w^d[0], x)
			x = desRound(t, x^d[1], w)
		}
		h = desHalves{x, w ^ s[17]}
	}
	return h
}

// desCrypt2 is desCrypt for two blocks: while one waits for its table look-ups, the other goes on.
func desCrypt2(t *desTables, passes []desSchedule, h, g desHalves) (desHalves, desHalves) {
	for p := range passes {
		s := &passes[p]
		w, x := h.l, h.r^s[0]
		y, z := g.l, g.r^s[0]
		for d := s[1:17]; len(d) >= 2; d = d[2:] {
			w = desRound(t, w^d[0], x)
			y = desRound(t, y^d[0], z)
			x = desRound(t, x^d[1], w)
			z = desRound(t, z^d[1], y)
		}
		h, g = desHalves{x, w ^ s[17]}, desHalves{z, y ^ s[17]}
	}
	return h, g
}

// desRound is w + f(x). What is ready first is added first: w, then the look-ups that take the fewest steps.
func desRound(t *desTables, w, x uint64) uint64 {
	return (w ^ t[7][byte(x)] ^ t[0][x>>56]) ^ (t[6][byte(x>>8)] ^ t[5][byte(x>>16)]) ^
		((t[1][byte(x>>48)] ^ t[2][byte(x>>40)]) ^ (t[3][byte(x>>32)] ^ t[4][byte(x>>24)]))
}

// desInitial is the initial permutation: bits are exchanged between the halves in ever smaller groups. The halves come
// out expanded.
func desInitial(block []byte) desHalves {
	l, r := binary.BigEndian.Uint32(block), binary.BigEndian.Uint32(block[4:])
	t := (l>>4 ^ r) & 0x0f0f0f0f
	l, r = l^t<<4, r^t
	t = (l>>16 ^ r) & 0x0000ffff
	l, r = l^t<<16, r^t
	t = (r>>2 ^ l) & 0x33333333
	l, r = l^t, r^t<<2
	t = (r>>8 ^ l) & 0x00ff00ff
	l, r = l^t, r^t<<8
	t = (l>>1 ^ r) & 0x55555555
	l, r = l^t<<1, r^t
	return desHalves{desExpand(l), desExpand(r)}
}

// desFinal undoes desInitial.
func desFinal(h desHalves) uint64 {
	l, r := desContract(h.l), desContract(h.r)
	t := (l>>1 ^ r) & 0x55555555
	l, r = l^t<<1, r^t
	t = (r>>8 ^ l) & 0x00ff00ff
	l, r = l^t, r^t<<8
	t = (r>>2 ^ l) & 0x33333333
	l, r = l^t, r^t<<2
	t = (l>>16 ^ r) & 0x0000ffff
	l, r = l^t<<16, r^t
	t = (l>>4 ^ r) & 0x0f0f0f0f
	l, r = l^t<<4, r^t
	return uint64(l)<<32 | uint64(r)
}

// desExpand is the expansion E. With bit 1 the leftmost, the S-boxes take the bits
//
//	32 1-5 | 4-9 | 8-13 | 12-17 | 16-21 | 20-25 | 24-29 | 28-32 1
//
// Those of S-boxes 1, 3, 5, 7 lie eight bits apart and make the upper half of the result, the others the lower half.
func desExpand(half uint32) uint64 {
	odd, even := bits.RotateLeft32(half, -3), bits.RotateLeft32(half, 1)
	return uint64(odd&0x3f3f3f3f)<<32 | uint64(even&0x3f3f3f3f)
}

// desContract undoes desExpand. Each octet has two bits of its own and shares four with its neighbours.
func desContract(expanded uint64) uint32 {
	return bits.RotateLeft32(uint32(expanded>>32), 3) | bits.RotateLeft32(uint32(expanded), -1)
}

// desPlace is how far up in an expanded half the six bits of an S-box lie. Boxes count from 0.
func desPlace(box int) int { return 56 - 32*(box%2) - 8*(box/2) }

// newDESKeys makes the round keys of eight octets; their parity bits are not looked at.
func newDESKeys(key []byte) (k desKeys) {
	c := permute(binary.BigEndian.Uint64(key), 64, desPC1[:])
	left, right := uint32(c>>28), uint32(c&(1<<28-1))
	for i := range k {
		n := desShifts[i]
		left = (left<<n | left>>(28-n)) & (1<<28 - 1)
		right = (right<<n | right>>(28-n)) & (1<<28 - 1)
		round := permute(uint64(left)<<28|uint64(right), 56, desPC2[:])
		for box := range 8 {
			k[i] |= round >> (42 - 6*box) & 63 << desPlace(box)
		}
	}
	return k
}

// forward is the schedule of encryption. Ki is in the two D beside it; K1 and K16 have nobody to share an end with.
func (k desKeys) forward() (s desSchedule) {
	for i, key := range k {
		s[i] ^= key
		s[i+2] ^= key
	}
	return s
}

// backward is the schedule of decryption: the round keys in reverse order.
func (k desKeys) backward() desSchedule {
	slices.Reverse(k[:])
	return k.forward()
}

// permute picks bits of v, which is width bits wide, as the tables of FIPS 46-3 do: bit 1 is the leftmost.
func permute(v uint64, width int, table []uint8) (out uint64) {
	for _, from := range table {
		out = out<<1 | v>>(width-int(from))&1
	}
	return out
}

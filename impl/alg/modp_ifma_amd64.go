//go:build !purego

package alg

import (
	"math/big"

	"golang.org/x/sys/cpu"
)

// ifmaField multiplies with the 52-bit multiply-add instructions of AVX-512 (Intel since Ice Lake, AMD since Zen 4),
// two to ten times as fast as the portable field.
//
// A number is a row of digits of 52 bits, one to a word, lowest first, filled up with zeros to whole vectors of eight
// words. It is below 2p and in Montgomery's form: x stands for x·R mod p, with R = 2^(52·digits) above 4p, so that
// products of such numbers are such numbers again and nothing has to be subtracted (Gueron, "Efficient software
// implementations of modular exponentiation", 2012). The lowest digit of p must be 2^52-1; all primes of RFC 2409 and
// RFC 3526 end with 64 one bits.
type ifmaField struct {
	prime    []uint // digits of p
	digits   int    // of R: those that multiplication steps over
	multiply func(z, a, b, p *uint, digits int)
	square   []uint // R^2 mod p, which brings a number into Montgomery's form
	unit     []uint // the digits of 1, which take it out again
}

const (
	digitBits = 52
	digitMask = 1<<digitBits - 1
)

// kernels are the multiplications, by how many vectors of eight digits a number has.
var kernels = map[int]func(z, a, b, p *uint, digits int){
	2: amm2, 3: amm3, 4: amm4, 5: amm5, 8: amm8, 10: amm10, 15: amm15, 20: amm20,
}

//go:noescape
func amm2(z, a, b, p *uint, digits int)

//go:noescape
func amm3(z, a, b, p *uint, digits int)

//go:noescape
func amm4(z, a, b, p *uint, digits int)

//go:noescape
func amm5(z, a, b, p *uint, digits int)

//go:noescape
func amm8(z, a, b, p *uint, digits int)

//go:noescape
func amm10(z, a, b, p *uint, digits int)

//go:noescape
func amm15(z, a, b, p *uint, digits int)

//go:noescape
func amm20(z, a, b, p *uint, digits int)

//go:noescape
func pick512(z, table *uint, vectors, entries, index int)

// newFastField returns the field of an odd prime, or nil if the processor or the prime does not allow it.
func newFastField(prime []byte) field {
	if !cpu.X86.HasAVX512F || !cpu.X86.HasAVX512DQ || !cpu.X86.HasAVX512IFMA || !cpu.X86.HasBMI2 {
		return nil
	}
	p := new(big.Int).SetBytes(prime)
	f := &ifmaField{digits: (p.BitLen() + 2 + digitBits - 1) / digitBits}
	vectors := (f.digits + 7) / 8
	f.multiply = kernels[vectors]
	f.prime = make([]uint, 8*vectors)
	f.split(f.prime, prime)
	if f.multiply == nil || f.prime[0] != digitMask {
		return nil
	}
	r := new(big.Int).Lsh(big.NewInt(1), uint(2*digitBits*f.digits))
	f.square = make([]uint, 8*vectors)
	f.split(f.square, r.Mod(r, p).Bytes())
	f.unit = make([]uint, 8*vectors)
	f.unit[0] = 1
	return f
}

func (f *ifmaField) size() int { return len(f.prime) }

func (f *ifmaField) number(octets []byte) []uint {
	x := make([]uint, f.size())
	f.split(x, octets)
	f.mul(x, x, f.square)
	return x
}

// octets divides by R, which also leaves a number of at most p; and p itself would be zero, which has no powers.
func (f *ifmaField) octets(x []uint, n int) []byte {
	plain := make([]uint, f.size())
	f.mul(plain, x, f.unit)
	out := make([]byte, n)
	var word uint
	bits := 0
	for i := n - 1; i >= 0; i-- {
		if bits < 8 && len(plain) > 0 {
			word |= plain[0] << bits
			bits += digitBits
			plain = plain[1:]
		}
		out[i] = byte(word)
		word >>= 8
		bits -= 8
	}
	return out
}

// mul multiplies, and carries what exceeds a digit into the next one.
func (f *ifmaField) mul(z, x, y []uint) {
	n := f.size()
	z, x, y = z[:n], x[:n], y[:n]
	f.multiply(&z[0], &x[0], &y[0], &f.prime[0], f.digits)
	var carry uint
	for i, digit := range z {
		digit += carry
		z[i] = digit & digitMask
		carry = digit >> digitBits
	}
}

func (f *ifmaField) pick(z, table []uint, index int) {
	n := f.size()
	pick512(&z[:n][0], &table[0], n/8, len(table)/n, index)
}

func (f *ifmaField) exp(y, x []byte, n int) []byte { return f.octets(power(f, f.number(y), x), n) }

// split writes the digits of a big-endian number.
func (f *ifmaField) split(digits []uint, octets []byte) {
	for i := range octets {
		bit := 8 * i
		b := uint(octets[len(octets)-1-i])
		digits[bit/digitBits] |= b << (bit % digitBits) & digitMask
		if over := bit%digitBits + 8 - digitBits; over > 0 {
			digits[bit/digitBits+1] |= b >> (8 - over)
		}
	}
}

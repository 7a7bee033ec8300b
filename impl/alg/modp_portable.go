package alg

import (
	"crypto/subtle"

	"filippo.io/bigmod"
)

// portableField multiplies with the constant-time arithmetic of the standard library's RSA, as filippo.io/bigmod
// publishes it. A number is its words, lowest first.
type portableField struct{ modulus *bigmod.Modulus }

func newPortableField(prime []byte) field {
	m, err := bigmod.NewModulus(prime)
	if err != nil {
		panic("alg: a prime of the table: " + err.Error())
	}
	return &portableField{m}
}

func (f *portableField) size() int { return len(f.modulus.Nat().Bits()) }

func (f *portableField) number(octets []byte) []uint {
	x, err := bigmod.NewNat().SetBytes(octets, f.modulus)
	if err != nil {
		panic("alg: a number that is not below its prime: " + err.Error())
	}
	return x.Bits()
}

func (f *portableField) octets(x []uint, n int) []byte { return f.nat(x).Bytes(f.modulus) }

// mul costs two Montgomery multiplications: bigmod keeps no numbers in that form.
func (f *portableField) mul(z, x, y []uint) {
	copy(z, f.nat(x).Mul(f.nat(y), f.modulus).Bits())
}

func (f *portableField) pick(z, table []uint, index int) {
	clear(z)
	n := len(z)
	for i := 0; len(table) >= n; i++ {
		mask := -uint(subtle.ConstantTimeEq(int32(i), int32(index)))
		for j, w := range table[:n] {
			z[j] |= w & mask
		}
		table = table[n:]
	}
}

func (f *portableField) exp(y, x []byte, n int) []byte {
	z := bigmod.NewNat()
	return z.Exp(f.nat(f.number(y)), x, f.modulus).Bytes(f.modulus)
}

// nat is a copy of x as bigmod has it: Bits shares the words of a Nat, so that they can be written.
func (f *portableField) nat(x []uint) *bigmod.Nat {
	n := bigmod.NewNat().ExpandFor(f.modulus)
	copy(n.Bits(), x)
	return n
}

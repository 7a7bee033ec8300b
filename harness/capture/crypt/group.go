package crypt

import (
	"fmt"
	"math/big"
	"sync"
)

// A Group is a Diffie-Hellman group modulo a prime, generator 2.
type Group struct {
	Name   string
	Number uint16
	Bits   int
	offset int64
	prime  func() *big.Int
}

// The primes of RFC 2409 section 6 and RFC 3526 are not copied from anywhere: they follow
//
//	2^n - 2^(n-64) - 1 + 2^64 * (floor(2^(n-130) * pi) + offset)
//
// and pi is computed.
var groups = []*Group{
	newGroup(1, 768, 149686), newGroup(2, 1024, 129093), newGroup(5, 1536, 741804), newGroup(14, 2048, 124476),
	newGroup(15, 3072, 1690314), newGroup(16, 4096, 240904), newGroup(17, 6144, 929484), newGroup(18, 8192, 4743158),
}

func newGroup(number uint16, bits int, offset int64) *Group {
	g := &Group{Name: fmt.Sprintf("modp%d", bits), Number: number, Bits: bits, offset: offset}
	g.prime = sync.OnceValue(g.compute)
	return g
}

// GroupByNumber finds a group by its Group Description; nil if there is none.
func GroupByNumber(n uint16) *Group {
	for _, g := range groups {
		if g.Number == n {
			return g
		}
	}
	return nil
}

// Octets is the length of a public value and of g^xy, leading zeros included.
func (g *Group) Octets() int { return g.Bits / 8 }

// String is the name.
func (g *Group) String() string { return g.Name }

// Prime gives the prime; the caller must not change it.
func (g *Group) Prime() *big.Int { return g.prime() }

// Public computes 2^x, Octets long.
func (g *Group) Public(x Secret) []byte {
	return new(big.Int).Exp(big.NewInt(2), new(big.Int).SetBytes(x), g.prime()).FillBytes(make([]byte, g.Octets()))
}

// Shared computes y^x, Octets long. y must be a value that can be public: 2 <= y <= p-2.
func (g *Group) Shared(x Secret, y []byte) (Secret, error) {
	n := new(big.Int).SetBytes(y)
	if len(y) != g.Octets() {
		return nil, fmt.Errorf("public value of %d octets in %s", len(y), g.Name)
	}
	if n.Cmp(big.NewInt(2)) < 0 || n.Cmp(new(big.Int).Sub(g.prime(), big.NewInt(2))) > 0 {
		return nil, fmt.Errorf("public value outside 2 to p-2 in %s", g.Name)
	}
	return n.Exp(n, new(big.Int).SetBytes(x), g.prime()).FillBytes(make([]byte, g.Octets())), nil
}

func (g *Group) compute() *big.Int {
	pow := func(n int) *big.Int { return new(big.Int).Lsh(big.NewInt(1), uint(n)) }
	middle := new(big.Int).Add(piTimesPowerOfTwo(g.Bits-130), big.NewInt(g.offset))
	p := new(big.Int).Sub(pow(g.Bits), pow(g.Bits-64))
	p.Sub(p, big.NewInt(1))
	return p.Add(p, middle.Lsh(middle, 64))
}

// piTimesPowerOfTwo gives floor(pi * 2^n) by Machin's formula, pi = 16 arctan(1/5) - 4 arctan(1/239), with 64 bits to
// spare for rounding.
func piTimesPowerOfTwo(n int) *big.Int {
	one := new(big.Int).Lsh(big.NewInt(1), uint(n+64))
	pi := new(big.Int).Mul(arctanOfInverse(5, one), big.NewInt(16))
	pi.Sub(pi, new(big.Int).Mul(arctanOfInverse(239, one), big.NewInt(4)))
	return pi.Rsh(pi, 64)
}

// arctanOfInverse gives arctan(1/x) * one: 1/x - 1/(3 x^3) + 1/(5 x^5) ...
func arctanOfInverse(x int64, one *big.Int) *big.Int {
	power := new(big.Int).Div(one, big.NewInt(x))
	sum, square := new(big.Int).Set(power), big.NewInt(x*x)
	for n, sign := int64(3), -1; power.Sign() > 0; n, sign = n+2, -sign {
		power.Div(power, square)
		term := new(big.Int).Div(power, big.NewInt(n))
		if sign < 0 {
			sum.Sub(sum, term)
		} else {
			sum.Add(sum, term)
		}
	}
	return sum
}

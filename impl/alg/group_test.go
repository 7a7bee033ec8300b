package alg

import (
	"bytes"
	"errors"
	"math/big"
	"testing"
	"time"
)

// slowExp is the obvious way: math/big.
func slowExp(g *Group, y, x []byte) []byte {
	p := new(big.Int).SetBytes(g.Prime())
	z := new(big.Int).Exp(new(big.Int).SetBytes(y), new(big.Int).SetBytes(x), p)
	return z.FillBytes(make([]byte, g.Octets))
}

// fewer rounds where numbers are long.
func rounds(g *Group, n int) int {
	if g.Octets > 256 {
		return n / 10
	}
	return n
}

// p = 2^n - 2^(n-64) - 1 + 2^64 (floor(2^(n-130) pi) + add): RFC 2409 section 6, RFC 3526.
func TestPrimesFollowTheirFormula(t *testing.T) {
	add := map[int]int64{1: 149686, 2: 129093, 5: 741804, 14: 124476, 15: 1690314, 16: 240904, 17: 929484, 18: 4743158}
	if len(Groups()) != len(add) {
		t.Errorf("%d groups, not %d", len(Groups()), len(add))
	}
	one := big.NewInt(1)
	for _, g := range Groups() {
		n := uint(8 * g.Octets)
		p := new(big.Int).Lsh(one, n)
		p.Sub(p, new(big.Int).Lsh(one, n-64))
		p.Sub(p, one)
		middle := new(big.Int).Add(piBits(n-130), big.NewInt(add[g.Number]))
		p.Add(p, middle.Lsh(middle, 64))
		if new(big.Int).SetBytes(g.Prime()).Cmp(p) != 0 {
			t.Errorf("%s is not the prime of the formula", g)
		}
		if !testing.Short() && n <= 2048 && (!p.ProbablyPrime(1) || !new(big.Int).Rsh(p, 1).ProbablyPrime(1)) {
			t.Errorf("%s is not a safe prime", g)
		}
	}
}

// piBits is floor(2^n pi), by Machin's formula pi = 16 arctan(1/5) - 4 arctan(1/239).
func piBits(n uint) *big.Int {
	const guard = 64
	arctan := func(x int64) *big.Int {
		sum, power := new(big.Int), new(big.Int).Lsh(big.NewInt(1), n+guard)
		power.Quo(power, big.NewInt(x))
		for k := int64(1); power.Sign() != 0; k += 2 {
			term := new(big.Int).Quo(power, big.NewInt(k))
			if k%4 == 3 {
				term.Neg(term)
			}
			sum.Add(sum, term)
			power.Quo(power, big.NewInt(x*x))
		}
		return sum
	}
	pi := arctan(5)
	pi.Lsh(pi, 4)
	pi.Sub(pi, new(big.Int).Lsh(arctan(239), 2))
	return pi.Rsh(pi, guard)
}

// RFC 3526 section 8: an exponent has at least twice the bits of the group's strength.
func TestExponentsAreLongEnough(t *testing.T) {
	strength := map[int]int{1: 66, 2: 80, 5: 90, 14: 112, 15: 130, 16: 152, 17: 176, 18: 200}
	for _, g := range Groups() {
		if 8*g.ExponentOctets < 2*strength[g.Number] || strength[g.Number] == 0 {
			t.Errorf("%s: %d octets of exponent", g, g.ExponentOctets)
		}
	}
}

func TestGroupsAgreeWithMathBig(t *testing.T) {
	rnd := seeded(t, 2)
	for _, g := range Groups() {
		for i := range rounds(g, 30) {
			x, y := draw(rnd, g.ExponentOctets), draw(rnd, g.ExponentOctets)
			if i == 0 {
				clear(x[:len(x)-1]) // a tiny exponent: the result has leading zeros
				x[len(x)-1] = 3
			}
			gx, gy := g.Public(x), g.Public(y)
			if want := slowExp(g, []byte{2}, x); !bytes.Equal(gx, want) {
				t.Fatalf("%s: g^%x = %x, want %x", g, x, gx, want)
			}
			s1, err1 := g.Shared(x, gy)
			s2, err2 := g.Shared(y, gx)
			if want := slowExp(g, gx, y); err1 != nil || err2 != nil || !bytes.Equal(s1, s2) || !bytes.Equal(s1, want) {
				t.Fatalf("%s: shared %x (%v) and %x (%v), want %x", g, s1, err1, s2, err2, want)
			}
		}
	}
}

// Exponents of every length, full length and beyond the comb included, and with all bits set or none.
func TestExponentsOfAnyLength(t *testing.T) {
	rnd := seeded(t, 5)
	for _, g := range Groups() {
		for _, n := range []int{1, 2, g.ExponentOctets - 1, g.ExponentOctets, g.ExponentOctets + 1, g.Octets} {
			for _, x := range [][]byte{draw(rnd, n), make([]byte, n), bytes.Repeat([]byte{0xff}, n)} {
				if got, want := g.Public(x), slowExp(g, []byte{2}, x); !bytes.Equal(got, want) {
					t.Fatalf("%s: g^%x = %x, want %x", g, x, got, want)
				}
			}
			if g.Octets > 256 {
				break // long numbers in the short way only
			}
		}
	}
}

// Both kinds of arithmetic, whichever this machine would choose, against math/big; also where numbers are extreme.
func TestFieldsMultiply(t *testing.T) {
	rnd := seeded(t, 6)
	for _, g := range Groups() {
		p := new(big.Int).SetBytes(g.Prime())
		for name, f := range fieldsOf(t, g) {
			numbers := []*big.Int{new(big.Int), big.NewInt(1), big.NewInt(2),
				new(big.Int).Sub(p, big.NewInt(1)), new(big.Int).Sub(p, big.NewInt(2)), new(big.Int).Rsh(p, 1)}
			for range rounds(g, 100) {
				x := new(big.Int).SetBytes(draw(rnd, g.Octets))
				numbers = append(numbers, x.Mod(x, p))
			}
			for _, a := range numbers {
				for _, b := range numbers[:6] {
					checkProduct(t, g, name, f, p, a, b)
				}
				checkProduct(t, g, name, f, p, a, numbers[rnd.IntN(len(numbers))])
			}
		}
	}
}

// checkProduct computes a b twice, each time with the product in the place of a factor, and a b a b.
func checkProduct(t *testing.T, g *Group, name string, f field, p, a, b *big.Int) {
	fill := func(x *big.Int) []byte { return x.FillBytes(make([]byte, g.Octets)) }
	want := new(big.Int).Mul(a, b)
	want.Mod(want, p)
	x, y := f.number(fill(a)), f.number(fill(b))
	z := make([]uint, f.size())
	f.mul(z, x, y)
	f.mul(x, x, y)
	square := new(big.Int).Mul(want, want)
	square.Mod(square, p)
	f.mul(y, z, x)
	f.mul(z, z, z)
	for _, r := range []struct {
		got  []uint
		want *big.Int
	}{{x, want}, {y, square}, {z, square}} {
		got := f.octets(r.got, g.Octets)
		if bytes.Equal(got, g.Prime()) {
			clear(got) // zero may come as p; powers are never zero
		}
		if !bytes.Equal(got, fill(r.want)) {
			t.Fatalf("%s, %s: %x times %x is %x, want %x", g, name, a, b, got, r.want)
		}
	}
}

func TestFieldsRaiseToPowers(t *testing.T) {
	rnd := seeded(t, 7)
	for _, g := range Groups() {
		for name, f := range fieldsOf(t, g) {
			c := newComb(f, []byte{3}, 8*g.ExponentOctets)
			for range rounds(g, 10) {
				x, y := draw(rnd, g.ExponentOctets), draw(rnd, g.Octets)
				y[0] = 0 // below p
				if got, want := f.exp(y, x, g.Octets), slowExp(g, y, x); !bytes.Equal(got, want) {
					t.Fatalf("%s, %s: %x^%x = %x, want %x", g, name, y, x, got, want)
				}
				if got, want := f.octets(c.power(x), g.Octets), slowExp(g, []byte{3}, x); !bytes.Equal(got, want) {
					t.Fatalf("%s, %s, comb: 3^%x = %x, want %x", g, name, x, got, want)
				}
			}
		}
	}
}

func fieldsOf(t *testing.T, g *Group) map[string]field {
	all := map[string]field{"portable": newPortableField(g.Prime())}
	if f := newFastField(g.Prime()); f != nil {
		all["fast"] = f
	} else {
		t.Logf("%s: this machine has no fast field", g)
	}
	return all
}

// A prime that does not end in ones is none for the fast field.
func TestFastFieldKnowsItsPrimes(t *testing.T) {
	p := GroupByNumber(2).Prime()
	p[len(p)-1] = 0xfb
	if newFastField(p) != nil {
		t.Error("took an odd number that does not end in 52 ones")
	}
}

func TestGroupRefusesBadPublicValues(t *testing.T) {
	for _, g := range Groups() {
		p := new(big.Int).SetBytes(g.Prime())
		at := func(from *big.Int, d int64) []byte {
			return new(big.Int).Add(from, big.NewInt(d)).FillBytes(make([]byte, g.Octets))
		}
		zero := new(big.Int)
		ones := bytes.Repeat([]byte{0xff}, g.Octets)
		good := [][]byte{at(zero, 2), at(zero, 3), at(p, -2), at(p, -3)}
		bad := [][]byte{nil, {}, {2}, at(zero, 0), at(zero, 1), at(p, -1), at(p, 0), at(p, 1), ones,
			at(p, -2)[1:], append([]byte{0}, at(p, -2)...)}
		for _, y := range good {
			if err := g.CheckPublic(y); err != nil {
				t.Errorf("%s: refused: %v", g, err)
			}
		}
		for _, y := range bad {
			if err := g.CheckPublic(y); !errors.Is(err, ErrPublicValue) {
				t.Errorf("%s: %x: %v", g, y, err)
			}
			if s, err := g.Shared([]byte{5}, y); !errors.Is(err, ErrPublicValue) || s != nil {
				t.Errorf("%s: shared with %x: %x, %v", g, y, s, err)
			}
		}
	}
}

// Building the tables must not be felt: the log says what it took, the limit is far above it.
func TestTablesAreBuiltQuickly(t *testing.T) {
	for _, g := range Groups() {
		start := time.Now()
		newComb(newField(g.Prime()), []byte{generator}, 8*g.ExponentOctets)
		took := time.Since(start)
		t.Logf("%s: %v", g, took)
		if took > 2*time.Second {
			t.Errorf("%s: the tables took %v", g, took)
		}
	}
}

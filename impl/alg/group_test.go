package alg

import (
	"bytes"
	"errors"
	"math/big"
	"testing"
)

// slowExp is the obvious way: math/big.
func slowExp(g *Group, y, x []byte) []byte {
	p := new(big.Int).SetBytes(g.Prime())
	z := new(big.Int).Exp(new(big.Int).SetBytes(y), new(big.Int).SetBytes(x), p)
	return z.FillBytes(make([]byte, g.Octets))
}

func TestGroupsAgreeWithMathBig(t *testing.T) {
	rnd := seeded(t, 2)
	for _, g := range Groups() {
		rounds := 3
		if g.Octets <= 256 {
			rounds = 30
		}
		for i := range rounds {
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

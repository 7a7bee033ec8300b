package alg

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
)

// ErrPublicValue: the peer's Diffie-Hellman public value is not one that an honest peer sends.
var ErrPublicValue = errors.New("bad public value")

// A Group is one row of the table of Diffie-Hellman groups: integers modulo a safe prime p, generator 2.
//
// Public values and shared secrets are octet strings as long as p, padded with zeros on the left; a number never leaves
// in another form. The time for a private exponent depends on its length and on nothing else that is secret.
type Group struct {
	Name   string // "modp1024"
	Number int    // Group Description attribute, the same in both phases and in IKEv2
	Octets int    // length of p, of a public value and of the shared secret

	// ExponentOctets is how long a private exponent should be: random octets, twice as many bits as the group has
	// strength (RFC 3526 section 8). Longer ones are not safer, but slower.
	ExponentOctets int

	prime string // hex
	once  sync.Once
	built modp // after once
}

// modp is what the arithmetic of one group needs.
type modp struct {
	prime []byte // big-endian
	top   []byte // p - 2, the largest public value
	field field
	comb  *comb // powers of the generator
}

// Groups returns all rows in table order. The slice is the caller's.
func Groups() []*Group { return all(groupTable[:]) }

// GroupByName finds a row by its name; nil if there is none.
func GroupByName(name string) *Group {
	for i := range groupTable {
		if groupTable[i].Name == name {
			return &groupTable[i]
		}
	}
	return nil
}

// GroupByNumber finds a row by its Group Description number; nil if there is none.
func GroupByNumber(n int) *Group {
	return find(groupTable[:], n, func(g *Group) int { return g.Number })
}

// String is the name.
func (g *Group) String() string { return g.Name }

// Prime returns p, big-endian, Octets long. The slice is the caller's.
func (g *Group) Prime() []byte { return bytes.Clone(g.modp().prime) }

// Public returns g^x mod p, Octets long, the caller's. x is the private exponent, big-endian, of any length;
// ExponentOctets is enough.
func (g *Group) Public(x []byte) []byte {
	m := g.modp()
	if len(x) > g.ExponentOctets {
		return m.field.exp([]byte{generator}, x, g.Octets)
	}
	return m.field.octets(m.comb.power(x), g.Octets)
}

// CheckPublic tells if y can be a peer's public value: Octets long exactly, and 2 <= y <= p-2, which leaves out the
// values whose powers are known to everybody. The error is ErrPublicValue.
//
// RFC 2412 section 2.3.1.1; in a safe prime group nothing more is needed.
func (g *Group) CheckPublic(y []byte) error {
	if len(y) != g.Octets {
		return fmt.Errorf("%s: public value of %d octets, not %d: %w", g.Name, len(y), g.Octets, ErrPublicValue)
	}
	two := make([]byte, g.Octets)
	two[g.Octets-1] = 2
	if bytes.Compare(y, two) < 0 || bytes.Compare(y, g.modp().top) > 0 {
		return fmt.Errorf("%s: public value is not between 2 and p-2: %w", g.Name, ErrPublicValue)
	}
	return nil
}

// Shared returns y^x mod p, Octets long, the caller's. x is the private exponent that Public was called with, y the
// peer's public value. The error is that of CheckPublic.
func (g *Group) Shared(x, y []byte) ([]byte, error) {
	if err := g.CheckPublic(y); err != nil {
		return nil, err
	}
	return g.modp().field.exp(y, x, g.Octets), nil
}

// generator of all groups.
const generator = 2

// modp builds the tables when a group is first used: less than a millisecond for the groups up to 2048 bits.
func (g *Group) modp() *modp {
	g.once.Do(func() {
		p, err := hex.DecodeString(g.prime)
		if err != nil {
			panic("alg: prime of " + g.Name + ": " + err.Error())
		}
		top := bytes.Clone(p)
		top[len(top)-1] -= 2 // p ends with ff
		f := newField(p)
		g.built = modp{prime: p, top: top, field: f, comb: newComb(f, []byte{generator}, 8*g.ExponentOctets)}
	})
	return &g.built
}

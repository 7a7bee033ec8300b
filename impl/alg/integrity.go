package alg

import (
	"crypto/subtle"
	"fmt"
)

// An Integrity is one row of the table of integrity algorithms of AH and ESP.
type Integrity struct {
	Name    string
	Aliases []string // other spellings, of PF_KEY tools and of daemons

	KeyBits int // the only key length
	ICV     int // octets of ICV in a packet: the leftmost of the HMAC

	Attr  int // Authentication Algorithm attribute of phase 2, RFC 2407 section 4.5
	AH    int // AH transform of the IPsec DOI, RFC 2407 section 4.4.3
	IKEv2 int // INTEG transform
	PFKEY int // SADB_AALG_*

	XFRM      string // Linux name
	XFRMTrunc int    // bits of ICV, to be given with XFRMA_ALG_AUTH_TRUNC

	hash *Hash // nil for none
}

// Integrities returns all rows in table order. The slice is the caller's.
func Integrities() []*Integrity { return all(integrityTable[:]) }

// IntegrityByName finds a row by its name or one of its aliases; nil if there is none.
func IntegrityByName(name string) *Integrity {
	for i := range integrityTable {
		g := &integrityTable[i]
		if g.Name == name {
			return g
		}
		for _, a := range g.Aliases {
			if a == name {
				return g
			}
		}
	}
	return nil
}

// IntegrityByAttr finds a row by its Authentication Algorithm attribute; nil if there is none.
func IntegrityByAttr(n int) *Integrity {
	return find(integrityTable[:], n, func(g *Integrity) int { return g.Attr })
}

// IntegrityByAH finds a row by its AH transform number; nil if there is none.
func IntegrityByAH(n int) *Integrity {
	return find(integrityTable[:], n, func(g *Integrity) int { return g.AH })
}

// IntegrityByPFKEY finds a row by its PF_KEYv2 number; nil if there is none.
func IntegrityByPFKEY(n int) *Integrity {
	return find(integrityTable[:], n, func(g *Integrity) int { return g.PFKEY })
}

// String is the name.
func (g *Integrity) String() string { return g.Name }

// KeyOctets is the length of the key in octets.
func (g *Integrity) KeyOctets() int { return g.KeyBits / 8 }

// CheckKeyBits tells if a key length is the one that the algorithm takes.
func (g *Integrity) CheckKeyBits(bits int) error {
	if bits != g.KeyBits {
		return fmt.Errorf("%s takes a key of %d bits, not %d", g.Name, g.KeyBits, bits)
	}
	return nil
}

// New makes the algorithm ready for the packets of one SA in one direction. The key has KeyBits.
func (g *Integrity) New(key Key) (*MAC, error) {
	if err := g.CheckKeyBits(8 * len(key)); err != nil {
		return nil, err
	}
	m := &MAC{icv: g.ICV}
	if g.hash != nil {
		m.hmac = g.hash.NewHMAC(key)
	}
	return m, nil
}

// A MAC makes and checks the ICVs of one SA in one direction. It allocates nothing and serves one caller at a time.
type MAC struct {
	hmac *HMAC // nil: no integrity algorithm
	icv  int
	full [64]byte
}

// Size is the octets of ICV.
func (m *MAC) Size() int { return m.icv }

// Sum appends the ICV of the parts, one after the other, to dst. Parts, not a single slice: AH covers a header with its
// changing fields zeroed, and extended sequence numbers cover octets that are not sent.
func (m *MAC) Sum(dst []byte, parts ...[]byte) []byte {
	if m.hmac == nil {
		return dst
	}
	return append(dst, m.hmac.Sum(m.full[:0], parts...)[:m.icv]...)
}

// Verify reports if icv is the ICV of the parts. It compares the whole ICV in constant time; a wrong length is false.
// Without an algorithm only an empty icv is right.
func (m *MAC) Verify(icv []byte, parts ...[]byte) bool {
	if m.hmac == nil {
		return len(icv) == 0
	}
	return subtle.ConstantTimeCompare(icv, m.hmac.Sum(m.full[:0], parts...)[:m.icv]) == 1
}

package alg

import (
	"bytes"
	"crypto/hmac"
	"math/rand/v2"
	"testing"
)

// The kept states give what crypto/hmac gives, for every hash and for keys below, at and above the block.
func TestHMACIsThatOfTheStandardLibrary(t *testing.T) {
	rnd := seeded(t, 1)
	for _, h := range Hashes() {
		for _, keyLen := range []int{0, 1, 20, h.BlockSize - 1, h.BlockSize, h.BlockSize + 1, 300} {
			key := draw(rnd, keyLen)
			m := h.NewHMAC(key)
			for range 5 {
				a, b := draw(rnd, rnd.IntN(200)), draw(rnd, rnd.IntN(200))
				want := hmac.New(h.New, key)
				want.Write(a)
				want.Write(b)
				if got := m.Sum(nil, a, b); !bytes.Equal(got, want.Sum(nil)) {
					t.Fatalf("%s, key of %d octets: %x, want %x", h, keyLen, got, want.Sum(nil))
				}
				if got := h.PRF(key, a, b); !bytes.Equal(got, want.Sum(nil)) {
					t.Fatalf("%s, key of %d octets: PRF %x, want %x", h, keyLen, got, want.Sum(nil))
				}
			}
		}
	}
}

// seeded returns a source whose seed the log names.
func seeded(t testing.TB, seed uint64) *rand.Rand {
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, seed))
}

func draw(rnd *rand.Rand, n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(rnd.Uint32())
	}
	return p
}

package alg

import (
	"bytes"
	"testing"
)

// RFC 2406 section 3.4.4: the whole ICV is compared, and nothing but its length will do.
func TestVerifyTakesTheOneICVOnly(t *testing.T) {
	rnd := seeded(t, 20)
	for _, g := range Integrities() {
		m, err := g.New(draw(rnd, g.KeyOctets()))
		if err != nil {
			t.Fatal(err)
		}
		head, text := draw(rnd, 8), draw(rnd, 100)
		icv := m.Sum(nil, head, text)
		if len(icv) != g.ICV || m.Size() != g.ICV || !m.Verify(icv, head, text) {
			t.Errorf("%s: ICV %x does not verify", g, icv)
		}
		full := make([]byte, 64)
		copy(full, icv)
		for n := range full {
			if m.Verify(full[:n], head, text) != (n == g.ICV) {
				t.Errorf("%s: %d octets of ICV: %v", g, n, n != g.ICV)
			}
		}
		for i := range icv {
			bad := bytes.Clone(icv)
			bad[i] ^= 0x80
			if m.Verify(bad, head, text) {
				t.Errorf("%s: octet %d does not count", g, i)
			}
		}
		if g.ICV > 0 && (m.Verify(icv, head, text[1:]) || m.Verify(make([]byte, g.ICV), head, text)) {
			t.Errorf("%s: other text verifies", g)
		}
	}
}

func TestMACTakesPartsAsOneText(t *testing.T) {
	rnd := seeded(t, 21)
	g := IntegrityByName("hmac-sha256-128")
	m, _ := g.New(draw(rnd, 32))
	text := draw(rnd, 300)
	want := m.Sum(nil, text)
	for range 50 {
		a := rnd.IntN(len(text))
		b := a + rnd.IntN(len(text)-a)
		if got := m.Sum([]byte{1, 2}, text[:a], text[a:b], nil, text[b:]); !bytes.Equal(got[2:], want) || got[1] != 2 {
			t.Fatalf("cut at %d and %d: %x, want %x", a, b, got, want)
		}
	}
}

// RFC 2403 section 3, RFC 2404 section 3, RFC 4868 section 2.1.1: one key length each.
func TestIntegrityRefusesOtherKeyLengths(t *testing.T) {
	for _, g := range Integrities() {
		for n := range 70 {
			if _, err := g.New(make(Key, n)); (err == nil) != (8*n == g.KeyBits) {
				t.Errorf("%s with %d octets of key: %v", g, n, err)
			}
		}
	}
}

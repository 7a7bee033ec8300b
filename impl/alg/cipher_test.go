package alg

import (
	"bytes"
	"crypto/cipher"
	"crypto/des"
	"testing"

	"golang.org/x/crypto/cast5"
)

// The tables do what crypto/des does, in both directions, for odd and even numbers of blocks.
func TestDESIsThatOfTheStandardLibrary(t *testing.T) {
	rnd := seeded(t, 3)
	for blocks := range 40 {
		key, iv, text := draw(rnd, 24), draw(rnd, 8), draw(rnd, 8*blocks)
		single, _ := des.NewCipher(key[:8])
		triple, _ := des.NewTripleDESCipher(key)
		agree(t, CipherByName("des"), key[:8], single, iv, text)
		agree(t, CipherByName("3des"), key, triple, iv, text)
	}
}

// agree holds a cipher of ours in CBC mode against a slow one.
func agree(t *testing.T, c *Cipher, key []byte, slow cipher.Block, iv, text []byte) {
	t.Helper()
	want := bytes.Clone(text)
	cipher.NewCBCEncrypter(slow, iv).CryptBlocks(want, want)
	fast, err := c.cbc(key)
	if err != nil {
		t.Fatal(err)
	}
	got := bytes.Clone(text)
	if err := fast.Encrypt(iv, got); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%s: key %x, IV %x: %x encrypts to %x, not %x (%v)", c, key, iv, text, want, got, err)
	}
	if err := fast.Decrypt(iv, got); err != nil || !bytes.Equal(got, text) {
		t.Fatalf("%s: key %x, IV %x: %x decrypts to %x, not %x (%v)", c, key, iv, want, text, got, err)
	}
}

// slowCAST is somebody else's CAST-128, for keys of 128 bits.
func slowCAST(key []byte) (cipher.Block, error) { return cast5.NewCipher(key) }

func TestCASTIsThatOfXCrypto(t *testing.T) {
	rnd := seeded(t, 4)
	for range 50 {
		// Above 80 bits a short key is the same as one filled up with zeros.
		key := draw(rnd, 11+rnd.IntN(6))
		slow, err := slowCAST(append(bytes.Clone(key), make([]byte, 16-len(key))...))
		if err != nil {
			t.Fatal(err)
		}
		agree(t, CipherByName("cast"), key, slow, draw(rnd, 8), draw(rnd, 8*rnd.IntN(20)))
	}
}

package alg

import (
	"bytes"
	"crypto/cipher"
	"crypto/des"
	"testing"
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

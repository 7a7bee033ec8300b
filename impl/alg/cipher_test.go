package alg

import (
	"bytes"
	"crypto/cipher"
	"crypto/des"
	"encoding/binary"
	"testing"

	//lint:ignore SA1019 IPsec has it, so we have it
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

// slowRC5 is RC5-32/16 word by word as RFC 2040 sections 5 and 6 tell it, encryption only.
type slowRC5 [34]uint32

func newSlowRC5(key []byte) cipher.Block {
	var c slowRC5
	words := make([]uint32, (len(key)+3)/4)
	for i := len(key) - 1; i >= 0; i-- {
		words[i/4] = words[i/4]<<8 + uint32(key[i])
	}
	for i := range c {
		c[i] = 0xb7e15163 + uint32(i)*0x9e3779b9
	}
	var a, b uint32
	steps := 3 * len(c)
	if len(words) > len(c) {
		steps = 3 * len(words)
	}
	for n := range steps {
		a = rotate(c[n%34]+a+b, 3)
		c[n%34] = a
		b = rotate(words[n%len(words)]+a+b, a+b)
		words[n%len(words)] = b
	}
	return &c
}

func rotate(x, n uint32) uint32 { return x<<(n%32) | x>>(31-n%32)>>1 }

func (c *slowRC5) BlockSize() int { return 8 }

func (c *slowRC5) Encrypt(dst, src []byte) {
	a, b := binary.LittleEndian.Uint32(src)+c[0], binary.LittleEndian.Uint32(src[4:])+c[1]
	for i := 2; i < len(c); i += 2 {
		a = rotate(a^b, b) + c[i]
		b = rotate(b^a, a) + c[i+1]
	}
	binary.LittleEndian.PutUint32(dst, a)
	binary.LittleEndian.PutUint32(dst[4:], b)
}

func (c *slowRC5) Decrypt(dst, src []byte) { panic("encryption only") }

// Published vectors have short keys. Above 136 octets the key has more words than the schedule.
func TestRC5WithKeysOfEveryLength(t *testing.T) {
	rnd := seeded(t, 12)
	for n := 5; n <= 255; n++ {
		key := draw(rnd, n)
		agree(t, CipherByName("rc5"), key, newSlowRC5(key), draw(rnd, 8), draw(rnd, 40))
	}
}

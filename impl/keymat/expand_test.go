package keymat

import (
	"bytes"
	"crypto/hmac"
	"testing"

	"ikewit/impl/alg"
)

// Appendix B for every phase 1 cipher, its default key length and every hash, against the formula written out.
func TestCipherKeysOfEveryCipherAndHash(t *testing.T) {
	for _, h := range alg.Hashes() {
		secret := alg.Key(h.Sum([]byte("secret")))
		prf := func(parts ...[]byte) []byte {
			m := hmac.New(h.New, secret)
			for _, p := range parts {
				m.Write(p)
			}
			return m.Sum(nil)
		}
		k1 := prf([]byte{0})
		k2 := prf(k1)
		k3 := prf(k2)
		k4 := prf(k3)
		ka := bytes.Join([][]byte{k1, k2, k3, k4}, nil)
		for _, c := range alg.Ciphers() {
			if c.IKEv1 == 0 {
				continue
			}
			n := c.IKEBits / 8
			want := secret
			if n > len(secret) {
				want = ka
			}
			key, err := CipherKey(h, secret, c, c.IKEBits, UseWeak)
			if err != nil {
				t.Fatalf("%s with %s: %v", c, h, err)
			}
			if !bytes.Equal(key, want[:n]) {
				t.Errorf("%s with %s: %x, want %x", c, h, key.Octets(), want[:n].Octets())
			}
			key[0] ^= 0xff // the key is the caller's, and no part of the secret
			if !bytes.Equal(secret, h.Sum([]byte("secret"))) {
				t.Fatalf("%s with %s: the key shares the secret's memory", c, h)
			}
		}
	}
}

// KEYMAT of any length begins with the shorter one, and nothing of it is shared.
func TestKeymatOfEveryLength(t *testing.T) {
	h := alg.HashByName("md5")
	s := Derive(h, alg.Key("skeyid"), []byte("gxy"), []byte("cookie I"), []byte("cookie R"))
	long := s.Keymat(nil, 3, 0x01020304, []byte("ni"), []byte("nr"), 200)
	for n := range 200 {
		k := s.Keymat(nil, 3, 0x01020304, []byte("ni"), []byte("nr"), n)
		if len(k) != n || cap(k) != n || !bytes.Equal(k, long[:n]) {
			t.Errorf("%d octets: %x", n, k.Octets())
		}
	}
	if bytes.Equal(long[:20], s.Keymat(nil, 2, 0x01020304, []byte("ni"), []byte("nr"), 20)) ||
		bytes.Equal(long[:20], s.Keymat(nil, 3, 0x01020305, []byte("ni"), []byte("nr"), 20)) {
		t.Error("protocol or SPI do not count")
	}
}

package keymat

import (
	"errors"
	"testing"

	"ikewit/impl/alg"
)

func TestDESKeyVectors(t *testing.T) {
	v := load(t).DESKeys
	if len(v.Weak) != 4 || len(v.SemiWeak) != 12 || len(v.Cases) != 4 || len(v.TDES) != 4 {
		t.Fatal("vectors are missing")
	}
	for _, key := range append(v.Weak, v.SemiWeak...) {
		if !alg.WeakDESKey(key) {
			t.Errorf("%x passes", key)
		}
	}
	for i, key := range v.AsPrinted { // the second and third are misprints, and good keys
		if misprint := i == 1 || i == 2; alg.WeakDESKey(key) == misprint {
			t.Errorf("%x: weak %v", key, !misprint)
		}
	}
	des := alg.CipherByName("des")
	for _, c := range v.Cases {
		first, err := CipherKey(alg.HashByName("sha1"), alg.Key(c.SKEYIDe), des, 64, UseWeak)
		if err != nil {
			t.Errorf("%s: %v", c.ID, err)
		}
		same(t, c.ID, "first eight", first, c.SKEYIDe[:8])
		want := c.Key
		if c.WeakFirst {
			want = c.KeyNext
		}
		key, err := CipherKey(alg.HashByName("sha1"), alg.Key(c.SKEYIDe), des, 64, SkipWeak)
		if err != nil {
			t.Errorf("%s: %v", c.ID, err)
		}
		same(t, c.ID, "first eight that are not weak", key, want)
	}
	for _, c := range v.TDES {
		if err := alg.CipherByName("3des").CheckKey(alg.Key(c.Key)); errors.Is(err, alg.ErrWeakKey) != c.Reject {
			t.Errorf("%s: %v", c.ID, err)
		}
	}
}

func TestCipherKeyGivesUpOnWeakKeysOnly(t *testing.T) {
	weak := make(alg.Key, 20)
	for i := range weak {
		weak[i] = 1
	}
	_, err := CipherKey(alg.HashByName("sha1"), weak, alg.CipherByName("des"), 64, SkipWeak)
	if !errors.Is(err, alg.ErrWeakKey) {
		t.Errorf("nothing but weak keys: %v", err)
	}
	if _, err := CipherKey(alg.HashByName("sha1"), weak, alg.CipherByName("aes"), 100, UseWeak); err == nil {
		t.Error("took an AES key of 100 bits")
	}
}

package keymat

import (
	"bytes"
	"errors"
	"testing"

	"ikewit/impl/alg"
)

// RFC 2409 section 10: a message that does not prove good must not move the chain. IKE1-IVC-08.
func TestJunkDoesNotMoveTheChain(t *testing.T) {
	v := load(t)
	p := v.phase1(t, "P1-SHA1-3DES-G2")
	cbc := p.cbc(t)
	iv := PhaseOneIV(alg.HashByName(p.Hash), p.BlockOctets, p.GXi, p.GXr)
	var mm5 message
	for _, m := range p.Messages {
		if m.Name == "MM5" {
			mm5 = m
		}
	}
	junk := bytes.Repeat([]byte{0x5a}, len(mm5.Ciphertext))
	next, err := iv.Decrypt(cbc, junk)
	if err != nil || next == iv {
		t.Fatalf("junk: next IV %x, %v", next.Octets(), err)
	}
	walk(t, p.ID, cbc, iv, mm5)
}

// IKE1-PAD-05: a body that is empty, or no whole number of blocks, is no message; it stays as it was.
func TestIVsRefuseBodiesThatAreNoBlocks(t *testing.T) {
	for _, name := range []string{"des", "3des", "idea", "blowfish", "rc5", "cast", "aes"} {
		c := alg.CipherByName(name)
		cbc, err := c.NewCBC(make(alg.Key, c.IKEBits/8))
		if err != nil {
			t.Fatal(err)
		}
		iv := NewIV(make([]byte, c.Block))
		for n := range 50 {
			data := bytes.Repeat([]byte{7}, n)
			next, errD := iv.Decrypt(cbc, data)
			ok := n > 0 && n%c.Block == 0
			if (errD == nil) != ok || errD != nil && (!errors.Is(errD, alg.ErrNotBlocks) || next != iv) {
				t.Errorf("%s: decrypts %d octets: %v", c, n, errD)
			}
			if !ok && !bytes.Equal(data, bytes.Repeat([]byte{7}, n)) {
				t.Errorf("%s: changed %d octets", c, n)
			}
			if next, err := iv.Encrypt(cbc, data); (err == nil) != ok || err != nil && next != iv {
				t.Errorf("%s: encrypts %d octets: %v", c, n, err)
			}
			if padded := Pad(data, c.Block); len(padded)%c.Block != 0 || len(padded)-n >= c.Block {
				t.Errorf("%s: pads %d octets to %d", c, n, len(padded))
			}
		}
		var none IV
		if _, err := none.Encrypt(cbc, make([]byte, c.Block)); !errors.Is(err, alg.ErrNotBlocks) {
			t.Errorf("%s: encrypts with no IV: %v", c, err)
		}
		if _, err := none.Decrypt(cbc, make([]byte, c.Block)); !errors.Is(err, alg.ErrNotBlocks) {
			t.Errorf("%s: decrypts with no IV: %v", c, err)
		}
	}
}

// Every hash is long enough for the IV of every phase 1 cipher.
func TestIVsAreOneBlock(t *testing.T) {
	for _, h := range alg.Hashes() {
		for _, c := range alg.Ciphers() {
			if c.IKEv1 == 0 {
				continue
			}
			iv := PhaseOneIV(h, c.Block, []byte{1}, []byte{2})
			if want := h.Sum([]byte{1, 2})[:c.Block]; !bytes.Equal(iv.Octets(), want) {
				t.Errorf("%s with %s: %x, want %x", c, h, iv.Octets(), want)
			}
			next := PhaseTwoIV(h, iv, 0x01020304)
			if want := h.Sum(iv.Octets(), []byte{1, 2, 3, 4})[:c.Block]; !bytes.Equal(next.Octets(), want) {
				t.Errorf("%s with %s: %x, want %x", c, h, next.Octets(), want)
			}
		}
	}
}

func TestEqualHashes(t *testing.T) {
	a := []byte{1, 2, 3}
	if !Equal(a, []byte{1, 2, 3}) || Equal(a, a[:2]) || Equal(a, []byte{1, 2, 4}) || !Equal(nil, nil) || Equal(a, nil) {
		t.Error("Equal is wrong")
	}
}

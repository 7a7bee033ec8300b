package keymat

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"errors"
	"math/big"
	"testing"

	"ikewit/impl/alg"
)

// bigHex reads a number that the file gives in hex, perhaps with an odd number of digits.
func bigHex(t *testing.T, digits string) *big.Int {
	n, ok := new(big.Int).SetString(digits, 16)
	if !ok {
		t.Fatalf("not a hex number: %q", digits)
	}
	return n
}

func TestRevisedRSAVectors(t *testing.T) {
	v := load(t)
	if len(v.RevisedRSA) != 2 {
		t.Fatalf("%d vectors, not 2", len(v.RevisedRSA))
	}
	for _, r := range v.RevisedRSA {
		h := alg.HashByName(r.Hash)
		des3 := alg.CipherByName(r.Cipher)
		neI, neR := RevisedNonceKey(h, r.Ni, r.CkyI), RevisedNonceKey(h, r.Nr, r.CkyR)
		same(t, r.ID, "Ne_i", neI, r.NeI)
		same(t, r.ID, "Ne_r", neR, r.NeR)
		same(t, r.ID, "blocks of Ke_i", expand(h, neI, 24), bytes.Join([][]byte{r.KeIBlocks[0], r.KeIBlocks[1]}, nil))
		same(t, r.ID, "blocks of Ke_r", expand(h, neR, 24), bytes.Join([][]byte{r.KeRBlocks[0], r.KeRBlocks[1]}, nil))
		keI, errI := CipherKey(h, neI, des3, 192, UseWeak)
		keR, errR := CipherKey(h, neR, des3, 192, UseWeak)
		if errI != nil || errR != nil {
			t.Fatalf("%s: %v, %v", r.ID, errI, errR)
		}
		same(t, r.ID, "Ke_i", keI, r.KeI)
		same(t, r.ID, "Ke_r", keR, r.KeR)

		cbc, err := des3.NewCBC(keI)
		if err != nil {
			t.Fatal(err)
		}
		iv := NewIV(make([]byte, 8))
		same(t, r.ID, "IV of KE", iv.Octets(), r.KEIV)
		iv = sealBody(t, r.ID+" KE", cbc, iv, r.KE, r.KEPadded, r.KECiphertext)
		same(t, r.ID, "IV of ID", iv.Octets(), r.IDIV)
		sealBody(t, r.ID+" ID", cbc, iv, r.IDii, r.IDPadded, r.IDCiphertext)
	}
}

// sealBody pads and encrypts the body of a payload, takes it apart again, and returns the IV for the next payload.
func sealBody(t *testing.T, id string, cbc alg.CBC, iv IV, body, padded, ciphertext []byte) IV {
	data := PadCounted(bytes.Clone(body), 8)
	same(t, id, "padded", data, padded)
	next, err := iv.Encrypt(cbc, data)
	if err != nil {
		t.Fatal(err)
	}
	same(t, id, "ciphertext", data, ciphertext)
	if _, err := iv.Decrypt(cbc, data); err != nil {
		t.Fatal(err)
	}
	plain, err := Unpad(data)
	if err != nil {
		t.Fatal(err)
	}
	same(t, id, "body", plain, body)
	return next
}

func TestUnpadRefusesMorePaddingThanBody(t *testing.T) {
	for _, bad := range [][]byte{nil, {}, {1}, {0, 0, 0, 0, 0, 0, 0, 8}, {255}} {
		if body, err := Unpad(bad); !errors.Is(err, ErrPadding) {
			t.Errorf("%x: %x, %v", bad, body, err)
		}
	}
	for n := range 20 { // every length of body, both blocks, comes back
		for _, block := range []int{8, 16} {
			body := bytes.Repeat([]byte{7}, n)
			padded := PadCounted(bytes.Clone(body), block)
			got, err := Unpad(padded)
			if err != nil || len(padded)%block != 0 || len(padded) == n || !bytes.Equal(got, body) {
				t.Errorf("%d octets in blocks of %d: %x, %v", n, block, padded, err)
			}
		}
	}
}

// RSA signs HASH_I and HASH_R bare: PKCS#1 block type 1 without the name of a hash (RFC 2409 section 5.1).
func TestRSASignatureVectors(t *testing.T) {
	v := load(t)
	if len(v.RSASignature) != 2 {
		t.Fatalf("%d vectors, not 2", len(v.RSASignature))
	}
	for i, r := range v.RSASignature {
		p := v.phase1(t, r.Phase1)
		s := p.secrets(t)
		signed := s.HashI(p.transcript(), p.IDii)
		if i == 1 {
			signed = s.HashR(p.transcript(), p.IDir)
		}
		same(t, r.ID, "what is signed", signed, r.Signed)

		em := new(big.Int).SetBytes(r.Signature)
		n, e := bigHex(t, r.N), bigHex(t, r.E)
		em.Exp(em, e, n)
		same(t, r.ID, "encoded block", em.FillBytes(make([]byte, len(r.EM))), r.EM)
		pub := &rsa.PublicKey{N: n, E: int(e.Int64())}
		if err := rsa.VerifyPKCS1v15(pub, crypto.Hash(0), signed, r.Signature); err != nil {
			t.Errorf("%s: %v", r.ID, err)
		}
	}
}

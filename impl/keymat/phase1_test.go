package keymat

import (
	"bytes"
	"testing"

	"ikewit/impl/alg"
)

// same fails the test unless got is want.
func same(t testing.TB, id, what string, got, want []byte) {
	t.Helper()
	if len(want) == 0 {
		t.Errorf("%s: the vector has no %s", id, what)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: %s\n got %x\nwant %x", id, what, got, want)
	}
}

func TestPhaseOneVectors(t *testing.T) {
	v := load(t)
	if len(v.Phase1) != 17 || len(v.Aggressive) != 1 {
		t.Fatalf("%d and %d vectors, not 17 and 1", len(v.Phase1), len(v.Aggressive))
	}
	for _, p := range append(v.Phase1, v.Aggressive...) {
		g := alg.GroupByNumber(p.Group)
		same(t, p.ID, "g^xi", g.Public(p.Xi), p.GXi)
		same(t, p.ID, "g^xr", g.Public(p.Xr), p.GXr)
		for _, side := range [][2]octets{{p.Xi, p.GXr}, {p.Xr, p.GXi}} {
			gxy, err := g.Shared(side[0], side[1])
			if err != nil {
				t.Errorf("%s: %v", p.ID, err)
			}
			same(t, p.ID, "g^xy", gxy, p.GXY)
		}
		s := p.secrets(t)
		same(t, p.ID, "SKEYID", s.SKEYID, p.SKEYID)
		same(t, p.ID, "SKEYID_d", s.D, p.D)
		same(t, p.ID, "SKEYID_a", s.A, p.A)
		same(t, p.ID, "SKEYID_e", s.E, p.E)
		same(t, p.ID, "cipher key", s.CipherKey, p.EncKey)
		if len(p.KaBlocks) > 0 {
			ka := expand(s.Hash, s.E, p.KeyOctets)
			same(t, p.ID, "Ka", ka, bytes.Join([][]byte{p.KaBlocks[0], p.KaBlocks[1]}, nil))
		}
		same(t, p.ID, "HASH_I", s.HashI(p.transcript(), p.IDii), p.HashI)
		same(t, p.ID, "HASH_R", s.HashR(p.transcript(), p.IDir), p.HashR)
		same(t, p.ID, "first IV", PhaseOneIV(s.Hash, p.BlockOctets, p.GXi, p.GXr).Octets(), p.FirstIV)
	}
}

// The messages of each phase 1 decrypt along the chain of IVs to the plaintext, and encrypt back to the datagram.
func TestPhaseOneMessages(t *testing.T) {
	v := load(t)
	for _, p := range append(v.Phase1, v.Aggressive...) {
		if p.Auth != "psk" {
			continue
		}
		h := alg.HashByName(p.Hash)
		iv := PhaseOneIV(h, p.BlockOctets, p.GXi, p.GXr)
		encrypted := 0
		for _, m := range p.Messages {
			if !m.clear() {
				iv = walk(t, p.ID, p.cbc(t), iv, m)
				encrypted++
			}
		}
		if encrypted == 0 {
			t.Errorf("%s: no encrypted message", p.ID)
		}
		same(t, p.ID, "last block", iv.Octets(), p.LastBlock)
	}
}

func TestPhaseTwoIVAfterAggressiveMode(t *testing.T) {
	for _, p := range load(t).Aggressive {
		h := alg.HashByName(p.Hash)
		got := PhaseTwoIV(h, NewIV(p.LastBlock), p.AfterEncrypted.MsgID.uint32())
		same(t, p.ID, "IV after an encrypted AM3", got.Octets(), p.AfterEncrypted.IV)
		first := PhaseOneIV(h, p.BlockOctets, p.GXi, p.GXr)
		same(t, p.ID, "base after a clear AM3", first.Octets(), p.ClearLastBlock)
		got = PhaseTwoIV(h, first, p.AfterClear.MsgID.uint32())
		same(t, p.ID, "IV after a clear AM3", got.Octets(), p.AfterClear.IV)
	}
}

// walk checks one message in both directions and returns the IV for the next one.
func walk(t testing.TB, id string, cbc alg.CBC, iv IV, m message) IV {
	t.Helper()
	id += " " + m.Name
	same(t, id, "IV", iv.Octets(), m.IV)
	same(t, id, "body of the datagram", m.Datagram[28:], m.Ciphertext)

	data := bytes.Clone(m.Ciphertext)
	afterDecrypt, err := iv.Decrypt(cbc, data)
	if err != nil {
		t.Errorf("%s: %v", id, err)
	}
	padded := append(bytes.Clone(m.Plaintext), make([]byte, m.PadOctets)...)
	same(t, id, "plaintext", data, padded)

	data = Pad(bytes.Clone(m.Plaintext), cbc.BlockSize())
	same(t, id, "padding", data, padded)
	afterEncrypt, err := iv.Encrypt(cbc, data)
	if err != nil {
		t.Errorf("%s: %v", id, err)
	}
	same(t, id, "ciphertext", data, m.Ciphertext)
	if afterEncrypt != afterDecrypt {
		t.Errorf("%s: next IV %x after encrypting, %x after decrypting", id, afterEncrypt.Octets(), afterDecrypt.Octets())
	}
	return afterEncrypt
}

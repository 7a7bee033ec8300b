package keymat

import (
	"bytes"
	"testing"

	"ikewit/impl/alg"
)

// suites are the names that the file uses for what an SA takes.
var suites = map[string]struct {
	cipher string
	bits   int
}{
	"3des": {"3des", 192}, "des": {"des", 64}, "null": {"null", 0},
	"aes128": {"aes", 128}, "aes256": {"aes", 256},
}

func TestQuickModeVectors(t *testing.T) {
	v := load(t)
	if len(v.QuickMode) != 12 {
		t.Fatalf("%d vectors, not 12", len(v.QuickMode))
	}
	for _, q := range v.QuickMode {
		p := v.phase1(t, q.Phase1)
		s := p.secrets(t)
		same(t, q.ID, "base of the IVs", p.LastBlock, q.LastBlock)

		iv := PhaseTwoIV(s.Hash, NewIV(q.LastBlock), q.MsgID.uint32())
		for _, m := range q.Messages {
			iv = walk(t, q.ID, p.cbc(t), iv, m)
		}
		id := q.MsgID.uint32()
		same(t, q.ID, "HASH(1)", s.Hash1(id, behindHash(q.Messages[0].Plaintext, q.Hash1)), q.Hash1)
		same(t, q.ID, "HASH(2)", s.Hash2(id, q.Ni, behindHash(q.Messages[1].Plaintext, q.Hash2)), q.Hash2)
		same(t, q.ID, "HASH(3)", s.Hash3(id, q.Ni, q.Nr), q.Hash3)
		same(t, q.ID, "HASH payload of QM3", q.Messages[2].Plaintext[4:], q.Hash3)

		checkPFS(t, &q)
		same(t, q.ID, "SPI to the responder", q.Keymat.ToResponder.SPI, q.SPIr)
		same(t, q.ID, "SPI to the initiator", q.Keymat.ToInitiator.SPI, q.SPIi)
		checkKeymat(t, &q, s, &q.Keymat.ToResponder)
		checkKeymat(t, &q, s, &q.Keymat.ToInitiator)
	}
}

// behindHash is what a message holds behind its HASH payload; nil if it does not start with that HASH.
func behindHash(plaintext, hash []byte) []byte {
	n := 4 + len(hash)
	if len(plaintext) < n || !bytes.Equal(plaintext[4:n], hash) {
		return nil
	}
	return plaintext[n:]
}

func checkPFS(t *testing.T, q *quickVector) {
	if q.PFSGroup == 0 {
		return
	}
	g := alg.GroupByNumber(q.PFSGroup)
	same(t, q.ID, "g^xi", g.Public(q.Xi), q.GXi)
	same(t, q.ID, "g^xr", g.Public(q.Xr), q.GXr)
	gxy, err := g.Shared(q.Xr, q.GXi)
	if err != nil {
		t.Errorf("%s: %v", q.ID, err)
	}
	same(t, q.ID, "g^xy", gxy, q.GXY)
}

func checkKeymat(t *testing.T, q *quickVector, s *Secrets, d *direction) {
	var c *alg.Cipher
	suite := suites[q.Encryption]
	if q.Protocol == 3 {
		if c = alg.CipherByName(suite.cipher); c == nil {
			t.Fatalf("%s: no cipher %q", q.ID, q.Encryption)
		}
	}
	a := alg.IntegrityByName(q.Authentication)
	n := Octets(c, suite.bits, a)
	keymat := s.Keymat(q.GXY, q.Protocol, d.SPI.uint32(), q.Ni, q.Nr, n)
	same(t, q.ID, "KEYMAT", keymat, d.Keymat)

	var blocks []byte
	for _, b := range d.Blocks {
		blocks = append(blocks, b...)
	}
	same(t, q.ID, "blocks of KEYMAT", s.Keymat(q.GXY, q.Protocol, d.SPI.uint32(), q.Ni, q.Nr, len(blocks)), blocks)

	cipherKey, integrityKey, err := Cut(keymat, c, suite.bits, a)
	if err != nil {
		t.Errorf("%s: %v", q.ID, err)
	}
	if !bytes.Equal(cipherKey, d.EncKey) {
		t.Errorf("%s: cipher key %x, want %x", q.ID, cipherKey.Octets(), d.EncKey)
	}
	same(t, q.ID, "integrity key", integrityKey, d.AuthKey)
}

// The salt of an AEAD or of AES-CTR belongs to the cipher's share; AH has no cipher's share at all.
func TestCutFollowsTheAlgorithms(t *testing.T) {
	rows := []struct {
		cipher           string
		bits             int
		integrity        string
		cipherKey, total int
	}{
		{"aes-gcm-16", 256, "", 36, 36},
		{"aes-ctr", 128, "hmac-sha1-96", 20, 40},
		{"aes", 192, "hmac-sha512-256", 24, 88},
		{"blowfish", 40, "hmac-md5-96", 5, 21},
		{"null", 0, "hmac-sha256-128", 0, 32},
		{"3des", 192, "none", 24, 24},
		{"", 0, "hmac-sha384-192", 0, 48},
	}
	for _, r := range rows {
		c, a := alg.CipherByName(r.cipher), alg.IntegrityByName(r.integrity)
		n := Octets(c, r.bits, a)
		if n != r.total {
			t.Errorf("%s %d %s: %d octets, not %d", r.cipher, r.bits, r.integrity, n, r.total)
		}
		keymat := make(alg.Key, n)
		for i := range keymat {
			keymat[i] = byte(i)
		}
		ck, ik, err := Cut(keymat, c, r.bits, a)
		if err != nil || !bytes.Equal(ck, keymat[:r.cipherKey]) || !bytes.Equal(ik, keymat[r.cipherKey:]) {
			t.Errorf("%s %d %s: %v, %v, %v", r.cipher, r.bits, r.integrity, ck, ik, err)
		}
		if _, _, err := Cut(append(keymat, 0), c, r.bits, a); err == nil {
			t.Errorf("%s %d %s: took an octet too many", r.cipher, r.bits, r.integrity)
		}
	}
	if _, _, err := Cut(make(alg.Key, 17), alg.CipherByName("aes"), 136, nil); err == nil {
		t.Error("took an AES key of 136 bits")
	}
}

func TestInformationalVectors(t *testing.T) {
	v := load(t)
	if len(v.Informational) != 4 {
		t.Fatalf("%d vectors, not 4", len(v.Informational))
	}
	for _, f := range v.Informational {
		p := v.phase1(t, f.Phase1)
		s := p.secrets(t)
		walk(t, f.ID, p.cbc(t), PhaseTwoIV(s.Hash, NewIV(p.LastBlock), f.MsgID.uint32()), f.Message)
		same(t, f.ID, "HASH(1)", s.Hash1(f.MsgID.uint32(), behindHash(f.Message.Plaintext, f.Hash1)), f.Hash1)
	}
}

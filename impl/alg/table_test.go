package alg

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// The sizes and numbers of RFC 2407, 2409, 2451, 3602, 3686, 4106 and of the registries, written down a second time.
func TestCipherTable(t *testing.T) {
	rows := []string{ // name, key bits, defaults in phase 1 and ESP; block, IV, salt, ICV; IKEv1, ESP, IKEv2, PF_KEY; XFRM
		"null 0-0/0 0 0; 1 0 0 0; 0 11 11 11; ecb(cipher_null)",
		"des 64-64/0 64 64; 8 8 0 0; 1 2 2 2; cbc(des)",
		"des-iv64 64-64/0 0 64; 8 8 0 0; 0 1 1 0; ",
		"des-iv32 64-64/0 0 64; 8 4 0 0; 0 9 9 0; ",
		"des-deriv 64-64/0 0 64; 8 0 0 0; 0 0 0 0; ",
		"3des 192-192/0 192 192; 8 8 0 0; 5 3 3 3; cbc(des3_ede)",
		"rc5 40-2040/8 128 128; 8 8 0 0; 4 4 4 0; ",
		"idea 128-128/0 128 128; 8 8 0 0; 2 5 5 0; ",
		"cast 40-128/8 128 128; 8 8 0 0; 6 6 6 6; cbc(cast5)",
		"blowfish 40-448/8 448 128; 8 8 0 0; 3 7 7 7; cbc(blowfish)",
		"aes 128-256/64 128 128; 16 16 0 0; 7 12 12 12; cbc(aes)",
		"aes-ctr 128-256/64 0 128; 1 8 4 0; 0 13 13 13; rfc3686(ctr(aes))",
		"aes-gcm-8 128-256/64 0 128; 1 8 4 8; 0 18 18 18; rfc4106(gcm(aes))",
		"aes-gcm-12 128-256/64 0 128; 1 8 4 12; 0 19 19 19; rfc4106(gcm(aes))",
		"aes-gcm-16 128-256/64 0 128; 1 8 4 16; 0 20 20 20; rfc4106(gcm(aes))",
	}
	for i, c := range Ciphers() {
		got := fmt.Sprintf("%s %d-%d/%d %d %d; %d %d %d %d; %d %d %d %d; %s", c, c.MinBits, c.MaxBits, c.StepBits,
			c.IKEBits, c.ESPBits, c.Block, c.IV, c.Salt, c.ICV, c.IKEv1, c.ESP, c.IKEv2, c.PFKEY, c.XFRM)
		if i >= len(rows) || got != rows[i] {
			t.Errorf("row %d: %s", i, got)
		}
	}
	if len(Ciphers()) != len(rows) {
		t.Errorf("%d ciphers, not %d", len(Ciphers()), len(rows))
	}
}

func TestIntegrityTable(t *testing.T) {
	rows := []string{ // name, key bits, ICV; attribute, AH, IKEv2, PF_KEY; XFRM
		"none 0 0; 0 0 0 0;  0",
		"hmac-md5-96 128 12; 1 2 1 2; hmac(md5) 96",
		"hmac-sha1-96 160 12; 2 3 2 3; hmac(sha1) 96",
		"hmac-sha256-128 256 16; 5 5 12 5; hmac(sha256) 128",
		"hmac-sha256-96 256 12; 5 5 0 5; hmac(sha256) 96",
		"hmac-sha384-192 384 24; 6 6 13 6; hmac(sha384) 192",
		"hmac-sha512-256 512 32; 7 7 14 7; hmac(sha512) 256",
		"hmac-md5-128 128 16; 0 0 6 0; hmac(md5) 128",
		"hmac-sha1-160 160 20; 0 0 7 0; hmac(sha1) 160",
	}
	for i, g := range Integrities() {
		got := fmt.Sprintf("%s %d %d; %d %d %d %d; %s %d", g, g.KeyBits, g.ICV, g.Attr, g.AH, g.IKEv2, g.PFKEY, g.XFRM, g.XFRMTrunc)
		if i >= len(rows) || got != rows[i] {
			t.Errorf("row %d: %s", i, got)
		}
	}
	if len(Integrities()) != len(rows) {
		t.Errorf("%d algorithms, not %d", len(Integrities()), len(rows))
	}
}

func TestHashAndGroupTables(t *testing.T) {
	var got []string
	for _, h := range Hashes() {
		got = append(got, fmt.Sprintf("%s %d/%d %d %d", h, h.Size, h.BlockSize, h.IKEv1, h.IKEv2))
	}
	if want := "md5 16/64 1 1, sha1 20/64 2 2, sha256 32/64 4 5, sha384 48/128 5 6, sha512 64/128 6 7"; strings.Join(got, ", ") != want {
		t.Errorf("hashes %s", got)
	}
	got = nil
	for _, g := range Groups() {
		got = append(got, fmt.Sprintf("%d %s %d", g.Number, g, g.Octets))
		if p := g.Prime(); len(p) != g.Octets || p[0] != 0xff {
			t.Errorf("%s: prime of %d octets", g, len(p))
		}
	}
	want := "1 modp768 96, 2 modp1024 128, 5 modp1536 192, 14 modp2048 256, " +
		"15 modp3072 384, 16 modp4096 512, 17 modp6144 768, 18 modp8192 1024"
	if strings.Join(got, ", ") != want {
		t.Errorf("groups %s", got)
	}
}

// What one finds by a number or a name is the row that has it; 0 finds nothing, and no name means two things.
func TestLookUps(t *testing.T) {
	for _, c := range Ciphers() {
		for _, name := range append([]string{c.Name}, c.Aliases...) {
			if CipherByName(name) != c {
				t.Errorf("cipher %q is %v, not %s", name, CipherByName(name), c)
			}
		}
		for what, found := range map[string]bool{
			"IKEv1":  c.IKEv1 == 0 || CipherByIKEv1(c.IKEv1) == c,
			"ESP":    c.ESP == 0 || CipherByESP(c.ESP) == c,
			"PF_KEY": c.PFKEY == 0 || CipherByPFKEY(c.PFKEY) == c,
		} {
			if !found {
				t.Errorf("%s is not found by its %s number", c, what)
			}
		}
	}
	for _, g := range Integrities() {
		for _, name := range append([]string{g.Name}, g.Aliases...) {
			if IntegrityByName(name) != g {
				t.Errorf("integrity %q is %v, not %s", name, IntegrityByName(name), g)
			}
		}
	}
	if IntegrityByAttr(5).ICV != 16 || IntegrityByAH(5).ICV != 16 || IntegrityByPFKEY(5).ICV != 16 || IntegrityByAH(3).Name != "hmac-sha1-96" {
		t.Error("SHA-256 is not truncated to 128 bits, RFC 4868")
	}
	for _, h := range Hashes() {
		if HashByName(h.Name) != h || HashByIKEv1(h.IKEv1) != h {
			t.Errorf("%s is not found", h)
		}
	}
	for _, g := range Groups() {
		if GroupByName(g.Name) != g || GroupByNumber(g.Number) != g {
			t.Errorf("%s is not found", g)
		}
	}
	if CipherByName("") != nil || CipherByIKEv1(0) != nil || CipherByESP(0) != nil || CipherByESP(255) != nil ||
		CipherByPFKEY(0) != nil || HashByIKEv1(3) != nil || HashByName("tiger") != nil || GroupByNumber(0) != nil ||
		GroupByNumber(3) != nil || GroupByName("") != nil || IntegrityByAttr(0) != nil || IntegrityByAH(0) != nil ||
		IntegrityByPFKEY(0) != nil || IntegrityByName("") != nil {
		t.Error("found what is not there")
	}
}

// RFC 2451 section 2.2, RFC 3602 section 2.2, RFC 2407 section 4.5: IPS-CIPH-15.
func TestKeyLengths(t *testing.T) {
	allowed := map[string]func(bits int) bool{
		"null": func(bits int) bool { return bits == 0 },
		"des":  func(bits int) bool { return bits == 64 }, "3des": func(bits int) bool { return bits == 192 },
		"idea":     func(bits int) bool { return bits == 128 },
		"blowfish": func(bits int) bool { return bits >= 40 && bits <= 448 && bits%8 == 0 },
		"cast":     func(bits int) bool { return bits >= 40 && bits <= 128 && bits%8 == 0 },
		"rc5":      func(bits int) bool { return bits >= 40 && bits <= 2040 && bits%8 == 0 },
		"aes":      func(bits int) bool { return bits == 128 || bits == 192 || bits == 256 },
	}
	for _, c := range Ciphers() {
		name, _, _ := strings.Cut(c.Name, "-")
		for bits := -8; bits <= 2100; bits++ {
			if (c.CheckKeyBits(bits) == nil) != allowed[name](bits) {
				t.Errorf("%s with %d bits: %v", c, bits, c.CheckKeyBits(bits))
			}
		}
		for octets := range 270 {
			key := bytes.Repeat([]byte{0x31, 0x13, 0x75}, 90)[:octets]
			_, errESP := c.NewESP(key)
			_, errCBC := c.NewCBC(key)
			ok := octets >= c.Salt && allowed[name](8*(octets-c.Salt))
			if (errESP == nil) != ok || (errCBC == nil) != (ok && c.IKEv1 != 0) || (c.CheckKey(key) == nil) != ok {
				t.Errorf("%s with %d octets of key: %v, %v, %v", c, octets, errESP, errCBC, c.CheckKey(key))
			}
		}
		rule := map[string]Presence{"aes": Required, "blowfish": Variable, "cast": Variable, "rc5": Variable}[name]
		if c.KeyLength != rule || c.FixedKey() != (rule == Forbidden) || c.AEAD() != (c.ICV > 0) {
			t.Errorf("%s: attribute %d, fixed %v, AEAD %v", c, c.KeyLength, c.FixedKey(), c.AEAD())
		}
	}
}

// Weak is a matter of the 56 bits that DES uses: every parity, and every one of the sixteen keys.
func TestWeakKeysWhateverTheirParity(t *testing.T) {
	rnd := seeded(t, 30)
	des, des3 := CipherByName("des"), CipherByName("3des")
	good := []byte{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef}
	for _, w := range desWeakKeys {
		for range 20 {
			key := make([]byte, 8)
			for i := range key {
				key[i] = byte(w>>(56-8*i)) ^ byte(rnd.IntN(2))
			}
			strong := bytes.Clone(key)
			strong[rnd.IntN(8)] ^= 0x10
			other := draw(rnd, 8)
			triple := bytes.Join([][]byte{other, key, good}, nil)
			if !WeakDESKey(key) || !errors.Is(des.CheckKey(key), ErrWeakKey) || !errors.Is(des3.CheckKey(triple), ErrWeakKey) {
				t.Errorf("%x passes", key)
			}
			if WeakDESKey(strong) || des.CheckKey(strong) != nil {
				t.Errorf("%x does not pass", strong)
			}
			if strings.Contains(des.CheckKey(key).Error(), fmt.Sprintf("%x", key)) {
				t.Error("the error shows the key")
			}
		}
	}
	other := []byte{0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10}
	for _, row := range []struct {
		k1, k2, k3 []byte
		good       bool
	}{{good, good, other, false}, {other, good, good, false}, {good, other, good, true}, {good, good, good, false}} {
		if err := des3.CheckKey(bytes.Join([][]byte{row.k1, row.k2, row.k3}, nil)); errors.Is(err, ErrWeakKey) == row.good {
			t.Errorf("3DES with %x %x %x: %v", row.k1, row.k2, row.k3, err)
		}
	}
	if WeakDESKey(make([]byte, 7)) || WeakDESKey(nil) {
		t.Error("a key of another length is weak")
	}
}

// A weak key undoes itself; a pair of semi-weak keys undo each other. This is what makes the list, not its print.
func TestWeakKeysAreWeak(t *testing.T) {
	for i, w := range desWeakKeys {
		inverse := w
		if i >= 4 {
			inverse = desWeakKeys[i^1]
		}
		text := []byte{1, 2, 3, 4, 5, 6, 7, 8}
		for _, k := range []uint64{w, inverse} {
			key := make([]byte, 8)
			for i := range key {
				key[i] = byte(k >> (56 - 8*i))
			}
			cbc, err := newDES(key)
			if err != nil {
				t.Fatal(err)
			}
			cbc.Encrypt(make([]byte, 8), text)
		}
		if !bytes.Equal(text, []byte{1, 2, 3, 4, 5, 6, 7, 8}) {
			t.Errorf("%016x is not weak", w)
		}
	}
}

func TestSameDESKeyMasksParity(t *testing.T) {
	a := Key{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef}
	b := Key{0x00, 0x22, 0x44, 0x66, 0x88, 0xaa, 0xcc, 0xee}
	if !SameDESKey(a, b) || !SameDESKey(nil, nil) || SameDESKey(a, b[:7]) {
		t.Error("parity counts, or length does not")
	}
	b[7] ^= 2
	if SameDESKey(a, b) {
		t.Error("a bit of the key does not count")
	}
}

// Whatever prints a key prints its length.
func TestKeysDoNotShow(t *testing.T) {
	key := Key("sesame, open")
	const want = "key of 12 octets"
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%o", "%b", "%20s", "%z"} {
		if got := fmt.Sprintf(verb, key); got != want {
			t.Errorf("%s: %s", verb, got)
		}
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("made", "k", key)
	text, err := json.Marshal(map[string]Key{"k": key})
	if err != nil {
		t.Fatal(err)
	}
	holder := struct{ Name, K any }{"x", key}
	for _, got := range []string{fmt.Sprintf("%v", holder), fmt.Sprintf("%+v", []Key{key}), fmt.Sprintf("%#v", map[string]Key{"k": key}),
		fmt.Errorf("bad: %v", key).Error(), log.String(), string(text)} {
		if strings.Contains(got, "sesame") || strings.Contains(got, "115") || strings.Contains(got, "73 65") || !strings.Contains(got, want) {
			t.Errorf("%s", got)
		}
	}
	if string(key.Octets()) != "sesame, open" {
		t.Error("the octets are not the key's")
	}
}

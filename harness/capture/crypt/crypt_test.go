package crypt

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"testing"
)

// primeDigests are SHA-256 over the primes as the RFCs print them.
var primeDigests = map[uint16]string{
	1:  "b52ba6a3026520a6c49d37e4587601801bee500123b3259b6bf03e7cecc3e63d",
	2:  "3f35a3f5f6c4376a744acad409bb22f8d897f949d2311d885adaa890981b67a0",
	5:  "64fcc83ec403930bf18393dbc883ccaa1fbb08ac876f77f7aa99748ca945019b",
	14: "d66436f79bbd6b2e38c0ffbd079be904d2641415e2e67140e09448be9a60890e",
	15: "48cf8b092fbce4359d9871abf74f98e25b6163379eaa15cd9087e800c6d1c55c",
	16: "4ee95187682bcb230ad26a95205f6920e84708f6251b3894329b09ec23919e33",
	17: "d1bfe6d0925ce7e4da262b62861514a7755e35831e429f343e7b864848657efd",
	18: "39ab4feab950a3128fb71accb9fc3965d857012e081998a85996e3ea8b3c3bcf",
}

func TestGroupPrimesAreThoseOfTheRFCs(t *testing.T) {
	for number, want := range primeDigests {
		g := GroupByNumber(number)
		if got := sha256.Sum256(g.Prime().Bytes()); hex.EncodeToString(got[:]) != want {
			t.Errorf("%s: prime %x...", g, g.Prime().Bytes()[:16])
		}
	}
	if len(groups) != len(primeDigests) {
		t.Errorf("%d groups, %d digests", len(groups), len(primeDigests))
	}
}

func TestSharedRefusesValuesThatCannotBePublic(t *testing.T) {
	g := GroupByNumber(1)
	value := func(n *big.Int) []byte { return n.FillBytes(make([]byte, g.Octets())) }
	minus := func(n int64) *big.Int { return new(big.Int).Sub(g.Prime(), big.NewInt(n)) }
	for name, y := range map[string][]byte{
		"0": value(big.NewInt(0)), "1": value(big.NewInt(1)), "p-1": value(minus(1)), "p": value(g.Prime()), "short": {2},
	} {
		if _, err := g.Shared(Secret{5}, y); err == nil {
			t.Errorf("%s passes", name)
		}
	}
	for name, y := range map[string][]byte{"2": value(big.NewInt(2)), "p-2": value(minus(2))} {
		if _, err := g.Shared(Secret{5}, y); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Known answers: single blocks, ECB. DES and 3DES: the classic example "Now is t" and NIST SP 800-67 style keys made of
// it; Blowfish: its author's set; IDEA: the example of its author; CAST: RFC 2144 appendix B.1; AES: FIPS 197 appendix C.
var blocks = []struct{ cipher, key, plain, text string }{
	{"des", "0123456789abcdef", "4e6f772069732074", "3fa40e8a984d4815"},
	{"3des", "0123456789abcdef0123456789abcdef0123456789abcdef", "4e6f772069732074", "3fa40e8a984d4815"},
	{"blowfish", "0123456789abcdef", "1111111111111111", "61f9c3802281b096"},
	{"cast", "0123456712345678234567893456789a", "0123456789abcdef", "238b4fe5847e44b2"},
	{"cast", "01234567123456782345", "0123456789abcdef", "eb6a711a2c02271b"},
	{"cast", "0123456712", "0123456789abcdef", "7ac816d16e9b302e"},
	{"idea", "00010002000300040005000600070008", "0000000100020003", "11fbed2b01986de5"},
	{"aes", "000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff", "69c4e0d86a7b0430d8cdb78070b4c55a"},
	{"aes", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "00112233445566778899aabbccddeeff", "8ea2b7ca516745bfeafc49904b496089"},
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func TestCipherKnownAnswers(t *testing.T) {
	for _, row := range blocks {
		c := CipherByName(row.cipher)
		got, err := c.DecryptCBC(unhex(row.key), make([]byte, c.Block), unhex(row.text))
		if err != nil || hex.EncodeToString(got) != row.plain {
			t.Errorf("%s, %d octets of key: %x, %v", row.cipher, len(row.key)/2, got, err)
		}
	}
}

// TestCiphersUndoThemselves needs no vector: what Encrypt made, DecryptCBC opens, and a flipped bit shows.
func TestCiphersUndoThemselves(t *testing.T) {
	for _, c := range Ciphers() {
		if c.Mode != CBC {
			continue
		}
		for _, n := range []int{c.Min, c.Key2, c.Max} {
			key := make(Secret, n)
			for i := range key {
				key[i] = byte(i*7 + 1)
			}
			b, err := c.NewBlock(key)
			if err != nil {
				t.Errorf("%s, %d octets: %v", c, n, err)
				continue
			}
			plain := bytes.Repeat([]byte{0xa5}, b.BlockSize())
			text := make([]byte, len(plain))
			b.Encrypt(text, plain)
			back, err := c.DecryptCBC(key, make([]byte, b.BlockSize()), text)
			if err != nil || !bytes.Equal(back, plain) || bytes.Equal(text, plain) {
				t.Errorf("%s, %d octets: %x, %v", c, n, back, err)
			}
		}
		if _, err := c.NewBlock(make(Secret, c.Max+1)); err == nil {
			t.Errorf("%s takes a key of %d octets", c, c.Max+1)
		}
		if _, err := c.DecryptCBC(make(Secret, c.Key2), make([]byte, c.Block), make([]byte, c.Block+1)); err == nil {
			t.Errorf("%s takes a broken block", c)
		}
	}
}

func TestErrorsShowNoKey(t *testing.T) {
	for _, c := range Ciphers() {
		_, err := c.NewBlock(Secret(strings.Repeat("my secret key, longer than any cipher takes it, which no error may show; ", 4)))
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", c, err)
		}
	}
	if text := fmt.Sprintf("%v %x %s %#v %d", Secret("abc"), Secret("abc"), Secret("abc"), Secret("abc"), Secret("abc")); strings.Contains(text, "abc") || strings.Contains(text, "616263") || strings.Contains(text, "97") {
		t.Error(text)
	}
}

// RFC 2202 case 1 and RFC 4231 case 1, truncated.
func TestIntegrityKnownAnswers(t *testing.T) {
	for name, row := range map[string]struct{ key, want string }{
		"hmac-md5-96":     {strings.Repeat("0b", 16), "9294727a3638bb1c13f48ef8"},
		"hmac-sha1-96":    {strings.Repeat("0b", 20), "b617318655057264e28bc0b6"},
		"hmac-sha256-128": {strings.Repeat("0b", 20), "b0344c61d8db38535ca8afceaf0bf12b"},
		"hmac-sha256-96":  {strings.Repeat("0b", 20), "b0344c61d8db38535ca8afce"},
		"hmac-sha384-192": {strings.Repeat("0b", 20), "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec6"},
		"hmac-sha512-256": {strings.Repeat("0b", 20), "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"},
	} {
		if got := IntegrityByName(name).Sum(unhex(row.key), []byte("Hi "), []byte("There")); hex.EncodeToString(got) != row.want {
			t.Errorf("%s: %x", name, got)
		}
	}
	if i := IntegrityByAttr(5); i.Name != "hmac-sha256-128" {
		t.Errorf("attribute 5 is %s", i)
	}
}

// TestNumbersAndKeyLengths holds the tables against RFC 2409 appendix A and B, RFC 2407 section 4.4 and RFC 2451 2.2.
func TestNumbersAndKeyLengths(t *testing.T) {
	var got []string
	for n := uint16(1); n < 10; n++ {
		if c := CipherByPhase1(n); c != nil {
			got = append(got, fmt.Sprintf("%d %s %d", n, c, c.Key1))
		}
	}
	if text := strings.Join(got, ", "); text != "1 des 8, 2 idea 16, 3 blowfish 56, 4 rc5 16, 5 3des 24, 6 cast 16, 7 aes 16" {
		t.Error(text)
	}
	got = nil
	for n := range 256 {
		if c := CipherByESP(uint8(n)); c != nil {
			got = append(got, fmt.Sprintf("%d %s %d", n, c, c.Key2))
		}
	}
	if text := strings.Join(got, ", "); text != "1 des-iv64 8, 2 des 8, 3 3des 24, 4 rc5 16, 5 idea 16, 6 cast 16, 7 blowfish 16, 9 des-iv32 8, 11 null 0,"+
		" 12 aes 16, 13 aes-ctr 16, 18 aes-gcm-8 16, 19 aes-gcm-12 16, 20 aes-gcm-16 16" {
		t.Error(text)
	}
	got = nil
	for n := uint16(0); n < 10; n++ {
		if h := HashByNumber(n); h != nil {
			got = append(got, fmt.Sprintf("hash %d %s", n, h))
		}
		if i := IntegrityByAttr(n); i != nil {
			got = append(got, fmt.Sprintf("attr %d %s %d", n, i, i.Octets))
		}
		if i := IntegrityByAH(uint8(n)); i != nil {
			got = append(got, fmt.Sprintf("AH %d %s", n, i))
		}
	}
	if text := strings.Join(got, ", "); text != "hash 1 md5, attr 1 hmac-md5-96 16, hash 2 sha1, attr 2 hmac-sha1-96 20, AH 2 hmac-md5-96, AH 3 hmac-sha1-96,"+
		" hash 4 sha256, hash 5 sha384, attr 5 hmac-sha256-128 32, AH 5 hmac-sha256-128, hash 6 sha512, attr 6 hmac-sha384-192 48, AH 6 hmac-sha384-192,"+
		" attr 7 hmac-sha512-256 64, AH 7 hmac-sha512-256" {
		t.Error(text)
	}
}

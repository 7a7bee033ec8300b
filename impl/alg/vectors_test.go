package alg

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// A vector is one case of a file in testdata: fields by name. Cases are set apart by empty lines, # begins a comment.
type vector struct {
	at     string // file and number of the case
	fields map[string]string
}

func vectors(t *testing.T, file string, atLeast int) (all []vector) {
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range strings.Split(string(text), "\n\n") {
		v := vector{at: file + " case " + strconv.Itoa(len(all)+1), fields: map[string]string{}}
		for line := range strings.Lines(block) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
			if name != "" && name[0] != '#' {
				v.fields[name] = strings.TrimSpace(value)
			}
		}
		if len(v.fields) > 0 {
			all = append(all, v)
		}
	}
	if len(all) < atLeast {
		t.Fatalf("%s: %d cases, not %d", file, len(all), atLeast)
	}
	return all
}

// octets returns a field that is hex; nil if the case has none.
func (v vector) octets(t *testing.T, name string) []byte {
	p, err := hex.DecodeString(v.fields[name])
	if err != nil {
		t.Fatalf("%s: %s: %v", v.at, name, err)
	}
	return p
}

// Blocks and CBC texts of every block cipher, in both directions.
func TestBlockCipherVectors(t *testing.T) {
	for _, row := range []struct {
		name  string
		cases int
	}{{"des", 22}, {"3des", 2}, {"blowfish", 32}, {"cast", 3}, {"idea", 11}, {"rc5", 30}, {"aes", 10}} {
		for _, v := range vectors(t, row.name+".txt", row.cases) {
			checkBlocksOf(t, CipherByName(row.name), v)
		}
	}
}

func checkBlocksOf(t *testing.T, c *Cipher, v vector) {
	cbc, err := c.vectorCBC(v, v.octets(t, "key"))
	if err != nil {
		t.Fatalf("%s: %v", v.at, err)
	}
	iv, text, want := v.octets(t, "iv"), v.octets(t, "text"), v.octets(t, "cipher")
	size := len(text)
	if v.fields["iv"] == "" { // blocks on their own: CBC of one block under a zero IV
		iv, size = make([]byte, c.Block), c.Block
	}
	for ; len(text) > 0; text, want = text[size:], want[size:] {
		data := bytes.Clone(text[:size])
		if err := cbc.Encrypt(iv, data); err != nil || !bytes.Equal(data, want[:size]) {
			t.Errorf("%s: %x, want %x (%v)", v.at, data, want[:size], err)
		}
		if err := cbc.Decrypt(iv, data); err != nil || !bytes.Equal(data, text[:size]) {
			t.Errorf("%s: back to %x, not %x (%v)", v.at, data, text[:size], err)
		}
	}
}

// vectorCBC makes a cipher that may break the rules of its row: RC5 vectors have other rounds and shorter keys.
func (c *Cipher) vectorCBC(v vector, key []byte) (CBC, error) {
	if rounds := v.fields["rounds"]; rounds != "" && (rounds != "16" || c.CheckKeyBits(8*len(key)) != nil) {
		n, err := strconv.Atoi(rounds)
		return newBlockCBC(expandRC5(key, n)), err
	}
	return c.NewCBC(key)
}

// The texts of the ESP ciphers, through the interface that the data plane uses.
func TestESPVectors(t *testing.T) {
	for _, row := range []struct {
		name, file string
		cases      int
	}{
		{"null", "null.txt", 2}, {"aes", "aes.txt", 10}, {"aes-ctr", "aes-ctr.txt", 9},
		{"aes-gcm-16", "aes-gcm.txt", 12}, {"aes-gcm-12", "aes-gcm.txt", 12}, {"aes-gcm-8", "aes-gcm.txt", 12},
	} {
		c := CipherByName(row.name)
		for _, v := range vectors(t, row.file, row.cases) {
			e, err := c.NewESP(v.octets(t, "key"))
			if err != nil {
				t.Fatalf("%s: %v", v.at, err)
			}
			head, iv, text := v.octets(t, "head"), v.octets(t, "iv"), v.octets(t, "text")
			want := append(v.octets(t, "cipher"), v.octets(t, "icv")[:c.ICV]...)
			body := append(bytes.Clone(text), make([]byte, c.ICV)...)
			if err := e.Seal(head, iv, body); err != nil || !bytes.Equal(body, want) {
				t.Errorf("%s as %s: %x, want %x (%v)", v.at, c, body, want, err)
			}
			if err := e.Open(head, iv, body); err != nil || !bytes.Equal(body[:len(text)], text) {
				t.Errorf("%s as %s: back to %x (%v)", v.at, c, body, err)
			}
		}
	}
}

// The maintenance test of RFC 2144 appendix B.2, all its million rounds.
func TestCASTMaintenance(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second or two")
	}
	key := []byte{0x01, 0x23, 0x45, 0x67, 0x12, 0x34, 0x56, 0x78, 0x23, 0x45, 0x67, 0x89, 0x34, 0x56, 0x78, 0x9a}
	a, b := bytes.Clone(key), bytes.Clone(key)
	for range 1000000 {
		c, _ := newCAST(b)
		c.Encrypt(a[:8], a[:8])
		c.Encrypt(a[8:], a[8:])
		c, _ = newCAST(a)
		c.Encrypt(b[:8], b[:8])
		c.Encrypt(b[8:], b[8:])
	}
	if got := fmt.Sprintf("%x %x", a, b); got != "eea9d0a249fd3ba6b3436fb89d6dca92 b2c95eb00c31ad7180ac05b8e83d696e" {
		t.Errorf("%s", got)
	}
}

func TestHashVectors(t *testing.T) {
	for _, v := range vectors(t, "hash.txt", 7) {
		got := HashByName(v.fields["hash"]).Sum(v.octets(t, "text"))
		if want := v.octets(t, "digest"); !bytes.Equal(got, want) {
			t.Errorf("%s: %x, want %x", v.at, got, want)
		}
	}
}

func TestPRFVectors(t *testing.T) {
	for _, v := range vectors(t, "hmac.txt", 35) {
		h := HashByName(v.fields["hash"])
		got, want := h.PRF(v.octets(t, "key"), v.octets(t, "text")), v.octets(t, "mac")
		if len(got) != h.Size || !bytes.Equal(got[:len(want)], want) {
			t.Errorf("%s: %x, want %x", v.at, got, want)
		}
	}
}

func TestIntegrityVectors(t *testing.T) {
	seen := map[string]bool{"none": true}
	for _, v := range vectors(t, "integrity.txt", 18) {
		g := IntegrityByName(v.fields["name"])
		seen[g.Name] = true
		m, err := g.New(v.octets(t, "key"))
		if err != nil {
			t.Fatalf("%s: %v", v.at, err)
		}
		text, want := v.octets(t, "text"), v.octets(t, "icv")
		if got := m.Sum(nil, text[:3], text[3:]); !bytes.Equal(got, want) || len(got) != g.ICV {
			t.Errorf("%s: %x, want %x", v.at, got, want)
		}
		if !m.Verify(want, text) {
			t.Errorf("%s: does not verify", v.at)
		}
	}
	for _, g := range Integrities() {
		if !seen[g.Name] {
			t.Errorf("%s has no vector", g)
		}
	}
}

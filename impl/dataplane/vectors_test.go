package dataplane

import (
	"bytes"
	"encoding/hex"
	"os"
	"strconv"
	"strings"
	"testing"

	"ikewit/impl/alg"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/ipsec"
)

// fixed gives the octets of an IV that a test wants.
type fixed []byte

func (f fixed) Fill(p []byte) { copy(p, f) }

// readCases reads testdata: blocks of lines with a name and a value.
func readCases(t *testing.T, name string) []map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]string
	for block := range strings.SplitSeq(string(text), "\n\n") {
		fields := map[string]string{}
		for line := range strings.Lines(block) {
			if name, value, ok := strings.Cut(strings.TrimSpace(line), " "); ok && name != "#" {
				fields[name] = strings.TrimSpace(value)
			}
		}
		if len(fields) > 0 {
			all = append(all, fields)
		}
	}
	return all
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// IPS-CIPH-16: RFC 3602 section 4 gives whole packets, outer headers included.
func TestIPS_CIPH_16_PacketsOfRFC3602(t *testing.T) {
	cases := readCases(t, "rfc3602.txt")
	if len(cases) != 4 {
		t.Fatalf("%d cases", len(cases))
	}
	for _, c := range cases {
		clear, sealed, iv := unhex(t, c["clear"]), unhex(t, c["sealed"]), unhex(t, c["iv"])
		var p ipsec.Packet
		if err := p.Parse(clear); err != nil {
			t.Fatal(err)
		}
		spi, _ := strconv.ParseUint(c["spi"], 16, 32)
		seq, _ := strconv.ParseUint(c["seq"], 10, 64)
		sa := sadb.SA{SPI: uint32(spi), Proto: sadb.ESP, Mode: sadb.Transport, Src: p.Src, Dst: p.Dst,
			Cipher: alg.CipherByName("aes"), CipherKey: unhex(t, c["key"])}
		if c["mode"] == "tunnel" {
			sa.Mode = sadb.Tunnel
		}
		sa.Current.Seq = seq - 1
		pair := newPair(t, sa)
		pair.out.rnd = fixed(iv)
		pair.out.ident = uint16(p.Fragment.ID) // the RFC's sender counts on
		if got := pair.seal1(clear); !bytes.Equal(got, sealed) {
			t.Errorf("case %s: sealed\n%x, want\n%x", c["case"], got, sealed)
		}
		pair.opens("case "+c["case"], sealed, clear)
	}
}

// IPS-CIPH-18: RFC 2410 section 2.5: the text is its own ciphertext.
func TestIPS_CIPH_18_NullSample(t *testing.T) {
	for _, text := range []string{"\x01\x23\x45\x67\x89\xab\xcd\xef", "Network Security People Have A Strange Sense Of Humor"} {
		p := newPair(t, shape{cipher: "null", integrity: "hmac-sha1-96", window: 64}.sa())
		inner := withUpper(p.datagram(0), 200, []byte(text))
		got := p.seal1(inner)
		if at := 20 + 8; string(got[at:at+len(text)]) != text {
			t.Errorf("after SPI and number: %q", got[at:])
		}
		if (len(got)-20-8-12)%4 != 0 {
			t.Errorf("%d octets of text and trailer", len(got)-20-8-12)
		}
		p.opens("back", got, inner)
	}
}

// IPS-CIPH-19: the second sample of RFC 3686 section 6, as the text of a packet.
func TestIPS_CIPH_19_CounterSample(t *testing.T) {
	sa := shape{cipher: "aes-ctr", integrity: "hmac-sha1-96", window: 64}.sa()
	sa.CipherKey = unhex(t, "7e24067817fae0d743d6ce1f32539163"+"006cb6db")
	p := newPair(t, sa)
	iv := unhex(t, "c0543b59da48d90b")
	stream := unhex(t, "5104a106168a72d9790d41ee8edad388eb2e1efc46da57c8fce630df9141be28")
	for i := range stream { // the sample's text counts up
		stream[i] ^= byte(i)
	}
	inner := withUpper(p.datagram(0), 200, bytes.Repeat([]byte{0}, 30)) // 30 and a trailer of 2
	r := p.ref(1, inner)
	r.iv = iv
	sealed := r.seal()
	if got := sealed[20+8+8:][:30]; !bytes.Equal(got, stream[:30]) {
		t.Errorf("ciphertext %x, want the key stream %x", got, stream[:30])
	}
	p.opens("the sample", sealed, inner)
}

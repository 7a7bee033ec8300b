package dataplane

import (
	"bytes"
	"fmt"
	"math/bits"
	"testing"

	"ikewit/impl/alg"
	"ikewit/impl/sadb"
)

// ivs seals packets and collects their IVs as they are on the wire.
func ivs(t *testing.T, p *pair, n int) [][]byte {
	t.Helper()
	var list [][]byte
	for range n {
		o, err := refOpen(&p.sa, p.seal1(p.datagram(5)), 0)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, bytes.Clone(o.iv))
	}
	return list
}

// IPS-CIPH-03, IPS-CIPH-17: IVs of block ciphers are not constant, no counter, of no low Hamming distance.
func TestIPS_CIPH_03_17_IVsAreUnpredictable(t *testing.T) {
	for _, name := range []string{"des", "3des", "cast", "blowfish", "idea", "rc5", "aes"} {
		p := newPair(t, shape{cipher: name, integrity: "hmac-sha1-96"}.sa())
		list := ivs(t, p, 200)
		size := len(list[0])
		if size != p.sa.Cipher.Block {
			t.Errorf("%s: IV of %d octets", name, size)
		}
		seen := map[string]bool{}
		total := 0
		for i, iv := range list {
			if seen[string(iv)] {
				t.Errorf("%s: IV %x is there twice", name, iv)
			}
			seen[string(iv)] = true
			if i > 0 {
				for j := range iv {
					total += bits.OnesCount8(iv[j] ^ list[i-1][j])
				}
			}
		}
		if mean := float64(total) / 199 / float64(size*8); mean < 0.45 || mean > 0.55 {
			t.Errorf("%s: %.2f of the bits change from one IV to the next", name, mean)
		}
	}
}

// IPS-CIPH-21: 2^16 packets, and the same key again as after a restart.
func TestIPS_CIPH_21_CounterIVsNeverRepeat(t *testing.T) {
	for _, name := range []string{"aes-gcm-16", "aes-ctr"} {
		seen := map[string]bool{}
		for restart := range byte(2) {
			f := shape{cipher: name}
			if name == "aes-ctr" {
				f.integrity = "hmac-md5-96"
			}
			sa := f.sa()
			p := newPair(t, sa)
			p.out = NewOutbound(newSeeded(restart), 1500)
			p.out.Put(&sa)
			p.out.PutPolicy(protect(sadb.Out, sa.Selector, &sa))
			datagram := p.datagram(0)
			for range 1 << 16 {
				packet := p.seal1(datagram)
				iv := string(packet[28:36])
				if seen[iv] {
					t.Fatalf("%s: IV %x is there twice", name, iv)
				}
				seen[iv] = true
			}
		}
	}
}

// IPS-CIPH-05, 06, 07: the packets of RFC 1829, and the one whose IV is its number.
func TestIPS_CIPH_05_06_07_OldPackets(t *testing.T) {
	for _, row := range []struct {
		name        string
		front       int // octets before the ciphertext
		integrity   string
		icv         int
		derivedFrom int // offset of what the IV is made of; -1: it is all there
	}{
		{"des-iv64", 4 + 8, "", 0, -1},
		{"des-iv64", 4 + 8, "hmac-md5-96", 12, -1},
		{"des-iv32", 4 + 4, "", 0, 4},
		{"des-deriv", 8, "", 0, 4},
		{"des-deriv", 8, "hmac-sha1-96", 12, 4},
	} {
		name := row.name + " " + row.integrity
		p := newPair(t, shape{cipher: row.name, integrity: row.integrity}.sa())
		inner := withUpper(p.datagram(0), 6, make([]byte, 22))
		got := p.seal1(inner)
		if want := 20 + row.front + 24 + row.icv; len(got) != want {
			t.Errorf("%s: %d octets, want %d", name, len(got), want)
		}
		esp := got[20:]
		iv := esp[4:12]
		if row.derivedFrom >= 0 {
			iv = bytes.Clone(esp[4:8])
			iv = append(iv, ^iv[0], ^iv[1], ^iv[2], ^iv[3])
		}
		text := bytes.Clone(esp[row.front : len(esp)-row.icv])
		cbc, err := alg.CipherByName("des").NewCBC(p.sa.CipherKey)
		if err != nil {
			t.Fatal(err)
		}
		if err := cbc.Decrypt(iv, text); err != nil || !bytes.Equal(text, append(make([]byte, 22), 0, 6)) {
			t.Errorf("%s: text is %x, %v", name, text, err)
		}
		p.opens(name, got, inner)
	}
}

// IPS-CIPH-08: padding may be anything; a text that is no whole number of blocks is an error.
func TestIPS_CIPH_08_OldPadding(t *testing.T) {
	p := newPair(t, shape{cipher: "des-iv64"}.sa())
	r := p.ref(1, p.datagram(3))
	r.editPad = func(b []byte) { copy(b, "\xaa\xbb\xcc\xdd") }
	p.opens("any padding", r.seal(), p.datagram(3))
	whole := p.ref(1, p.datagram(3)).seal()
	head, _, esp := refSplit(whole)
	for n := 1; n < 8; n++ {
		p.refuses(fmt.Sprint(n, " octets less"), refJoin(bytes.Clone(head), 50, esp[:len(esp)-n]), ShortPacket)
	}
}

// plutoplus -v 0: no IV on the wire, whatever the cipher; it is the number and its complement.
func TestDerivedIV(t *testing.T) {
	for _, c := range alg.Ciphers() {
		f := shape{cipher: c.Name, derived: true, window: 32}
		icv := c.ICV
		if !c.AEAD() {
			f.integrity, icv = "hmac-md5-96", 12
		}
		p := newPair(t, f.sa())
		inner := withUpper(p.datagram(0), 200, make([]byte, 30))
		for seq := uint64(1); seq < 4; seq++ {
			got := p.seal1(inner)
			if want := 20 + 8 + 32 + icv; len(got) != want {
				t.Errorf("%s: %d octets, want %d", c.Name, len(got), want)
			}
			p.opens(c.Name, got, inner)
		}
	}
}

// IPS-CIPH-04, 10, 15, 20; IPS-ESP-17: what a database must not take.
func TestKeysThatAreRefused(t *testing.T) {
	for _, row := range []struct {
		id, why, cipher string
		key             []byte
		integrity       string
	}{
		{"IPS-CIPH-04", "weak DES key", "des", []byte{1, 1, 1, 1, 1, 1, 1, 1}, "hmac-md5-96"},
		{"IPS-CIPH-04", "semi-weak DES key", "des", []byte{0x01, 0xfe, 0x01, 0xfe, 0x01, 0xfe, 0x01, 0xfe}, "hmac-md5-96"},
		{"IPS-CIPH-04", "weak key without parity", "des-iv64", make([]byte, 8), ""},
		{"IPS-CIPH-10", "k1 = k2", "3des", append(append(testKey(8, 0), testKey(8, 0)...), testKey(8, 3)...), "hmac-md5-96"},
		{"IPS-CIPH-10", "k2 = k3", "3des", append(append(testKey(8, 3), testKey(8, 0)...), testKey(8, 0)...), "hmac-md5-96"},
		{"IPS-CIPH-15", "Blowfish, 456 bits", "blowfish", testKey(57, 0), "hmac-md5-96"},
		{"IPS-CIPH-15", "CAST, 136 bits", "cast", testKey(17, 0), "hmac-md5-96"},
		{"IPS-CIPH-15", "RC5, 32 bits", "rc5", testKey(4, 0), "hmac-md5-96"},
		{"IPS-CIPH-15", "3DES, 184 bits", "3des", testKey(23, 0), "hmac-md5-96"},
		{"IPS-CIPH-20", "CTR without authentication", "aes-ctr", testKey(20, 0), ""},
		{"IPS-CIPH-22", "GCM with another authenticator", "aes-gcm-16", testKey(20, 0), "hmac-md5-96"},
		{"IPS-ESP-17", "neither encryption nor authentication", "null", nil, ""},
		{"IPS-ESP-17", "the same, with the row that is no algorithm", "null", nil, "none"},
	} {
		sa := aesSHA1.sa()
		sa.Cipher, sa.CipherKey, sa.Integrity, sa.AuthKey = alg.CipherByName(row.cipher), row.key, nil, nil
		if row.integrity != "" {
			sa.Integrity = alg.IntegrityByName(row.integrity)
			sa.AuthKey = testKey(sa.Integrity.KeyOctets(), 0)
		}
		if err := sa.Check(); err == nil {
			t.Errorf("%s: %s is taken", row.id, row.why)
		}
	}
	for _, g := range alg.Integrities() { // IPS-ICV-01, 02: no other key length
		for _, n := range []int{g.KeyOctets() - 1, g.KeyOctets() + 1} {
			sa := ahSHA1.sa()
			sa.Integrity, sa.AuthKey = g, testKey(max(n, 0), 0)
			if sa.Check() == nil {
				t.Errorf("IPS-ICV-01: %s with a key of %d octets is taken", g, n)
			}
		}
	}
}

// IPS-CIPH-22: what an AEAD authenticates: SPI and number, 8 octets or 12.
func TestIPS_CIPH_22_AssociatedData(t *testing.T) {
	for _, esn := range []bool{false, true} {
		f := shape{cipher: "aes-gcm-16", esn: esn, window: 64}
		sa := f.sa()
		if esn {
			sa.Current.Seq = 7 << 32
		}
		p := newPair(t, sa)
		packet := p.seal1(p.datagram(10))
		if len(packet) != 20+8+8+8+12+16 { // UDP header and 10 octets, padded to 20 with the trailer
			t.Errorf("%d octets", len(packet))
		}
		for _, high := range []uint32{0, 6, 7, 8} {
			_, err := refOpen(&p.sa, packet, high)
			if good := err == nil; good != (!esn || high == 7) {
				t.Errorf("ESN %v, high half %d: %v", esn, high, err)
			}
		}
	}
}

// The text is chained from the IV of its own packet: one octet changed in the IV changes the first block,
// and only it.
func TestIVIsUsed(t *testing.T) {
	for _, name := range []string{"aes", "3des", "des", "blowfish", "cast", "idea", "rc5"} {
		p := newPair(t, shape{cipher: name}.sa()) // no authentication, so that it can be changed
		inner := withUpper(p.datagram(0), 200, make([]byte, 64))
		packet := p.seal1(inner)
		packet[20+8] ^= 0x81
		want := bytes.Clone(inner)
		want[20] ^= 0x81
		p.opens(name, packet, want)
	}
}

package alg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
)

// lengths are some key lengths of a cipher: the shortest, the longest, and about three between.
func lengths(c *Cipher) (all []int) {
	for bits := c.MinBits; bits < c.MaxBits; bits += max(c.StepBits, (c.MaxBits-c.MinBits)/4/8*8) {
		all = append(all, bits)
	}
	return append(all, c.MaxBits)
}

func TestEveryCipherOpensWhatItSeals(t *testing.T) {
	rnd := seeded(t, 10)
	for _, c := range Ciphers() {
		for _, bits := range lengths(c) {
			key := draw(rnd, c.KeyOctets(bits))
			seal, err1 := c.NewESP(key)
			open, err2 := c.NewESP(key)
			if err1 != nil || err2 != nil {
				t.Fatalf("%s with %d bits: %v, %v", c, bits, err1, err2)
			}
			for blocks := range 20 {
				text := draw(rnd, blocks*c.Block)
				head, iv := draw(rnd, 8), make([]byte, c.IV)
				seal.FillIV(iv, uint64(blocks+1), &countingRandom{})
				body := append(bytes.Clone(text), make([]byte, c.ICV)...)
				if err := seal.Seal(head, iv, body); err != nil {
					t.Fatalf("%s with %d bits: %v", c, bits, err)
				}
				if len(text) >= 8 && c.Name != "null" && bytes.Contains(body, text) {
					t.Fatalf("%s with %d bits: text in clear", c, bits)
				}
				if err := open.Open(head, iv, body); err != nil || !bytes.Equal(body[:len(text)], text) {
					t.Fatalf("%s with %d bits: %x opens to %x (%v)", c, bits, text, body, err)
				}
			}
		}
	}
}

// RFC 1829 section 2: an IV of 32 bits is followed by its complement. des-deriv takes the sequence number for it.
func TestShortIVs(t *testing.T) {
	rnd := seeded(t, 11)
	for range 20 {
		key, text := draw(rnd, 8), draw(rnd, 64)
		whole := make([]byte, 8)
		binary.BigEndian.PutUint32(whole, rnd.Uint32())
		for i := range 4 {
			whole[4+i] = ^whole[i]
		}
		want := bytes.Clone(text)
		des, _ := CipherByName("des-iv64").NewESP(key)
		if err := des.Seal(nil, whole, want); err != nil {
			t.Fatal(err)
		}
		spi := draw(rnd, 4)
		extended := append(append(spi, 0, 0, 0, 9), whole[:4]...)
		for _, row := range []struct {
			name     string
			head, iv []byte
		}{
			{"des-iv32", spi, whole[:4]},
			{"des-deriv", append(bytes.Clone(spi), whole[:4]...), nil},
			{"des-deriv", extended, nil},
		} {
			e, _ := CipherByName(row.name).NewESP(key)
			body := bytes.Clone(text)
			if err := e.Seal(row.head, row.iv, body); err != nil || !bytes.Equal(body, want) {
				t.Errorf("%s: %x, want %x (%v)", row.name, body, want, err)
			}
			if err := e.Open(row.head, row.iv, body); err != nil || !bytes.Equal(body, text) {
				t.Errorf("%s: back to %x, not %x (%v)", row.name, body, text, err)
			}
		}
	}
}

// RFC 3686 section 3.1, RFC 4106 section 3.1: an IV never comes twice under one key. Here it is the sequence number.
// Block ciphers take all of theirs from the source.
func TestWhereIVsComeFrom(t *testing.T) {
	for _, c := range Ciphers() {
		e, err := c.NewESP(make([]byte, c.KeyOctets(c.MinBits)))
		if err != nil {
			t.Fatal(err)
		}
		rnd := new(countingRandom)
		iv := make([]byte, c.IV)
		e.FillIV(iv, 0x0102030405060708, rnd)
		counter := c.Block == 1 && c.IV > 0
		if want := []byte{1, 2, 3, 4, 5, 6, 7, 8}; counter && !bytes.Equal(iv, want) {
			t.Errorf("%s: IV %x is not the sequence number", c, iv)
		}
		drawn := make([]byte, c.IV)
		new(countingRandom).Fill(drawn)
		if !counter && !bytes.Equal(iv, drawn) {
			t.Errorf("%s: IV %x is not from the source", c, iv)
		}
		if taken := int(rnd.n); (counter && taken != 0) || (!counter && taken != c.IV) {
			t.Errorf("%s: took %d octets for an IV of %d", c, taken, c.IV)
		}
	}
}

// Every bit of ICV, text, IV, and what is authenticated beside them, counts.
func TestAEADRefusesEveryChange(t *testing.T) {
	for _, name := range []string{"aes-gcm-8", "aes-gcm-12", "aes-gcm-16"} {
		p := newPacket(t, name, 128, "none", 30)
		p.seal()
		good := bytes.Clone(p.octets)
		for i := range good {
			for bit := range 8 {
				copy(p.octets, good)
				p.octets[i] ^= 1 << bit
				if err := p.esp.Open(p.octets[:8], p.octets[p.iv:p.body], p.octets[p.body:p.icv]); !errors.Is(err, ErrICV) {
					t.Fatalf("%s: octet %d, bit %d changed: %v", name, i, bit, err)
				}
			}
		}
		copy(p.octets, good)
		if !p.open() {
			t.Errorf("%s: does not open what it sealed", name)
		}
	}
}

// Lengths that do not fit are errors, never panics, and leave the text as it was.
func TestESPCiphersRefuseWrongLengths(t *testing.T) {
	for _, c := range Ciphers() {
		e, err := c.NewESP(make([]byte, c.KeyOctets(c.MaxBits)))
		if err != nil {
			t.Fatal(err)
		}
		for ivLen := range 20 {
			for bodyLen := range 40 {
				ok := ivLen == c.IV && bodyLen >= c.ICV && (bodyLen-c.ICV)%c.Block == 0
				body := bytes.Repeat([]byte{0x5a}, bodyLen)
				err := e.Seal(make([]byte, 8), make([]byte, ivLen), body)
				if (err == nil) != ok {
					t.Errorf("%s: seals %d octets with an IV of %d: %v", c, bodyLen, ivLen, err)
				}
				if err != nil && (!errors.Is(err, ErrNotBlocks) || !bytes.Equal(body, bytes.Repeat([]byte{0x5a}, bodyLen))) {
					t.Errorf("%s: body %x after %v", c, body, err)
				}
				err = e.Open(make([]byte, 8), make([]byte, ivLen), body)
				if (err == nil) != ok {
					t.Errorf("%s: opens %d octets with an IV of %d: %v", c, bodyLen, ivLen, err)
				}
			}
		}
	}
	e, _ := CipherByName("des-deriv").NewESP(make([]byte, 8))
	for n := range 8 {
		if err := e.Seal(make([]byte, n), nil, make([]byte, 8)); !errors.Is(err, ErrNotBlocks) {
			t.Errorf("des-deriv: a header of %d octets: %v", n, err)
		}
	}
}

// No packet costs an allocation, whatever the algorithms.
func TestPacketsDoNotAllocate(t *testing.T) {
	for _, c := range Ciphers() {
		for _, g := range Integrities() {
			p := newPacket(t, c.Name, c.MinBits, g.Name, 200)
			p.seal()
			sealed := bytes.Clone(p.octets)
			p.open() // a first packet may build what the next ones use
			if n := testing.AllocsPerRun(20, p.seal); n != 0 {
				t.Errorf("%s with %s: sealing allocates %v times", c, g, n)
			}
			opened := true
			if n := testing.AllocsPerRun(20, func() {
				copy(p.octets, sealed)
				opened = p.open() && opened
			}); n != 0 || !opened {
				t.Errorf("%s with %s: opening allocates %v times (%v)", c, g, n, opened)
			}
		}
	}
}

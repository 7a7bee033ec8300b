package crypt

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"fmt"

	//lint:ignore SA1019 an old cipher is what we are here for
	"golang.org/x/crypto/blowfish"
	//lint:ignore SA1019 an old cipher is what we are here for
	"golang.org/x/crypto/cast5"
)

// A Mode is how a cipher is driven.
type Mode uint8

// CBC with the IV sent, CTR of RFC 3686, GCM of RFC 4106, and no encryption at all.
const (
	CBC Mode = iota
	CTR
	GCM
	Null
)

// A Cipher is one encryption algorithm of phase 1 or ESP. Sizes are octets.
type Cipher struct {
	Name   string // as the implementation spells it
	Phase1 uint16 // Encryption Algorithm attribute of phase 1; 0: none
	ESP    uint8  // ESP transform
	Mode   Mode
	Block  int
	IV     int // in every ESP packet
	Salt   int // of KEYMAT, after the key
	ICV    int // of an AEAD

	// Keys as they are without a Key Length attribute: RFC 2409 appendix B in phase 1, RFC 2451 section 2.2 in ESP.
	Key1, Key2 int
	Min, Max   int // of a variable key; equal if fixed

	// Old is the packet of RFC 1827 and 1829: no sequence number, no ICV.
	Old bool

	block func(key []byte) (cipher.Block, error)
}

var ciphers = []*Cipher{
	{Name: "des-iv64", ESP: 1, Block: 8, IV: 8, Key2: 8, Min: 8, Max: 8, Old: true, block: des.NewCipher},
	{Name: "des", Phase1: 1, ESP: 2, Block: 8, IV: 8, Key1: 8, Key2: 8, Min: 8, Max: 8, block: des.NewCipher},
	{Name: "3des", Phase1: 5, ESP: 3, Block: 8, IV: 8, Key1: 24, Key2: 24, Min: 24, Max: 24, block: des.NewTripleDESCipher},
	{Name: "rc5", Phase1: 4, ESP: 4, Block: 8, IV: 8, Key1: 16, Key2: 16, Min: 5, Max: 255, block: newRC5},
	{Name: "idea", Phase1: 2, ESP: 5, Block: 8, IV: 8, Key1: 16, Key2: 16, Min: 16, Max: 16, block: newIDEA},
	{Name: "cast", Phase1: 6, ESP: 6, Block: 8, IV: 8, Key1: 16, Key2: 16, Min: 5, Max: 16, block: newCAST},
	{Name: "blowfish", Phase1: 3, ESP: 7, Block: 8, IV: 8, Key1: 56, Key2: 16, Min: 5, Max: 56, block: newBlowfish},
	{Name: "des-iv32", ESP: 9, Block: 8, IV: 4, Key2: 8, Min: 8, Max: 8, Old: true, block: des.NewCipher},
	{Name: "null", ESP: 11, Mode: Null, Block: 1},
	{Name: "aes", Phase1: 7, ESP: 12, Block: 16, IV: 16, Key1: 16, Key2: 16, Min: 16, Max: 32, block: aes.NewCipher},
	{Name: "aes-ctr", ESP: 13, Mode: CTR, Block: 1, IV: 8, Salt: 4, Key2: 16, Min: 16, Max: 32, block: aes.NewCipher},
	{Name: "aes-gcm-8", ESP: 18, Mode: GCM, Block: 1, IV: 8, Salt: 4, ICV: 8, Key2: 16, Min: 16, Max: 32, block: aes.NewCipher},
	{Name: "aes-gcm-12", ESP: 19, Mode: GCM, Block: 1, IV: 8, Salt: 4, ICV: 12, Key2: 16, Min: 16, Max: 32, block: aes.NewCipher},
	{Name: "aes-gcm-16", ESP: 20, Mode: GCM, Block: 1, IV: 8, Salt: 4, ICV: 16, Key2: 16, Min: 16, Max: 32, block: aes.NewCipher},
}

// CipherByPhase1 finds a cipher by its phase 1 attribute value; nil if there is none.
func CipherByPhase1(n uint16) *Cipher {
	for _, c := range ciphers {
		if n != 0 && c.Phase1 == n {
			return c
		}
	}
	return nil
}

// CipherByESP finds a cipher by its ESP transform; nil if there is none.
func CipherByESP(n uint8) *Cipher {
	for _, c := range ciphers {
		if c.ESP == n {
			return c
		}
	}
	return nil
}

// CipherByName finds a cipher by its name; nil if there is none.
func CipherByName(name string) *Cipher {
	for _, c := range ciphers {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Ciphers gives all of them.
func Ciphers() []*Cipher { return append([]*Cipher(nil), ciphers...) }

// String is the name.
func (c *Cipher) String() string { return c.Name }

// NewBlock makes the block cipher ready; key comes without salt.
func (c *Cipher) NewBlock(key Secret) (cipher.Block, error) {
	if c.block == nil {
		return nil, fmt.Errorf("%s is no block cipher", c.Name)
	}
	if len(key) < c.Min || len(key) > c.Max {
		return nil, fmt.Errorf("%s key of %d octets, it takes %d to %d", c.Name, len(key), c.Min, c.Max)
	}
	b, err := c.block(key)
	if err != nil {
		return nil, fmt.Errorf("%s key of %d octets: not usable", c.Name, len(key)) // its error might print the key
	}
	return b, nil
}

// DecryptCBC opens text, which must be whole blocks; iv is one block. The result is new.
func (c *Cipher) DecryptCBC(key Secret, iv, text []byte) ([]byte, error) {
	b, err := c.NewBlock(key)
	if err != nil {
		return nil, err
	}
	if len(iv) != b.BlockSize() {
		return nil, fmt.Errorf("%s: IV of %d octets", c.Name, len(iv))
	}
	if len(text) == 0 || len(text)%b.BlockSize() != 0 {
		return nil, fmt.Errorf("%s: %d octets of ciphertext are not whole blocks of %d", c.Name, len(text), b.BlockSize())
	}
	out := make([]byte, len(text))
	cipher.NewCBCDecrypter(b, iv).CryptBlocks(out, text)
	return out, nil
}

func newBlowfish(key []byte) (cipher.Block, error) { return blowfish.NewCipher(key) }

// newCAST pads short keys on the right with zeros; up to 80 bits there are 12 rounds (RFC 2144 section 2.5), which
// x/crypto does not have.
func newCAST(key []byte) (cipher.Block, error) {
	if len(key) <= 10 {
		return newCAST12(key)
	}
	return cast5.NewCipher(append(append([]byte(nil), key...), make([]byte, 16-len(key))...))
}

package alg

import (
	"crypto/cipher"
	"fmt"
)

// A Cipher is one row of the table of ciphers. Sizes are octets where nothing else is said.
type Cipher struct {
	Name    string   // as our own options and reports spell it
	Aliases []string // other spellings, of PF_KEY tools and of daemons

	MinBits, MaxBits, StepBits int // key lengths; a fixed length has Min = Max and Step 0. Salt not counted

	// IKEBits and ESPBits are the key lengths when there is no Key Length attribute: RFC 2409 appendix B for
	// phase 1, RFC 2451 and 3602 for ESP. They differ for Blowfish. Zero where there is no such use.
	IKEBits, ESPBits int

	// KeyLength says what a sender does with the Key Length attribute, in both phases.
	KeyLength Presence

	Block int // the text is padded to a multiple of this; 1 for stream ciphers
	IV    int // octets of IV in every ESP packet, between the sequence number and the text
	Salt  int // octets of KEYMAT after the key: the nonce of AES-CTR, the salt of AES-GCM
	ICV   int // octets of ICV that the cipher itself makes, behind the text; above 0 the cipher is an AEAD

	// OldESP: the packet is that of RFC 1827: after the SPI comes the IV, without sequence number and without ICV.
	OldESP bool

	IKEv1 int // Encryption Algorithm attribute of phase 1, RFC 2409 appendix A
	ESP   int // ESP transform of the IPsec DOI, RFC 2407 section 4.4.4
	IKEv2 int // ENCR transform
	PFKEY int // SADB_EALG_*

	XFRM string // Linux name; the key handed over includes the salt

	newBlock func(key []byte) (cipher.Block, error)
	newCBC   func(key []byte) (CBC, error)                  // nil: made of newBlock
	newESP   func(c *Cipher, key []byte) (ESPCipher, error) // key includes the salt
	checkKey func(key []byte) error                         // nil: there are no weak keys
}

// Presence says if an attribute goes with a transform.
type Presence uint8

// What the Key Length attribute may do.
const (
	// Forbidden: the key length is fixed; the attribute must not be sent (RFC 2409 appendix A, RFC 2407 section 4.5).
	Forbidden Presence = iota
	// Variable: the sender names the length (RFC 2407 section 4.5: there is no default). If a peer does not,
	// IKEBits and ESPBits say what it means (RFC 2409 appendix B, RFC 2451 section 2.2).
	Variable
	// Required: the sender must name the length, also in phase 1 (RFC 3602 section 5). Tolerant receivers take
	// IKEBits and ESPBits when it is missing.
	Required
)

// Ciphers returns all rows in table order. The slice is the caller's.
func Ciphers() []*Cipher { return all(cipherTable[:]) }

// CipherByName finds a row by its name or one of its aliases; nil if there is none.
func CipherByName(name string) *Cipher {
	for i := range cipherTable {
		c := &cipherTable[i]
		if c.Name == name {
			return c
		}
		for _, a := range c.Aliases {
			if a == name {
				return c
			}
		}
	}
	return nil
}

// CipherByIKEv1 finds a row by its phase 1 Encryption Algorithm number; nil if there is none.
func CipherByIKEv1(n int) *Cipher {
	return find(cipherTable[:], n, func(c *Cipher) int { return c.IKEv1 })
}

// CipherByESP finds a row by its ESP transform number; nil if there is none.
func CipherByESP(n int) *Cipher {
	return find(cipherTable[:], n, func(c *Cipher) int { return c.ESP })
}

// CipherByPFKEY finds a row by its PF_KEYv2 number; nil if there is none.
func CipherByPFKEY(n int) *Cipher {
	return find(cipherTable[:], n, func(c *Cipher) int { return c.PFKEY })
}

// String is the name.
func (c *Cipher) String() string { return c.Name }

// AEAD reports if the cipher makes its own ICV, so that no integrity algorithm goes with it.
func (c *Cipher) AEAD() bool { return c.ICV > 0 }

// FixedKey reports if there is only one key length.
func (c *Cipher) FixedKey() bool { return c.MinBits == c.MaxBits }

// CheckKeyBits tells if a key length in bits, salt not counted, is one that the cipher takes.
func (c *Cipher) CheckKeyBits(bits int) error {
	switch {
	case c.FixedKey() && bits != c.MinBits:
		return fmt.Errorf("%s takes a key of %d bits, not %d", c.Name, c.MinBits, bits)
	case bits < c.MinBits || bits > c.MaxBits:
		return fmt.Errorf("%s takes a key of %d to %d bits, not %d", c.Name, c.MinBits, c.MaxBits, bits)
	case c.StepBits > 0 && (bits-c.MinBits)%c.StepBits != 0:
		return fmt.Errorf("%s takes a key of %d to %d bits in steps of %d, not %d",
			c.Name, c.MinBits, c.MaxBits, c.StepBits, bits)
	}
	return nil
}

// KeyOctets is how much keying material a key of so many bits needs: the key and, for CTR and GCM, the salt after it.
func (c *Cipher) KeyOctets(bits int) int { return bits/8 + c.Salt }

// CheckKey tells if a key, salt included, has a length that the cipher takes and is not weak: for DES the weak and
// semi-weak keys of RFC 2409 appendix A as they should have been printed, for 3DES k1 = k2 or k2 = k3 (RFC 2451
// section 2.3). Parity bits are ignored.
func (c *Cipher) CheckKey(key Key) error {
	if err := c.checkLength(key); err != nil {
		return err
	}
	if c.checkKey == nil {
		return nil
	}
	return c.checkKey(key)
}

// NewCBC makes the cipher ready for ISAKMP messages. The key has no salt. Weak keys are taken; CheckKey finds them.
func (c *Cipher) NewCBC(key Key) (CBC, error) {
	if c.IKEv1 == 0 {
		return nil, fmt.Errorf("%s has no phase 1 number: it cannot protect ISAKMP messages", c.Name)
	}
	if err := c.checkLength(key); err != nil {
		return nil, err
	}
	return c.cbc(key)
}

// NewESP makes the cipher ready for the packets of one SA in one direction. The key includes the salt. Weak keys are
// taken; CheckKey finds them.
func (c *Cipher) NewESP(key Key) (ESPCipher, error) {
	if err := c.checkLength(key); err != nil {
		return nil, err
	}
	return c.newESP(c, key)
}

func (c *Cipher) cbc(key []byte) (CBC, error) {
	if c.newCBC != nil {
		return c.newCBC(key)
	}
	b, err := c.newBlock(key)
	if err != nil {
		return nil, err
	}
	return newBlockCBC(b), nil
}

func (c *Cipher) checkLength(key []byte) error {
	if n := len(key) - c.Salt; n >= 0 {
		return c.CheckKeyBits(8 * n)
	}
	return fmt.Errorf("%s: %d octets of key are fewer than the %d of its salt", c.Name, len(key), c.Salt)
}

// all returns a pointer to every row.
func all[T any](table []T) []*T {
	rows := make([]*T, len(table))
	for i := range table {
		rows[i] = &table[i]
	}
	return rows
}

// find returns the first row whose number is n; 0 is no number.
func find[T any](table []T, n int, number func(*T) int) *T {
	for i := range table {
		if n != 0 && number(&table[i]) == n {
			return &table[i]
		}
	}
	return nil
}

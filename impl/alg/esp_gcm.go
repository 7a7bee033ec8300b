package alg

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
)

// gcmESP is AES-GCM in ESP, RFC 4106. The nonce is the salt, which is the last four octets of the key, and the IV of
// the packet. The ICV is the tag, cut to Cipher.ICV octets.
type gcmESP struct {
	aead  cipher.AEAD
	icv   int
	nonce [12]byte

	// A tag under 12 octets is more than crypto/cipher will cut. Then the text is decrypted by AES-CTR, which is
	// GCM without its tag, and sealed again to see which tag it should have had.
	ctr     *ctrESP
	scratch []byte
}

func newESPGCM(c *Cipher, key []byte) (ESPCipher, error) {
	b, err := aes.NewCipher(key[:len(key)-c.Salt])
	if err != nil {
		return nil, err
	}
	e := &gcmESP{icv: c.ICV}
	copy(e.nonce[:4], key[len(key)-c.Salt:])
	if c.ICV >= 12 {
		e.aead, err = cipher.NewGCMWithTagSize(b, c.ICV)
		return e, err
	}
	if e.aead, err = cipher.NewGCM(b); err != nil {
		return nil, err
	}
	e.ctr = &ctrESP{block: b}
	copy(e.ctr.counter[:4], e.nonce[:4])
	return e, nil
}

func (e *gcmESP) FillIV(iv []byte, seq uint64, _ Random) { binary.BigEndian.PutUint64(iv, seq) }

func (e *gcmESP) Seal(head, iv, body []byte) error {
	n, err := e.start(iv, body)
	if err != nil {
		return err
	}
	if e.ctr == nil {
		e.aead.Seal(body[:0], e.nonce[:], body[:n], head)
		return nil
	}
	e.scratch = e.aead.Seal(e.scratch[:0], e.nonce[:], body[:n], head)
	copy(body, e.scratch)
	return nil
}

func (e *gcmESP) Open(head, iv, body []byte) error {
	n, err := e.start(iv, body)
	if err != nil {
		return err
	}
	if e.ctr == nil {
		if _, err := e.aead.Open(body[:0], e.nonce[:], body, head); err != nil {
			return ErrICV
		}
		return nil
	}
	if err := e.ctr.crypt(iv, body[:n], 2); err != nil {
		return err
	}
	e.scratch = e.aead.Seal(e.scratch[:0], e.nonce[:], body[:n], head)
	if subtle.ConstantTimeCompare(e.scratch[n:n+e.icv], body[n:]) != 1 {
		clear(body)
		return ErrICV
	}
	return nil
}

// start takes the IV into the nonce and returns the length of the text.
func (e *gcmESP) start(iv, body []byte) (int, error) {
	n := len(body) - e.icv
	if len(iv) != 8 || n < 0 {
		return 0, fmt.Errorf("IV of %d octets and body of %d, AES-GCM has 8 and at least %d: %w",
			len(iv), len(body), e.icv, ErrNotBlocks)
	}
	copy(e.nonce[4:], iv)
	return n, nil
}

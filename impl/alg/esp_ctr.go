package alg

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
)

// ctrESP is AES-CTR in ESP, RFC 3686. The counter block:
//
//	+----------------+--------------------------------+----------------+
//	|   nonce (4)    |             IV (8)             |  counter (4)   |
//	+----------------+--------------------------------+----------------+
//
// The nonce is the last four octets of the key, the IV is in the packet, the counter starts at 1.
type ctrESP struct {
	block   cipher.Block
	counter [16]byte
	stream  [8 * 16]byte // key stream, some blocks at a time
}

func newESPCTR(c *Cipher, key []byte) (ESPCipher, error) {
	n := len(key) - c.Salt
	b, err := aes.NewCipher(key[:n])
	if err != nil {
		return nil, err
	}
	e := &ctrESP{block: b}
	copy(e.counter[:4], key[n:])
	return e, nil
}

func (e *ctrESP) FillIV(iv []byte, seq uint64, _ Random) { binary.BigEndian.PutUint64(iv, seq) }

func (e *ctrESP) Seal(_, iv, body []byte) error { return e.crypt(iv, body, 1) }
func (e *ctrESP) Open(_, iv, body []byte) error { return e.crypt(iv, body, 1) }

// crypt adds the key stream that begins with the given counter.
func (e *ctrESP) crypt(iv, body []byte, counter uint32) error {
	if len(iv) != 8 {
		return fmt.Errorf("IV of %d octets, AES-CTR carries 8: %w", len(iv), ErrNotBlocks)
	}
	copy(e.counter[4:], iv)
	for len(body) > 0 {
		n := min(len(body), len(e.stream))
		for at := 0; at < n; at += 16 {
			binary.BigEndian.PutUint32(e.counter[12:], counter)
			e.block.Encrypt(e.stream[at:], e.counter[:])
			counter++
		}
		subtle.XORBytes(body, body[:n], e.stream[:n])
		body = body[n:]
	}
	return nil
}

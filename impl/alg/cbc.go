package alg

import (
	"crypto/cipher"
	"errors"
	"fmt"
)

// ErrNotBlocks: the text or the IV does not fit the block size of the cipher.
var ErrNotBlocks = errors.New("length does not fit the cipher's block")

// A CBC encrypts and decrypts in cipher block chaining mode, in place.
//
// iv is one block and is not changed; data is any number of blocks, none included. The IV for what follows is the last
// block of ciphertext: the caller keeps it (before Decrypt overwrites it). If a length does not fit, data is untouched
// and the error is ErrNotBlocks.
type CBC interface {
	BlockSize() int
	Encrypt(iv, data []byte) error
	Decrypt(iv, data []byte) error
}

// setIVer is what the block modes of crypto/cipher have beside their published methods, for just this use.
type setIVer interface {
	cipher.BlockMode
	SetIV(iv []byte)
}

// blockCBC is CBC over any cipher.Block. An ESP SA works in one direction, so each mode is made when first used.
type blockCBC struct {
	block    cipher.Block
	enc, dec setIVer
}

func newBlockCBC(b cipher.Block) *blockCBC { return &blockCBC{block: b} }

func (c *blockCBC) BlockSize() int { return c.block.BlockSize() }

func (c *blockCBC) Encrypt(iv, data []byte) error {
	if err := checkBlocks(c.BlockSize(), iv, data); err != nil {
		return err
	}
	if c.enc == nil {
		c.enc = cipher.NewCBCEncrypter(c.block, iv).(setIVer)
	}
	c.enc.SetIV(iv)
	c.enc.CryptBlocks(data, data)
	return nil
}

func (c *blockCBC) Decrypt(iv, data []byte) error {
	if err := checkBlocks(c.BlockSize(), iv, data); err != nil {
		return err
	}
	if c.dec == nil {
		c.dec = cipher.NewCBCDecrypter(c.block, iv).(setIVer)
	}
	c.dec.SetIV(iv)
	c.dec.CryptBlocks(data, data)
	return nil
}

func checkBlocks(size int, iv, data []byte) error {
	if len(iv) != size {
		return fmt.Errorf("IV of %d octets for blocks of %d: %w", len(iv), size, ErrNotBlocks)
	}
	if len(data)%size != 0 {
		return fmt.Errorf("%d octets of text for blocks of %d: %w", len(data), size, ErrNotBlocks)
	}
	return nil
}

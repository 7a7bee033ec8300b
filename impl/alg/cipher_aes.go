package alg

import (
	"crypto/aes"
	"crypto/cipher"
)

func newAES(key []byte) (cipher.Block, error) { return aes.NewCipher(key) }

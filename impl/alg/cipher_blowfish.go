package alg

import (
	"crypto/cipher"

	"golang.org/x/crypto/blowfish"
)

func newBlowfish(key []byte) (cipher.Block, error) { return blowfish.NewCipher(key) }

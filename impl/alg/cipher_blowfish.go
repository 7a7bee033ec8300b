package alg

import (
	"crypto/cipher"

	//lint:ignore SA1019 IPsec has it, so we have it
	"golang.org/x/crypto/blowfish"
)

func newBlowfish(key []byte) (cipher.Block, error) { return blowfish.NewCipher(key) }

package alg

import (
	"crypto/cipher"
	"crypto/des"
)

func newDES(key []byte) (cipher.Block, error)  { return des.NewCipher(key) }
func new3DES(key []byte) (cipher.Block, error) { return des.NewTripleDESCipher(key) }

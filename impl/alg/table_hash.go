package alg

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
)

// hashTable has a row for each hash. The SHA-2 numbers of phase 1 are those of RFC 4868 section 4.
var hashTable = [...]Hash{
	{Name: "md5", Size: md5.Size, BlockSize: md5.BlockSize, IKEv1: 1, IKEv2: 1, New: md5.New},
	{Name: "sha1", Aliases: []string{"sha"}, Size: sha1.Size, BlockSize: sha1.BlockSize, IKEv1: 2, IKEv2: 2, New: sha1.New},
	{Name: "sha256", Aliases: []string{"sha2-256", "sha2_256"},
		Size: sha256.Size, BlockSize: sha256.BlockSize, IKEv1: 4, IKEv2: 5, New: sha256.New},
	{Name: "sha384", Aliases: []string{"sha2-384", "sha2_384"},
		Size: sha512.Size384, BlockSize: sha512.BlockSize, IKEv1: 5, IKEv2: 6, New: sha512.New384},
	{Name: "sha512", Aliases: []string{"sha2-512", "sha2_512"},
		Size: sha512.Size, BlockSize: sha512.BlockSize, IKEv1: 6, IKEv2: 7, New: sha512.New},
}

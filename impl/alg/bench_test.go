package alg

import (
	"fmt"
	"testing"
)

func BenchmarkCBC(b *testing.B) {
	for _, c := range Ciphers() {
		if c.IKEv1 == 0 {
			continue
		}
		cbc, err := c.cbc(draw(seeded(b, 1), c.IKEBits/8))
		if err != nil {
			b.Fatal(err)
		}
		iv, text := make([]byte, c.Block), make([]byte, 1408)
		for name, f := range map[string]func(iv, data []byte) error{"encrypt": cbc.Encrypt, "decrypt": cbc.Decrypt} {
			b.Run(fmt.Sprintf("%s/%s", c, name), func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					f(iv, text)
				}
			})
		}
	}
}

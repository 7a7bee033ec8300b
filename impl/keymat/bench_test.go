package keymat

import (
	"testing"

	"ikewit/impl/alg"
)

// BenchmarkSecrets times what one side derives in Main Mode with pre-shared keys: SKEYID, its three children, the
// cipher's key, the first IV and both HASHes.
func BenchmarkSecrets(b *testing.B) {
	v := load(b)
	for _, id := range []string{"P1-MD5-3DES-G2", "P1-SHA1-3DES-G2", "P1-SHA1-AES128-G2", "P1-SHA256-AES256-G14"} {
		p := v.phase1(b, id)
		t := p.transcript()
		b.Run(id, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s := p.secrets(b)
				PhaseOneIV(s.Hash, p.BlockOctets, p.GXi, p.GXr)
				s.HashI(t, p.IDii)
				s.HashR(t, p.IDir)
			}
		})
	}
}

// BenchmarkKeymat times both directions of an ESP SA with 3DES and HMAC-SHA-1, without PFS.
func BenchmarkKeymat(b *testing.B) {
	v := load(b)
	s := v.phase1(b, "P1-SHA1-3DES-G2").secrets(b)
	q := &v.QuickMode[0]
	c, a := alg.CipherByName("3des"), alg.IntegrityByName("hmac-sha1-96")
	b.ReportAllocs()
	for b.Loop() {
		for _, spi := range []octets{q.SPIi, q.SPIr} {
			Cut(s.Keymat(nil, q.Protocol, spi.uint32(), q.Ni, q.Nr, Octets(c, 192, a)), c, 192, a)
		}
	}
}

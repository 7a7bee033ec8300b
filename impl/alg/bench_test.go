package alg

import (
	"fmt"
	"testing"
)

// BenchmarkESP seals and opens packets with 1400 octets of payload: the cipher, and the integrity algorithm where the
// cipher is no AEAD. MB/s are of payload.
func BenchmarkESP(b *testing.B) {
	for _, row := range []struct {
		cipher    string
		bits      int
		integrity string
	}{
		{"des", 64, "hmac-md5-96"}, {"3des", 192, "hmac-md5-96"}, {"3des", 192, "hmac-sha1-96"},
		{"aes", 128, "hmac-sha1-96"}, {"aes", 256, "hmac-sha256-128"}, {"aes", 128, "hmac-sha512-256"},
		{"aes-ctr", 128, "hmac-sha1-96"}, {"aes-gcm-16", 128, "none"}, {"aes-gcm-16", 256, "none"},
		{"aes-gcm-8", 128, "none"}, {"blowfish", 128, "hmac-sha1-96"}, {"cast", 128, "hmac-sha1-96"},
		{"idea", 128, "hmac-md5-96"}, {"rc5", 128, "hmac-md5-96"}, {"null", 0, "hmac-sha1-96"}, {"null", 0, "hmac-md5-96"},
	} {
		p := newPacket(b, row.cipher, row.bits, row.integrity, 1400)
		name := fmt.Sprintf("%s-%d/%s", row.cipher, row.bits, row.integrity)
		b.Run("seal/"+name, func(b *testing.B) {
			b.SetBytes(1400)
			for b.Loop() {
				p.seal()
			}
		})
		p.seal()
		sealed := string(p.octets)
		b.Run("open/"+name, func(b *testing.B) {
			b.SetBytes(1400)
			for b.Loop() {
				copy(p.octets, sealed)
				if !p.open() {
					b.Fatal("does not open")
				}
			}
		})
	}
}

// A packet is what a data plane does with one ESP packet, over and over.
type packet struct {
	esp       ESPCipher
	mac       *MAC
	octets    []byte // head, IV, body, ICV of mac
	iv, body  int    // where these begin
	icv       int
	sequence  uint64
	randomIVs countingRandom
}

func newPacket(t testing.TB, name string, bits int, integrity string, payload int) *packet {
	c, g := CipherByName(name), IntegrityByName(integrity)
	rnd := seeded(t, 9)
	esp, err := c.NewESP(draw(rnd, c.KeyOctets(bits)))
	if err != nil {
		t.Fatal(err)
	}
	mac, err := g.New(draw(rnd, g.KeyOctets()))
	if err != nil {
		t.Fatal(err)
	}
	block := max(c.Block, 4)
	text := (payload + 2 + block - 1) / block * block
	p := &packet{esp: esp, mac: mac, iv: 8, body: 8 + c.IV}
	p.icv = p.body + text + c.ICV
	p.octets = draw(rnd, p.icv+g.ICV)
	return p
}

func (p *packet) seal() {
	p.sequence++
	iv := p.octets[p.iv:p.body]
	p.esp.FillIV(iv, p.sequence, &p.randomIVs)
	if err := p.esp.Seal(p.octets[:8], iv, p.octets[p.body:p.icv]); err != nil {
		panic(err)
	}
	p.mac.Sum(p.octets[:p.icv], p.octets[:p.icv])
}

func (p *packet) open() bool {
	return p.mac.Verify(p.octets[p.icv:], p.octets[:p.icv]) &&
		p.esp.Open(p.octets[:8], p.octets[p.iv:p.body], p.octets[p.body:p.icv]) == nil
}

// countingRandom is no source of IVs, but one that costs nothing and knows how much was taken.
type countingRandom struct{ n uint64 }

func (c *countingRandom) Fill(p []byte) {
	for i := range p {
		c.n++
		p[i] = byte(c.n)
	}
}

// BenchmarkGroup times what one side does for one exchange: its public value and the shared secret.
func BenchmarkGroup(b *testing.B) {
	for _, g := range Groups() {
		rnd := seeded(b, 9)
		x := draw(rnd, g.ExponentOctets)
		y := g.Public(draw(rnd, g.ExponentOctets))
		b.Run(g.Name+"/public", func(b *testing.B) {
			for b.Loop() {
				g.Public(x)
			}
		})
		b.Run(g.Name+"/shared", func(b *testing.B) {
			for b.Loop() {
				g.Shared(x, y)
			}
		})
	}
}

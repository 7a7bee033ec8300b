package dataplane

import "testing"

// What is measured: every cipher that has a bar in charon's libipsec, and those that plutoplus offers.
var benchShapes = []struct {
	name string
	shape
}{
	{"aes128-sha1", aesSHA1},
	{"aes256-sha256", shape{cipher: "aes", bits: 256, integrity: "hmac-sha256-128", window: 64}},
	{"aes128gcm16", shape{cipher: "aes-gcm-16", window: 64}},
	{"aes128ctr-sha1", shape{cipher: "aes-ctr", integrity: "hmac-sha1-96", window: 64}},
	{"null-sha1", shape{cipher: "null", integrity: "hmac-sha1-96", window: 64}},
	{"3des-md5", shape{cipher: "3des", integrity: "hmac-md5-96", window: 64}},
	{"des-md5", shape{cipher: "des", integrity: "hmac-md5-96", window: 64}},
	{"blowfish-sha1", shape{cipher: "blowfish", integrity: "hmac-sha1-96", window: 64}},
	{"cast-sha1", shape{cipher: "cast", integrity: "hmac-sha1-96", window: 64}},
	{"rc5-sha1", shape{cipher: "rc5", integrity: "hmac-sha1-96", window: 64}},
	{"idea-sha1", shape{cipher: "idea", integrity: "hmac-sha1-96", window: 64}},
	{"ah-sha1", shape{integrity: "hmac-sha1-96", window: 64}},
	{"aes128-sha1-tunnel", shape{cipher: "aes", integrity: "hmac-sha1-96", tunnel: true, window: 64}},
}

const benchPacket = 1400

func BenchmarkSeal(b *testing.B) {
	for _, row := range benchShapes {
		b.Run(row.name, func(b *testing.B) {
			p := newPair(b, row.sa())
			datagram := p.datagram(benchPacket - 28)
			clear := inBuffer(datagram)
			b.SetBytes(benchPacket)
			b.ReportAllocs()
			for b.Loop() {
				p.r.Reset()
				p.out.Process(p.now, clear, &p.r)
				copy(clear.Packet(), datagram[:28]) // what was overwritten, as far as it is looked at
			}
			if n := p.out.Counters().Packets; n < uint64(b.N) {
				b.Fatalf("%d of %d packets were sealed", n, b.N)
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	for _, row := range benchShapes {
		b.Run(row.name, func(b *testing.B) {
			sa := row.sa()
			sa.ReplayWindow = 0 // the same packet is opened over and over
			p := newPair(b, sa)
			sealed := p.seal1(p.datagram(benchPacket - 28))
			buffer := inBuffer(sealed)
			b.SetBytes(benchPacket)
			b.ReportAllocs()
			for b.Loop() {
				copy(buffer.Packet(), sealed)
				p.r.Reset()
				p.in.Process(p.now, buffer, &p.r)
			}
			if n := p.in.Counters().Packets; n < uint64(b.N) {
				b.Fatalf("%d of %d packets were opened", n, b.N)
			}
		})
	}
}

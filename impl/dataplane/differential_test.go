package dataplane

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"ikewit/impl/sadb"
)

// The fast path against the reference, both ways, for every kind of SA: what it seals is octet for octet
// what the reference makes of the same packet, number and IV; what the reference seals, it opens.
//
// IPS-CIPH-02, IPS-CIPH-09, IPS-CIPH-11, IPS-CIPH-12, IPS-CIPH-13, IPS-CIPH-14, IPS-TUN-07: packets of every cipher and
// key length, in both modes.
func TestDifferential(t *testing.T) {
	const seed = 3
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for _, sa := range everySA() {
		if sa.ESN && rnd.IntN(2) == 0 {
			sa.Current.Seq = 1<<32 - 3 // the low half wraps
		}
		p := newPair(t, sa)
		first := sa.Current.Seq
		for i := range uint64(6) {
			inner := p.datagram(rnd.IntN(300))
			seq := first + i + 1
			got := p.seal1(inner)
			o, err := refOpen(&sa, got, uint32(seq>>32))
			if err != nil {
				t.Fatalf("%v: the reference refuses: %v", sa, err)
			}
			if sa.Proto == sadb.AH || !sa.OldESP() {
				if o.seq != uint32(seq) {
					t.Errorf("%v: number %d, want %d", sa, o.seq, seq)
				}
			}
			want := refPacket{sa: &sa, inner: inner, seq: seq, iv: o.iv, ident: binary.BigEndian.Uint16(got[4:])}.seal()
			if !bytes.Equal(got, want) {
				t.Fatalf("%v: sealed\n%x, want\n%x", sa, got, want)
			}
			p.opens(sa.String(), want, inner)
		}
		if t.Failed() {
			return
		}
	}
}

// No packet is sealed with an allocation, none is opened with one.
func TestNoAllocationPerPacket(t *testing.T) {
	for _, f := range []shape{aesSHA1, {cipher: "aes-gcm-16", tunnel: true, window: 64}, {integrity: "hmac-sha256-128", window: 64},
		{cipher: "3des", integrity: "hmac-md5-96", window: 64}, {cipher: "null", integrity: "hmac-sha1-96", outer6: true, window: 64}} {
		p := newPair(t, f.sa())
		clear := inBuffer(p.datagram(1000))
		var sealed Buffer
		if n := testing.AllocsPerRun(100, func() {
			p.r.Reset()
			p.out.Process(p.now, clear, &p.r)
		}); n != 0 {
			t.Errorf("%v: %v allocations to seal", p.sa, n)
		}
		var packets []Buffer
		for range 200 {
			packets = append(packets, inBuffer(p.seal1(p.datagram(1000))))
		}
		if n := testing.AllocsPerRun(100, func() {
			p.r.Reset()
			sealed, packets = packets[0], packets[1:]
			p.in.Process(p.now, sealed, &p.r)
			if len(p.r.Inner) != 1 {
				t.Fatal(drops(p.in.Counters()))
			}
		}); n != 0 {
			t.Errorf("%v: %v allocations to open", p.sa, n)
		}
	}
}

package dataplane

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"ikewit/impl/sadb"
	"ikewit/impl/wire/ipsec"
)

// An IPv4 packet that may be fragmented is sealed whole, and cut then (RFC 2406 section 3.3.5); with an outer
// header that may not be, it is cut before.
func TestIPS_ESP_23_FragmentsAfterSealing(t *testing.T) {
	for _, f := range []shape{aesSHA1, aesTunnel, {cipher: "aes", integrity: "hmac-sha1-96", tunnel: true, outer6: true, window: 64}, ahSHA1} {
		p := newPair(t, f.sa())
		inner := setDF(p.datagram(4000), false)
		parts := p.seal(inner)
		if len(parts) != 3 {
			t.Fatalf("%+v: %d fragments; dropped %v", f, len(parts), drops(p.out.Counters()))
		}
		var r reassembler
		rand.New(rand.NewPCG(1, 1)).Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		for i, part := range parts {
			var packet ipsec.Packet
			if err := packet.Parse(part); err != nil || len(part) > 1500 {
				t.Fatalf("%+v: fragment of %d octets, %v", f, len(part), err)
			}
			whole, ok := r.add(start, &packet, 0)
			if ok != (i == len(parts)-1) {
				t.Fatalf("%+v: whole after %d", f, i)
			}
			if ok {
				p.opens("put together", whole.Packet(), inner)
			}
		}
	}
	sa := aesTunnel.sa()
	sa.DF = sadb.DFSet
	p := newPair(t, sa)
	inner := setDF(p.datagram(4000), false)
	var r reassembler
	got := false
	for _, packet := range p.seal(inner) {
		var part ipsec.Packet
		if len(packet) > 1500 || part.Parse(p.open(packet)) != nil {
			t.Fatalf("packet of %d octets; dropped %v", len(packet), drops(p.in.Counters()))
		}
		if whole, ok := r.add(start, &part, 0); ok {
			got = bytes.Equal(whole.Packet(), inner)
		}
	}
	if !got {
		t.Error("cut before sealing: the fragments do not make the packet")
	}
}

// IPS-TUN-12: fragments inside a tunnel come through as they are.
func TestIPS_TUN_12_FragmentsInside(t *testing.T) {
	p := newPair(t, aesTunnel.sa())
	var whole ipsec.Packet
	if err := whole.Parse(setDF(p.datagram(3000), false)); err != nil {
		t.Fatal(err)
	}
	for i, part := range cut(nil, &whole, 1000, 0) {
		p.opens(fmt.Sprint("fragment ", i), p.seal1(part.Packet()), part.Packet())
	}
}

// In transport mode, and where ports matter, the datagram is put together before it is sealed, or before
// it is delivered: RFC 2406 section 3.3.1, RFC 4301 section 7.
func TestFragmentsArePutTogetherWhereTheyMustBe(t *testing.T) {
	ports := aesTunnel.sa()
	ports.Selector.Proto, ports.Selector.DstPort = 17, 2000
	for name, sa := range map[string]sadb.SA{"transport": aesSHA1.sa(), "ports": ports,
		"IPv6": shape{cipher: "aes-gcm-16", outer6: true, window: 64}.sa()} {
		p := newPair(t, sa)
		inner := p.datagram(3000)
		var whole ipsec.Packet
		if err := whole.Parse(inner); err != nil {
			t.Fatal(err)
		}
		parts := cut(nil, &whole, 1400, 55)
		var got [][]byte
		for i := range parts {
			got = append(got, p.seal(parts[len(parts)-1-i].Packet())...)
			if i < len(parts)-1 && len(got) > 0 {
				t.Fatalf("%s: a fragment was sealed", name)
			}
		}
		if len(got) != 3 {
			t.Fatalf("%s: %d packets; dropped %v", name, len(got), drops(p.out.Counters()))
		}
		var r reassembler
		for _, part := range got {
			var packet ipsec.Packet
			if err := packet.Parse(part); err != nil {
				t.Fatal(err)
			}
			if whole, ok := r.add(start, &packet, 0); ok {
				if name == "IPv6" {
					whole.Octets[whole.From+7] = 63
				}
				p.opens(name, whole.Packet(), inner)
			}
		}
	}
	p := newPair(t, ports)
	var whole ipsec.Packet
	if err := whole.Parse(p.datagram(3000)); err != nil {
		t.Fatal(err)
	}
	seq := uint64(0)
	for i, part := range cut(nil, &whole, 1400, 0) {
		seq++
		got := p.open(p.ref(seq, part.Packet()).seal())
		if (got != nil) != (i == 2) {
			t.Errorf("fragment %d of a flow with ports: %d octets are delivered", i, len(got))
		}
		if i == 2 && !bytes.Equal(got, p.datagram(3000)) {
			t.Errorf("delivered %x", got)
		}
	}
}

// Fragments of two SAs never make one datagram (RFC 4301 section 7).
func TestFragmentsOfTwoSAsAreNotMixed(t *testing.T) {
	ports := aesTunnel.sa()
	ports.Selector.DstPort = 2000
	p := newPair(t, ports)
	other := p.sa
	other.SPI++
	p.in.Put(&other)
	var whole ipsec.Packet
	if err := whole.Parse(p.datagram(2000)); err != nil {
		t.Fatal(err)
	}
	parts := cut(nil, &whole, 1400, 0)
	if got := p.open(p.ref(1, parts[0].Packet()).seal()); got != nil {
		t.Fatal("half a datagram")
	}
	r := p.ref(1, parts[1].Packet())
	r.sa = &other
	if got := p.open(r.seal()); got != nil {
		t.Errorf("mixed: %x", got)
	}
	p.opens("from the same", p.ref(2, parts[1].Packet()).seal(), p.datagram(2000))
}

func TestReassemblerGivesUp(t *testing.T) {
	var whole ipsec.Packet
	if err := whole.Parse(refDatagram(left, right, 1, 2, 2000)); err != nil {
		t.Fatal(err)
	}
	parts := cut(nil, &whole, 600, 0)
	parse := func(i int) *ipsec.Packet {
		p := new(ipsec.Packet)
		if err := p.Parse(parts[i].Packet()); err != nil {
			t.Fatal(err)
		}
		return p
	}
	overlap := parse(1)
	overlap.Fragment.Offset -= 8
	var r reassembler
	r.add(start, parse(0), 0)
	r.add(start, parse(0), 0) // the same again is no harm
	if r.lost != 0 || len(r.waiting) != 1 {
		t.Errorf("%d lost", r.lost)
	}
	r.add(start, overlap, 0)
	if r.lost != 1 || len(r.waiting) != 0 {
		t.Errorf("after an overlap: %d lost, %d waiting", r.lost, len(r.waiting))
	}
	r.add(start, parse(0), 0)
	r.add(start.Add(fragmentLife), parse(1), 0)
	if r.lost != 2 || len(r.waiting) != 1 {
		t.Errorf("after too long: %d lost, %d waiting", r.lost, len(r.waiting))
	}
	for i := range uint32(2 * maxDatagrams) {
		p := parse(0)
		p.Fragment.ID = 1000 + i
		r.add(start.Add(fragmentLife), p, 0)
	}
	if len(r.waiting) != maxDatagrams {
		t.Errorf("%d datagrams wait", len(r.waiting))
	}
	beyond := parse(len(parts) - 1)
	beyond.Fragment.Offset = 65528
	var r2 reassembler
	if _, ok := r2.add(start, beyond, 0); ok || r2.lost != 1 {
		t.Error("a fragment beyond 65535 octets is kept")
	}
}

// Datagrams in fragments of every size and order against the datagram.
func TestCutAndPutTogether(t *testing.T) {
	const seed = 9
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for i := range 300 {
		packet := refDatagram(left, right, 1, 2, rnd.IntN(5000))
		if i%2 == 1 {
			packet = refDatagram(left6, right6, 1, 2, rnd.IntN(5000))
		}
		var whole ipsec.Packet
		if err := whole.Parse(packet); err != nil {
			t.Fatal(err)
		}
		mtu := 68 + rnd.IntN(2000)
		if len(packet) <= mtu {
			continue
		}
		parts := cut(nil, &whole, mtu, 5)
		rnd.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		var r reassembler
		var got []byte
		for _, part := range parts {
			var p ipsec.Packet
			if err := p.Parse(part.Packet()); err != nil {
				t.Fatal(err)
			}
			if len(p.Octets) > mtu {
				t.Errorf("a fragment of %d octets, MTU %d", len(p.Octets), mtu)
			}
			if b, ok := r.add(start.Add(time.Second), &p, 0); ok {
				got = b.Packet()
			}
		}
		if !bytes.Equal(got, packet) {
			t.Fatalf("datagram %d in %d parts: %x, want %x", i, len(parts), got, packet)
		}
	}
}

func cutDatagram(t *testing.T, packet []byte, mtu int) []Buffer {
	t.Helper()
	var p ipsec.Packet
	if err := p.Parse(packet); err != nil {
		t.Fatal(err)
	}
	return cut(nil, &p, mtu, 5)
}

package dataplane

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"ikewit/impl/sadb"
	"ikewit/impl/wire/ipsec"
)

var aesTunnel = shape{cipher: "aes", integrity: "hmac-sha1-96", tunnel: true, window: 64}

func TestIPS_TUN_01_OuterHeader(t *testing.T) {
	p := newPair(t, aesTunnel.sa())
	inner := p.datagram(40)
	head := append(inner[:20:20], 148, 4, 0, 0) // router alert
	head[0], head[1] = 0x46, 0xb8
	inner = refJoin(head, 17, inner[20:])
	idents := map[uint16]bool{}
	for range 3 {
		got := p.seal1(inner)
		want := refPacket{sa: &p.sa, inner: inner}
		want.ident = binary.BigEndian.Uint16(got[4:])
		if !bytes.Equal(got[:20], refJoin(want.refHeader(50, 0), 50, got[20:])[:20]) || got[8] != outerTTL {
			t.Errorf("outer header %x", got[:20])
		}
		idents[want.ident] = true
		p.opens("back", got, inner)
	}
	if len(idents) != 3 || idents[0x1234] {
		t.Errorf("identifications %v", idents)
	}
}

func TestIPS_TUN_03_DontFragment(t *testing.T) {
	for _, row := range []struct {
		rule       sadb.DFRule
		inside, df bool
	}{
		{sadb.DFCopy, false, false}, {sadb.DFCopy, true, true},
		{sadb.DFSet, false, true}, {sadb.DFSet, true, true},
		{sadb.DFClear, false, false}, {sadb.DFClear, true, false},
	} {
		sa := aesTunnel.sa()
		sa.DF = row.rule
		p := newPair(t, sa)
		inner := setDF(p.datagram(9), row.inside)
		got := p.seal1(inner)
		if df := got[6]&0x40 != 0; df != row.df {
			t.Errorf("%v, inside %v: outside %v", row.rule, row.inside, df)
		}
		p.opens("inside", got, inner)
	}
}

func setDF(packet []byte, df bool) []byte {
	packet = bytes.Clone(packet)
	if packet[6] &^= 0x40; df {
		packet[6] |= 0x40
	}
	refChecksum(packet[:20])
	return packet
}

func TestIPS_TUN_04_Families(t *testing.T) {
	for i := range 4 {
		f := aesTunnel
		f.outer6, f.inner6 = i&1 == 1, i&2 == 2
		p := newPair(t, f.sa())
		inner, tos := p.datagram(30), byte(0xaa)
		if f.inner6 {
			tos = 0xab
			inner[0], inner[1] = 0x6a, 0xb5 // class ab
			head, _, rest := refSplit(inner)
			inner = refJoin(head, 60, append([]byte{17, 0, 1, 4, 0, 0, 0, 0}, rest...))
		} else {
			inner[1] = 0xaa
			refChecksum(inner[:20])
		}
		packet := p.seal1(inner)
		o, err := refOpen(&p.sa, packet, 0)
		if err != nil {
			t.Fatal(err)
		}
		var outer ipsec.Packet
		if err := outer.Parse(packet); err != nil || outer.TOS() != tos || outer.Proto != 50 || outer.TTL() != 64 {
			t.Errorf("%+v: outer %x", f, packet[:40])
		}
		if want := map[bool]byte{false: 4, true: 41}[f.inner6]; o.next != want {
			t.Errorf("%+v: next header %d", f, o.next)
		}
		p.opens("back", packet, inner)
	}
}

// IPS-TUN-05: RFC 6040, figure 4: every pair. What RFC 4301 leaves unchanged and RFC 6040 drops (congestion
// marked on a packet that cannot say so) is dropped here.
func TestIPS_TUN_05_ECN(t *testing.T) {
	const drop = -1
	names := [4]string{"not-ECT", "ECT(1)", "ECT(0)", "CE"}
	want := [4][4]int{ // inside, outside
		{0, 0, 0, drop},
		{1, 1, 1, 3},
		{2, 1, 2, 3},
		{3, 3, 3, 3},
	}
	for _, f := range []shape{aesTunnel, {integrity: "hmac-sha1-96", tunnel: true, inner6: true, outer6: true, window: 64}} {
		seq := uint64(0)
		p := newPair(t, f.sa())
		for inside := range 4 {
			for outside := range 4 {
				seq++
				inner := withTOS(p.datagram(12), 0x28|byte(inside))
				packet := withTOS(p.ref(seq, inner).seal(), 0x48|byte(outside))
				if want[inside][outside] == drop {
					p.refuses(names[inside]+" in "+names[outside], packet, Congested)
					continue
				}
				p.opens(names[inside]+" in "+names[outside], packet, withTOS(inner, 0x28|byte(want[inside][outside])))
			}
		}
		for inside := range 4 { // the way in: copied (RFC 6040 section 4.1)
			var outer ipsec.Packet
			if err := outer.Parse(p.seal1(withTOS(p.datagram(12), 0x28|byte(inside)))); err != nil || outer.TOS() != 0x28|byte(inside) {
				t.Errorf("%s becomes TOS %02x outside", names[inside], outer.TOS())
			}
		}
	}
}

func withTOS(packet []byte, tos byte) []byte {
	packet = bytes.Clone(packet)
	if packet[0]>>4 == 6 {
		packet[0], packet[1] = 0x60|tos>>4, packet[1]&15|tos<<4
		return packet
	}
	packet[1] = tos
	refChecksum(packet[:20])
	return packet
}

// icmpTooBig is what a router says about a packet of ours.
func icmpTooBig(about []byte, mtu, quote int) []byte {
	var p ipsec.Packet
	if err := p.Parse(about); err != nil {
		panic(err)
	}
	from := mustAddr("198.51.100.1")
	if p.V6 {
		from = mustAddr("2001:db8:ffff::1")
	}
	message := ipsec.AppendTooBig(nil, &p, from, mtu)
	head := 28
	if p.V6 {
		head = 48
	}
	message = message[:min(len(message), head+quote)]
	ipsec.SetLength(message, 20, len(message))
	return message
}

func TestIPS_TUN_08_09_PathMTU(t *testing.T) {
	for _, row := range []struct {
		shape
		quote int
	}{{aesTunnel, 28}, {aesTunnel, 200}, {shape{cipher: "3des", integrity: "hmac-sha512-256", tunnel: true}, 28},
		{shape{cipher: "aes-gcm-16", tunnel: true, outer6: true, inner6: true}, 60}, {shape{integrity: "hmac-sha256-128", tunnel: true, outer6: true}, 60},
		{aesSHA1, 28}} {
		p := newPair(t, row.sa())
		big := p.datagram(1340)
		if !row.inner6 {
			big = setDF(big, true)
		}
		sealed := p.seal1(big)
		if !p.out.TooBig(p.now, icmpTooBig(sealed, 1400, row.quote)) {
			t.Fatalf("%+v: the router is not believed", row)
		}
		if list := p.seal(big); len(list) != 0 || len(p.r.Inner) != 1 {
			t.Fatalf("%+v: %d packets out, %d in; dropped %v", row, len(list), len(p.r.Inner), drops(p.out.Counters()))
		}
		var answer, about ipsec.Packet
		if err := answer.Parse(p.r.Inner[0].Packet()); err != nil {
			t.Fatal(err)
		}
		e, ok := answer.ICMPError()
		if !ok || about.ParseQuote(e.Quote) != nil || answer.Dst != p.sa.Selector.Src.From || about.Dst != p.sa.Selector.Dst.From {
			t.Fatalf("%+v: answer %x", row, answer.Octets)
		}
		// What is named fits just so.
		fit := p.datagram(e.MTU - map[bool]int{false: 28, true: 48}[about.V6])
		over := p.datagram(e.MTU - map[bool]int{false: 28, true: 48}[about.V6] + 1)
		if !about.V6 {
			fit, over = setDF(fit, true), setDF(over, true)
		}
		if got := p.seal(fit); len(got) != 1 || len(got[0]) > 1400 || len(got[0]) < 1400-16 {
			t.Errorf("%+v: %d octets become %v", row, len(fit), len(got))
		}
		if got := p.seal(over); len(got) != 0 {
			t.Errorf("%+v: %d octets go through as well", row, len(over))
		}
	}
}

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

func TestIPS_TUN_10_PathMTUAges(t *testing.T) {
	p := newPair(t, aesTunnel.sa())
	big := setDF(p.datagram(1380), true)
	sealed := p.seal1(big)
	p.out.TooBig(p.now, icmpTooBig(sealed, 1300, 28))
	p.now = start.Add(pathLife - 1)
	if len(p.seal(big)) != 0 {
		t.Error("too early")
	}
	p.now = start.Add(pathLife)
	if len(p.seal(big)) != 1 {
		t.Error("larger packets are not tried again")
	}
}

func TestIPS_TUN_11_AbsurdMTU(t *testing.T) {
	for _, f := range []shape{aesTunnel, {cipher: "aes", integrity: "hmac-sha1-96", tunnel: true, outer6: true}} {
		for _, mtu := range []int{68, 1, 100} {
			p := newPair(t, f.sa())
			sealed := p.seal1(p.datagram(900))
			p.out.TooBig(p.now, icmpTooBig(sealed, mtu, 60))
			least := minMTU4
			if f.outer6 {
				least = minMTU6
			}
			room := setDF(p.datagram(least-110-28), true)
			if len(p.seal(room)) != 1 {
				t.Errorf("%+v, MTU %d: %d octets do not go", f, mtu, len(room))
			}
		}
	}
	p := newPair(t, aesTunnel.sa())
	sealed := p.seal1(p.datagram(900))
	forged := func(f func(b []byte)) []byte {
		b := bytes.Clone(sealed)
		f(b)
		return icmpTooBig(b, 600, 28)
	}
	for name, message := range map[string][]byte{
		"MTU 0":               icmpTooBig(sealed, 0, 28),
		"another SPI":         forged(func(b []byte) { b[20]++ }),
		"another destination": forged(func(b []byte) { b[19]++ }),
		"another source":      forged(func(b []byte) { b[15]++ }),
		"another protocol":    forged(func(b []byte) { b[9] = 51 }),
		"half an SPI":         icmpTooBig(sealed, 600, 22),
		"more than there is":  icmpTooBig(sealed, 9000, 28),
		"no ICMP":             sealed,
		"nothing":             nil,
	} {
		if p.out.TooBig(p.now, message) {
			t.Errorf("%s: believed", name)
		}
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

// IPS-TUN-13: a tunnel in a tunnel to another place, made by one policy or by two.
func TestIPS_TUN_13_NestedTunnels(t *testing.T) {
	inside := aesTunnel.sa()
	inside.Src, inside.Dst = mustAddr("198.51.100.1"), mustAddr("198.51.100.2")
	outside := shape{cipher: "3des", integrity: "hmac-md5-96", tunnel: true, window: 64}.sa()
	outside.SPI, outside.ReqID = 0x4444, 8
	outside.Selector = sadb.Selector{Src: sadb.RangeOf(inside.Src), Dst: sadb.RangeOf(inside.Dst), Proto: 50}
	p := newPair(t, inside)
	p.out.Put(&outside)
	p.in.Put(&outside)
	inner := p.datagram(64)
	first := p.seal1(inner)
	outer := refPacket{sa: &outside, inner: first, seq: 1, iv: make([]byte, 8)}.seal()
	p.opens("both layers", outer, inner)

	// The packet inside must be one that the outer tunnel is for.
	stray := p.sa
	stray.SPI, stray.Src = 0x7777, mustAddr("198.51.100.77")
	p.in.Put(&stray)
	r := p.ref(1, inner)
	r.sa = &stray
	p.refuses("another in the outer tunnel", refPacket{sa: &outside, inner: r.seal(), seq: 2, iv: make([]byte, 8)}.seal(), BadSelector)
}

func cutDatagram(t *testing.T, packet []byte, mtu int) []Buffer {
	t.Helper()
	var p ipsec.Packet
	if err := p.Parse(packet); err != nil {
		t.Fatal(err)
	}
	return cut(nil, &p, mtu, 5)
}

package dataplane

import (
	"bytes"
	"encoding/binary"
	"testing"

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

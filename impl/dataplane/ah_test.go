package dataplane

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"ikewit/impl/sadb"
)

func TestIPS_AH_01_02_03_Headers(t *testing.T) {
	for _, row := range []struct {
		shape
		next, payloadLen byte
	}{
		{shape{integrity: "hmac-sha1-96"}, 17, 4},
		{shape{integrity: "hmac-sha1-96", outer6: true}, 17, 4},
		{shape{integrity: "hmac-sha256-128"}, 17, 5},
		{shape{integrity: "hmac-sha256-128", outer6: true}, 17, 6},
		{shape{integrity: "hmac-md5-96", tunnel: true}, 4, 4},
		{shape{integrity: "hmac-md5-96", tunnel: true, inner6: true}, 41, 4},
		{shape{integrity: "hmac-md5-96", tunnel: true, outer6: true, inner6: true}, 41, 4},
	} {
		p := newPair(t, row.sa())
		packet := p.seal1(p.datagram(20))
		o, err := refOpen(&p.sa, packet, 0) // looks for protocol 51
		if err != nil {
			t.Errorf("%+v: %v", row, err)
			continue
		}
		want := []byte{row.next, row.payloadLen, 0, 0}
		if !bytes.Equal(o.ah[:4], want) || o.seq != 1 || binary.BigEndian.Uint32(o.ah[4:]) != p.sa.SPI {
			t.Errorf("%+v: header %x, want %x", row.shape, o.ah[:12], want)
		}
	}
}

func TestIPS_AH_03_ReservedIsCoveredAndIgnored(t *testing.T) {
	p := newPair(t, ahSHA1.sa())
	r := p.ref(1, p.datagram(20))
	r.edit = func(front []byte) { front[2], front[3] = 0xab, 0xcd }
	packet := r.seal()
	changed := bytes.Clone(packet)
	changed[20+2] = 0
	p.refuses("reserved changed on the way", changed, BadICV)
	p.opens("reserved as sent", packet, p.datagram(20))
}

// IPS-AH-04, 05, 08, 09: every octet of the header, changed on the way. What may change does no harm; what
// may not is found.
func TestIPS_AH_04_05_08_09_HeaderOctets(t *testing.T) {
	harmless4 := map[int]byte{1: 0xfc, 6: 0x40, 8: 0xff, 10: 0xff, 11: 0xff} // DSCP, DF, TTL, checksum
	harmless6 := map[int]byte{0: 0x0f, 1: 0xff, 2: 0xff, 3: 0xff, 7: 0xff}   // class, flow label, hop limit
	for _, f := range []shape{ahSHA1, {integrity: "hmac-sha1-96", outer6: true, window: 64}, {integrity: "hmac-sha1-96", tunnel: true, window: 64}} {
		p := newPair(t, f.sa())
		harmless, head := harmless4, 20
		if f.outer6 {
			harmless, head = harmless6, 40
		}
		seq := uint64(0)
		for at := range head {
			seq++
			inner := p.datagram(16)
			packet := p.ref(seq, inner).seal()
			if bits := harmless[at]; bits != 0 {
				packet[at] ^= bits
				if got := p.open(packet); got == nil {
					t.Errorf("%+v: octet %d changed harmlessly: dropped, %v", f, at, drops(p.in.Counters()))
				}
			}
			for _, bit := range []byte{1, 2, 4, 8, 16, 32, 64, 128} {
				if bit&harmless[at] != 0 || at == 1 || f.tunnel && at == 9 {
					continue // ECN has its own tests; with another protocol, it is no AH and for another host
				}
				bad := p.ref(seq, inner).seal()
				bad[at] ^= bit
				if got := p.open(bad); got != nil {
					t.Errorf("%+v: bit %02x of octet %d changed: let through", f, bit, at)
				}
			}
		}
		if c := p.in.Counters(); c.Dropped[BadICV] == 0 {
			t.Errorf("dropped %v", drops(c))
		}
	}
}

// IPS-AH-06, 07: options of IPv4 as they change on the way.
func TestIPS_AH_06_07_Options(t *testing.T) {
	for _, row := range []struct {
		name            string
		options, behind []byte
		harmless        bool
		dstBehind       []byte
	}{
		{"router alert", []byte{148, 4, 0, 0}, []byte{148, 4, 0, 1}, false, nil},
		{"security", []byte{130, 3, 1, 0}, []byte{130, 3, 2, 0}, false, nil},
		{"record route", []byte{7, 7, 4, 0, 0, 0, 0, 1}, []byte{7, 7, 8, 10, 9, 8, 7, 1}, true, nil},
		{"timestamp", []byte{68, 8, 5, 0, 0, 0, 0, 0}, []byte{68, 8, 9, 0, 1, 2, 3, 4}, true, nil},
		{"traceroute", []byte{82, 4, 0, 0}, []byte{82, 4, 0, 1}, true, nil},
		{"unknown", []byte{0x99, 4, 0, 0}, []byte{0x99, 4, 7, 7}, true, nil},
		{"source route", []byte{131, 7, 4, 192, 0, 2, 2, 1}, []byte{131, 7, 8, 192, 0, 2, 99, 1}, true, []byte{192, 0, 2, 2}},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := newPair(t, ahSHA1.sa())
			clear := p.datagram(12)
			head := append(bytes.Clone(clear[:20]), row.options...)
			head[0] = byte(4<<4 | len(head)/4)
			if row.dstBehind != nil { // on its way the packet is for the first hop
				copy(head[16:], []byte{192, 0, 2, 99})
				hop := p.sa
				p.out.PutPolicy(&sadb.Policy{Direction: sadb.Out, Do: sadb.Protect, Templates: []sadb.Template{{Proto: sadb.AH, Mode: sadb.Transport}}})
				hop.Dst = mustAddr("192.0.2.99")
				hop.Selector = sadb.Selector{}
				p.out.Put(&hop)
			}
			packet := p.seal1(refJoin(head, 17, clear[20:]))
			arrived := bytes.Clone(packet)
			copy(arrived[20:], row.behind)
			if row.dstBehind != nil {
				copy(arrived[16:], row.dstBehind)
			}
			refChecksum(arrived[:20+len(row.options)])
			if got := p.open(arrived); (got != nil) != row.harmless {
				t.Errorf("changed on the way: got %x, dropped %v", got, drops(p.in.Counters()))
			}
			if row.dstBehind == nil && row.harmless {
				return // the number is used up
			}
			if row.dstBehind == nil && p.open(packet) == nil {
				t.Errorf("unchanged: dropped %v", drops(p.in.Counters()))
			}
		})
	}
}

// IPS-AH-10, 11: an IPv6 packet with options that may change and a routing header, as it leaves and as it
// arrives.
func TestIPS_AH_10_11_ExtensionHeaders(t *testing.T) {
	sa := shape{integrity: "hmac-sha1-96", outer6: true, window: 64}.sa()
	p := newPair(t, sa)
	clear := p.datagram(12)
	options := []byte{43, 1, 0x3e, 2, 0, 0, 0x1e, 4, 1, 2, 3, 4, 1, 2, 0, 0} // 3e may change, 1e may not
	route := append([]byte{17, 2, 0, 0, 0, 0, 0, 0}, mustAddr("2001:db8::99").AsSlice()...)
	head := bytes.Clone(clear[:40])
	inner := refJoin(head, 0, bytes.Join([][]byte{options, route, clear[40:]}, nil))
	packet := p.seal1(inner)
	change := func(f func(b []byte)) []byte {
		b := bytes.Clone(packet)
		f(b)
		return b
	}
	p.refuses("an option that may not change", change(func(b []byte) { b[40+8]++ }), BadICV)
	p.refuses("the length of one that may", change(func(b []byte) { b[40+3] = 3 }), BadICV)
	p.refuses("the type of one that may", change(func(b []byte) { b[40+2] = 0x3f }), BadICV)
	p.refuses("an address of the route", change(func(b []byte) { b[56+23]++ }), BadICV)
	want := bytes.Clone(inner)
	want[40+4], want[40+5] = 0xaa, 0xbb
	p.opens("the data of one that may", change(func(b []byte) { b[40+4], b[40+5] = 0xaa, 0xbb }), want)

	// On its way: for the hop in the middle, with bob in the list and one segment left.
	hop := sa
	hop.Dst = mustAddr("2001:db8::99")
	hop.Selector = sadb.Selector{}
	out := NewOutbound(newSeeded(1), 1500)
	out.Put(&hop)
	out.PutPolicy(&sadb.Policy{Direction: sadb.Out, Do: sadb.Protect, Templates: []sadb.Template{{Proto: sadb.AH, Mode: sadb.Transport}}})
	leaving := bytes.Clone(inner)
	copy(leaving[24:], hop.Dst.AsSlice())
	copy(leaving[56+8:], bob6.AsSlice())
	leaving[56+3] = 1
	var r Results
	hopSeq := hop
	hopSeq.Current.Seq = 1
	out.Remove(hop.ID())
	out.Put(&hopSeq)
	out.Process(start, inBuffer(leaving), &r)
	if len(r.Wire) != 1 {
		t.Fatalf("dropped %v", drops(out.Counters()))
	}
	arriving := bytes.Clone(r.Wire[0].Packet())
	copy(arriving[24:], bob6.AsSlice())
	copy(arriving[56+8:], hop.Dst.AsSlice())
	arriving[56+3] = 0
	p.opens("by way of a hop", arriving, inner)
}

func TestIPS_AH_12_ICVFieldIsZeroInTheComputation(t *testing.T) {
	p := newPair(t, ahSHA1.sa())
	if _, err := refOpen(&p.sa, p.seal1(p.datagram(3)), 0); err != nil { // the reference has it zero
		t.Error(err)
	}
}

func TestIPS_AH_14_BadHeaders(t *testing.T) {
	p := newPair(t, ahSHA1.sa())
	head, _, rest := refSplit(p.ref(1, p.datagram(3)).seal())
	p.refuses("SPI", p.ref(1, p.datagram(3)).withSPI(77), UnknownSPI)
	for length := range 256 {
		if length == 4 {
			continue
		}
		b := bytes.Clone(rest)
		b[1] = byte(length)
		p.refuses(fmt.Sprint("payload length ", length), refJoin(bytes.Clone(head), 51, b), ShortPacket)
	}
	for n := range 24 {
		if got := p.open(refJoin(bytes.Clone(head), 51, rest[:n])); got != nil {
			t.Errorf("%d octets are let through", n)
		}
	}
	p.opens("whole", p.ref(1, p.datagram(3)).seal(), p.datagram(3))
}

// withSPI gives the packet with another SPI.
func (p refPacket) withSPI(spi uint32) []byte {
	sa := *p.sa
	sa.SPI = spi
	p.sa = &sa
	return p.seal()
}

// IPS-AH-15: AH around ESP in transport mode, one packet with two SPIs.
func TestIPS_AH_15_Bundle(t *testing.T) {
	for _, outer6 := range []bool{false, true} {
		esp := shape{cipher: "aes", integrity: "hmac-sha1-96", outer6: outer6, window: 64}.sa()
		ah := shape{integrity: "hmac-md5-96", outer6: outer6, window: 64}.sa()
		ah.SPI = 0x9999
		p := newBundle(t, esp, ah)
		inner := p.datagram(100)
		packet := p.seal1(inner)
		outer, err := refOpen(&ah, packet, 0)
		if err != nil || outer.next != 50 {
			t.Fatalf("outside: next header %d, %v", outer.next, err)
		}
		inside, err := refOpen(&esp, outer.packet, 0)
		if err != nil || !bytes.Equal(inside.packet, inner) {
			t.Errorf("inside: %x, %v", inside.packet, err)
		}
		p.opens("both", packet, inner)
		p.refuses("ESP alone", outer.packet, Replayed)
	}
}

// newBundle makes a pair for several SAs, the innermost first.
func newBundle(t *testing.T, sas ...sadb.SA) *pair {
	t.Helper()
	p := newPair(t, sas[0])
	var all []*sadb.SA
	for i := range sas {
		if i > 0 {
			p.out.Put(&sas[i])
			p.in.Put(&sas[i])
		}
		all = append(all, &sas[i])
	}
	p.out.PutPolicy(protect(sadb.Out, p.sa.Selector, all...))
	p.in.PutPolicy(protect(sadb.In, p.sa.Selector, all...))
	return p
}

func TestIPS_AH_16_TunnelLeavesThePacketInsideUntouched(t *testing.T) {
	p := newPair(t, shape{integrity: "hmac-sha1-96", tunnel: true, window: 64}.sa())
	inner := p.datagram(60)
	packet := p.seal1(inner)
	if !bytes.HasSuffix(packet, inner) || len(packet) != 20+24+len(inner) {
		t.Errorf("packet %x", packet)
	}
}

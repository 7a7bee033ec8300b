package dataplane

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"

	"ikewit/impl/sadb"
	"ikewit/impl/wire/ipsec"
)

// prefix is a range for selectors.
func prefix(s string) sadb.Range { return sadb.RangeOfPrefix(netip.MustParsePrefix(s)) }

// IPS-SEL-01: what is genuine, but not what the SA is for.
func TestIPS_SEL_01_OutsideTheSelector(t *testing.T) {
	sa := aesTunnel.sa()
	sa.Selector = sadb.Selector{Src: prefix("10.1.0.0/24"), Dst: prefix("10.2.0.0/24"), Proto: 17, SrcPort: 1000, DstPort: 2000}
	p := newPair(t, sa)
	good := refDatagram(left, right, 1000, 2000, 10)
	for i, row := range []struct {
		name   string
		packet []byte
	}{
		{"source", refDatagram(mustAddr("10.1.1.0"), right, 1000, 2000, 10)},
		{"destination", refDatagram(left, mustAddr("10.1.255.255"), 1000, 2000, 10)},
		{"protocol", withUpper(good, 6, good[20:])},
		{"source port", refDatagram(left, right, 1001, 2000, 10)},
		{"destination port", refDatagram(left, right, 1000, 2001, 10)},
		{"family", refDatagram(left6, right6, 1000, 2000, 10)},
		{"no ports", withUpper(good, 17, good[20:22])},
	} {
		p.refuses(row.name, p.ref(uint64(i+1), row.packet).seal(), BadSelector)
	}
	p.opens("the right one", p.ref(20, good).seal(), good)
	p.opens("and another", p.ref(21, good).seal(), good)

	// A remembered flow does not open the way for its neighbours, nor for another SA.
	p.refuses("neighbour", p.ref(22, refDatagram(left, right, 1000, 2001, 10)).seal(), BadSelector)
	other := sa
	other.SPI, other.Selector.DstPort = 0x2222, 2001
	p.in.Put(&other)
	p.opens("remembered", p.ref(23, good).seal(), good)
	r := p.ref(1, good)
	r.sa = &other
	p.refuses("in another SA", r.seal(), BadSelector)
}

// IPS-SEL-02: in clear, although policy asks for protection.
func TestIPS_SEL_02_ClearPacketIsDropped(t *testing.T) {
	for _, f := range []shape{aesSHA1, {cipher: "aes", integrity: "hmac-sha1-96", outer6: true}} {
		p := newPair(t, f.sa())
		p.refuses("in clear", p.datagram(40), Unprotected)
		other := refDatagram(left, right, 1, 2, 3)
		p.opens("what no policy is about", other, other)
		p.in.PutPolicy(&sadb.Policy{Selector: sadb.Selector{DstPort: 500, Proto: 17}, Direction: sadb.In, Priority: 0, Do: sadb.Bypass})
		p.in.RemovePolicy(sadb.PolicyID{Selector: p.sa.Selector, Direction: sadb.In})
		late := protect(sadb.In, p.sa.Selector, &p.sa)
		late.Priority = 10
		p.in.PutPolicy(late)
		ike := refDatagram(p.sa.Src, p.sa.Dst, 500, 500, 40)
		p.opens("IKE", ike, ike)
		p.refuses("beside IKE", refDatagram(p.sa.Src, p.sa.Dst, 500, 501, 40), Unprotected)
	}
}

// IPS-SEL-03: protected, but not as policy asks.
func TestIPS_SEL_03_WrongProtection(t *testing.T) {
	esp := aesSHA1.sa()
	ah := ahSHA1.sa()
	ah.SPI = 0x5555
	tunnel := aesTunnel.sa()
	tunnel.SPI, tunnel.Selector = 0x6666, esp.Selector
	otherReq := esp
	otherReq.SPI, otherReq.ReqID = 0x7777, 99
	inner := refDatagram(alice, bob, 1, 2, 30)
	sealed := func(sa sadb.SA, inner []byte, seq uint64) []byte {
		return refPacket{sa: &sa, inner: inner, seq: seq, iv: make([]byte, ivInPacket(&sa))}.seal()
	}
	for _, row := range []struct {
		name   string
		policy *sadb.Policy
		packet func(seq uint64) []byte
		why    Reason
	}{
		{"ESP where AH and ESP are asked for", protect(sadb.In, esp.Selector, &esp, &ah), func(seq uint64) []byte { return sealed(esp, inner, seq) }, Unprotected},
		{"AH where AH and ESP are asked for", protect(sadb.In, esp.Selector, &esp, &ah), func(seq uint64) []byte { return sealed(ah, inner, seq) }, Unprotected},
		{"transport where a tunnel is asked for", protect(sadb.In, esp.Selector, &tunnel), func(seq uint64) []byte { return sealed(esp, inner, seq) }, Unprotected},
		{"tunnel where transport is asked for", protect(sadb.In, esp.Selector, &esp), func(seq uint64) []byte { return sealed(tunnel, inner, seq) }, Unprotected},
		{"another reqid", protect(sadb.In, esp.Selector, &esp), func(seq uint64) []byte { return sealed(otherReq, inner, seq) }, Unprotected},
		{"what is discarded", &sadb.Policy{Direction: sadb.In, Do: sadb.Discard}, func(seq uint64) []byte { return sealed(esp, inner, seq) }, Discarded},
		{"both, as asked", protect(sadb.In, esp.Selector, &esp, &ah), func(seq uint64) []byte { return sealed(ah, sealed(esp, inner, seq), seq) }, none},
		{"more than asked", protect(sadb.In, esp.Selector, &esp), func(seq uint64) []byte { return sealed(ah, sealed(esp, inner, seq), seq) }, none},
		{"the other way round", protect(sadb.In, esp.Selector, &esp, &ah), func(seq uint64) []byte { return sealed(esp, sealed(ah, inner, seq), seq) }, Unprotected},
		{"tunnel", protect(sadb.In, esp.Selector, &tunnel), func(seq uint64) []byte { return sealed(tunnel, inner, seq) }, none},
		{"no policy at all", nil, func(seq uint64) []byte { return sealed(esp, inner, seq) }, none},
	} {
		p := newPair(t, esp)
		for _, sa := range []sadb.SA{ah, tunnel, otherReq} {
			p.in.Put(&sa)
		}
		p.in.FlushPolicies()
		if row.policy != nil {
			p.in.PutPolicy(row.policy)
		}
		for seq := uint64(1); seq < 3; seq++ { // the second one is remembered
			if row.why == none {
				p.opens(row.name, row.packet(seq), inner)
			} else {
				p.refuses(row.name, row.packet(seq), row.why)
			}
		}
	}
}

// IPS-SEL-04, 05: three outcomes; the first policy that selects decides.
func TestIPS_SEL_04_05_Outcomes(t *testing.T) {
	p := newPair(t, aesSHA1.sa())
	all := protect(sadb.Out, sadb.Selector{}, &p.sa)
	all.Priority = 100
	p.out.FlushPolicies()
	p.out.PutPolicy(all)
	p.out.PutPolicy(&sadb.Policy{Selector: sadb.Selector{Proto: 17, DstPort: 500}, Direction: sadb.Out, Priority: 10, Do: sadb.Bypass})
	p.out.PutPolicy(&sadb.Policy{Selector: sadb.Selector{Proto: 17, DstPort: 7}, Direction: sadb.Out, Priority: 20, Do: sadb.Discard})
	p.out.PutPolicy(&sadb.Policy{Selector: sadb.Selector{Proto: 17, DstPort: 7, SrcPort: 9}, Direction: sadb.Out, Priority: 30, Do: sadb.Bypass}) // never reached
	for round := range 2 {
		clear := refDatagram(alice, bob, 1, 500, 20)
		if got := p.seal1(clear); !bytes.Equal(got, clear) {
			t.Errorf("bypass, round %d: %x", round, got)
		}
		for _, src := range []uint16{1, 9} {
			if got := p.seal(refDatagram(alice, bob, src, 7, 20)); len(got) != 0 {
				t.Errorf("discard, round %d: %x", round, got)
			}
		}
		if got := p.seal1(refDatagram(alice, bob, 1, 8, 20)); got[9] != 50 {
			t.Errorf("protect, round %d: %x", round, got)
		}
	}
	c := p.out.Counters()
	if c.Bypassed != 2 || c.Dropped[Discarded] != 4 || c.Packets != 2 {
		t.Errorf("counted %+v", c)
	}
	p.out.FlushPolicies()
	if got := p.seal(p.datagram(1)); len(got) != 0 || p.out.Counters().Dropped[NoPolicy] != 1 {
		t.Errorf("without policy: %x", got)
	}
}

// IPS-SEL-06, 07: without an SA nothing leaves, and one request is made for each pair of ends.
func TestIPS_SEL_06_07_Acquire(t *testing.T) {
	for _, f := range []shape{aesSHA1, aesTunnel} {
		p := newPair(t, f.sa())
		p.out.Remove(p.sa.ID())
		var asked []sadb.Acquire
		for i := range 1000 {
			if got := p.seal(refDatagram(p.sa.Selector.Src.From, p.sa.Selector.Dst.From, uint16(i), 2000, 5)); len(got) != 0 {
				t.Fatalf("in clear: %x", got)
			}
			asked = append(asked, p.r.Acquires...)
		}
		if len(asked) != 1 {
			t.Fatalf("%+v: %d requests", f, len(asked))
		}
		a := asked[0]
		want := sadb.Flow{Src: p.sa.Selector.Src.From, Dst: p.sa.Selector.Dst.From, Proto: 17, DstPort: 2000}
		if a.Packet != want.Selector() || a.Template.ReqID != p.sa.ReqID || a.Policy.Selector != p.sa.Selector || a.Seq != 1 {
			t.Errorf("%+v: request %+v", f, a)
		}
		p.now = start.Add(AcquireLife - 1)
		if p.seal(p.datagram(5)); len(p.r.Acquires) != 0 {
			t.Error("asked again too early")
		}
		p.now = start.Add(AcquireLife)
		if p.seal(p.datagram(5)); len(p.r.Acquires) != 1 || p.r.Acquires[0].Seq != 2 {
			t.Errorf("asked again: %v", p.r.Acquires)
		}
		p.out.Refused(2)
		if p.seal(p.datagram(5)); len(p.r.Acquires) != 1 || p.r.Acquires[0].Seq != 3 {
			t.Errorf("asked again after a refusal: %v", p.r.Acquires)
		}
		p.out.Put(&p.sa)
		p.seal1(p.datagram(5))
		p.out.Remove(p.sa.ID())
		if p.seal(p.datagram(5)); len(p.r.Acquires) != 1 {
			t.Error("the request that was answered still stands")
		}
		if c := p.out.Counters(); c.Dropped[NoSA] != 1004 {
			t.Errorf("dropped %v", drops(c))
		}
	}
}

// A policy for many destinations asks once for each, and not without bound.
func TestAcquirePerDestination(t *testing.T) {
	p := newPair(t, aesSHA1.sa())
	p.out.Remove(p.sa.ID())
	wide := protect(sadb.Out, sadb.Selector{Dst: prefix("10.0.0.0/8")}, &p.sa)
	p.out.PutPolicy(wide)
	asked := 0
	for round := range 2 {
		for i := range 2000 {
			dst := netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
			p.seal(refDatagram(alice, dst, 1, 2, 5))
			asked += len(p.r.Acquires)
		}
		if asked != maxAcquires {
			t.Errorf("round %d: %d requests, want %d", round, asked, maxAcquires)
		}
	}
	p.now = start.Add(AcquireLife)
	p.seal(refDatagram(alice, mustAddr("10.9.9.9"), 1, 2, 5))
	if len(p.r.Acquires) != 1 {
		t.Error("nothing is asked for any more")
	}
}

// IPS-SEL-08, 09: ranges, subnets and hosts, protocol and ports, on both sides.
func TestIPS_SEL_08_09_Selectors(t *testing.T) {
	for _, row := range []struct {
		name     string
		selector sadb.Selector
		in, out  sadb.Flow
	}{
		{"range", sadb.Selector{Src: sadb.Range{From: mustAddr("10.1.0.5"), To: mustAddr("10.1.0.9")}, Dst: prefix("10.2.0.0/16")},
			sadb.Flow{Src: mustAddr("10.1.0.9"), Dst: right}, sadb.Flow{Src: mustAddr("10.1.0.10"), Dst: right}},
		{"host", sadb.Selector{Src: sadb.RangeOf(left), Dst: sadb.RangeOf(right)},
			sadb.Flow{Src: left, Dst: right}, sadb.Flow{Src: left, Dst: mustAddr("10.2.0.8")}},
		{"UDP port 53", sadb.Selector{Dst: prefix("10.2.0.0/16"), Proto: 17, DstPort: 53},
			sadb.Flow{Src: left, Dst: right, DstPort: 53}, sadb.Flow{Src: left, Dst: right, DstPort: 54}},
		{"source port", sadb.Selector{Proto: 17, SrcPort: 53},
			sadb.Flow{Src: left, Dst: right, SrcPort: 53}, sadb.Flow{Src: left, Dst: right, SrcPort: 0}},
	} {
		sa := aesTunnel.sa()
		sa.Selector = row.selector
		p := newPair(t, sa)
		in := refDatagram(row.in.Src, row.in.Dst, row.in.SrcPort, row.in.DstPort, 9)
		out := refDatagram(row.out.Src, row.out.Dst, row.out.SrcPort, row.out.DstPort, 9)
		p.opens(row.name, p.seal1(in), in)
		if got := p.seal(out); len(got) != 0 {
			t.Errorf("%s: sealed %x", row.name, got)
		}
		p.refuses(row.name, p.ref(50, out).seal(), BadSelector)
	}
}

// An SA for part of what a policy is about is not used for the rest.
func TestSAIsChosenByItsSelector(t *testing.T) {
	p := newPair(t, aesTunnel.sa())
	wide := protect(sadb.Out, sadb.Selector{Src: prefix("10.1.0.0/16"), Dst: prefix("10.2.0.0/16")}, &p.sa)
	p.out.FlushPolicies()
	p.out.PutPolicy(wide)
	if got := p.seal(p.datagram(9)); len(got) != 1 {
		t.Error("the SA is not used for its own flow")
	}
	if got := p.seal(refDatagram(left, mustAddr("10.2.0.10"), 1, 2, 9)); len(got) != 0 || len(p.r.Acquires) != 1 {
		t.Errorf("beside it: %x, %d requests", got, len(p.r.Acquires))
	}
}

// IPS-SEL-10: a router behind the peer answers a packet of ours; its own address is not in the selector.
func TestIPS_SEL_10_ICMPErrorFromARouter(t *testing.T) {
	sa := aesTunnel.sa()
	p := newPair(t, sa) // from left to right; the packet in question went from right to left
	router := mustAddr("10.1.77.1")
	about := func(src, dst netip.Addr) []byte {
		var q ipsec.Packet
		if err := q.Parse(refDatagram(src, dst, 5, 6, 30)); err != nil {
			t.Fatal(err)
		}
		return ipsec.AppendTooBig(nil, &q, router, 1000)
	}
	good := about(right, left)
	p.opens("about a packet of the SA", p.ref(1, good).seal(), good)
	p.opens("again", p.ref(2, good).seal(), good)
	p.refuses("about another packet", p.ref(3, about(mustAddr("10.2.9.9"), left)).seal(), BadSelector)
	notAnError := withUpper(good, 1, append([]byte{8, 0, 0, 0, 0, 0, 0, 0}, good[28:]...))
	p.refuses("an echo from there", p.ref(4, notAnError).seal(), BadSelector)
	cutShort := withUpper(good, 1, good[20:40])
	p.refuses("about half a header", p.ref(5, cutShort).seal(), BadSelector)
}

// IPS-SEL-12: the newest SA is used; the older one again when that is gone.
func TestIPS_SEL_12_NewestSA(t *testing.T) {
	p := newPair(t, aesSHA1.sa())
	spi := func() uint32 { return binary.BigEndian.Uint32(p.seal1(p.datagram(1))[20:]) }
	if spi() != p.sa.SPI {
		t.Error("the first")
	}
	second := p.sa
	second.SPI = 0xabcdef
	p.out.Put(&second)
	if spi() != second.SPI {
		t.Error("after rekey")
	}
	p.out.Remove(p.sa.ID())
	if spi() != second.SPI {
		t.Error("after the old one is gone")
	}
	third := p.sa
	third.SPI = 0x111111
	p.out.Put(&third)
	p.out.Remove(third.ID())
	if spi() != second.SPI {
		t.Error("after the newest is gone")
	}
}

// IPS-SEL-13: an SA that is deleted is not there.
func TestIPS_SEL_13_DeletedSA(t *testing.T) {
	p := newPair(t, aesSHA1.sa())
	p.takes(1)
	packet := p.numbered(2)
	if !p.in.Remove(p.sa.ID()) || p.in.Remove(p.sa.ID()) {
		t.Error("Remove")
	}
	p.refuses("after Remove", packet, UnknownSPI)
	p.in.Put(&p.sa)
	p.in.Flush(sadb.AH)
	p.opens("after Flush of AH", packet, p.datagram(40))
	p.in.Flush(sadb.ESP)
	p.refuses("after Flush of ESP", p.numbered(3), UnknownSPI)
}

// IPS-SEL-15: equal SPIs of two destinations, of two families, of two protocols.
func TestIPS_SEL_15_EqualSPIs(t *testing.T) {
	esp, ah, six, other := aesSHA1.sa(), ahSHA1.sa(), shape{cipher: "aes", integrity: "hmac-sha1-96", outer6: true}.sa(), aesSHA1.sa()
	other.Dst = mustAddr("192.0.2.3")
	other.Selector.Dst = sadb.RangeOf(other.Dst)
	sas := []sadb.SA{esp, ah, six, other}
	for order := range 4 {
		in := NewInbound()
		for i := range sas {
			sa := sas[(i+order)%4]
			if sa.AuthKey = testKey(20, byte(sa.Proto)+sa.Dst.AsSlice()[3]); sa.Cipher != nil {
				sa.CipherKey = testKey(16, sa.Dst.AsSlice()[3])
			}
			in.Put(&sa)
			sas[(i+order)%4] = sa
		}
		p := &pair{t: t, in: in, now: start}
		for i := range sas {
			p.sa = sas[i]
			p.takes(1)
		}
		in.Remove(sas[order].ID())
		for i := range sas {
			p.sa = sas[i]
			if i == order {
				p.refuses("removed", p.numbered(2), UnknownSPI)
			} else {
				p.takes(2)
			}
		}
	}
}

func TestPolicyWithReqIDTakesOnlyItsSAs(t *testing.T) {
	p := newPair(t, aesSHA1.sa())
	p.out.FlushPolicies()
	for _, row := range []struct {
		reqID uint32
		want  int
	}{{p.sa.ReqID, 1}, {p.sa.ReqID + 1, 0}, {0, 1}} {
		policy := protect(sadb.Out, p.sa.Selector, &p.sa)
		policy.Templates[0].ReqID = row.reqID
		p.out.PutPolicy(policy)
		if got := p.seal(p.datagram(1)); len(got) != row.want {
			t.Errorf("reqid %d: %d packets", row.reqID, len(got))
		}
	}
}

func TestManyFlows(t *testing.T) {
	p := newPair(t, aesTunnel.sa())
	p.out.FlushPolicies()
	p.out.PutPolicy(protect(sadb.Out, sadb.Selector{Proto: 17}, &p.sa))
	for i := range 5000 { // more than are remembered
		inner := refDatagram(left, right, uint16(i), uint16(i/7), 4)
		p.opens(fmt.Sprint("flow ", i), p.seal1(inner), inner)
	}
}

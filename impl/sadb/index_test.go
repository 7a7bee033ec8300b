package sadb

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"slices"
	"testing"
)

// The index against a list that is searched from front to back: IPS-SEL-05, first match wins.
func TestIndexAgainstOrderedList(t *testing.T) {
	const seed = 11
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	var index Index
	var list []*Policy // in order
	put := func(p *Policy) {
		at := slices.IndexFunc(list, func(o *Policy) bool { return o.ID() == p.ID() })
		if at >= 0 && list[at].Priority == p.Priority {
			list[at] = p
			return
		}
		if at >= 0 {
			list = slices.Delete(list, at, at+1)
		}
		at = slices.IndexFunc(list, func(o *Policy) bool { return o.Priority > p.Priority })
		if at < 0 {
			at = len(list)
		}
		list = slices.Insert(list, at, p)
	}
	found := 0
	for round := range 5000 {
		if len(list) > 0 && rnd.IntN(3) == 0 {
			at := rnd.IntN(len(list))
			if !index.Remove(list[at].ID()) {
				t.Fatalf("round %d: %v is not there", round, list[at])
			}
			list = slices.Delete(list, at, at+1)
		} else {
			p := &Policy{Selector: randomSelector(rnd), Direction: Out, Priority: uint32(rnd.IntN(4)), Do: Bypass}
			put(p)
			index.Put(p)
		}
		if !slices.Equal(index.All(), list) {
			t.Fatalf("round %d: order is\n%v, want\n%v", round, index.All(), list)
		}
		for range 4 {
			f := randomFlow(rnd)
			var want *Policy
			for _, p := range list {
				if p.Selector.Selects(&f) {
					want = p
					found++
					break
				}
			}
			if got := index.Match(&f); got != want {
				t.Fatalf("round %d: %+v meets %v, want %v", round, f, got, want)
			}
		}
	}
	if found < 1000 {
		t.Errorf("only %d flows met a policy: the test has lost its point", found)
	}
	for len(list) > 0 {
		index.Remove(list[0].ID())
		list = list[1:]
	}
	if index.Len() != 0 || len(index.kinds) != 0 || len(index.ranges) != 0 {
		t.Errorf("left: %d policies, %d kinds, %d ranges", index.Len(), len(index.kinds), len(index.ranges))
	}
}

// randomSelector draws from few addresses, so that selectors overlap.
func randomSelector(rnd *rand.Rand) Selector {
	six := rnd.IntN(4) == 0
	s := Selector{Src: randomRange(rnd, six), Dst: randomRange(rnd, six)}
	if rnd.IntN(2) == 0 {
		s.Proto = uint8(rnd.IntN(2))*11 + 6
		s.DstPort = uint16(rnd.IntN(3))
		s.SrcPort = uint16(rnd.IntN(2))
	}
	return s
}

func randomRange(rnd *rand.Rand, six bool) Range {
	a := randomAddr(rnd, six)
	switch rnd.IntN(6) {
	case 0:
		return Range{}
	case 1:
		b := randomAddr(rnd, six)
		if b.Less(a) {
			a, b = b, a
		}
		return Range{a, b}
	case 2:
		return RangeOf(a)
	}
	p, _ := a.Prefix(a.BitLen() - rnd.IntN(5))
	return RangeOfPrefix(p)
}

func randomAddr(rnd *rand.Rand, six bool) netip.Addr {
	if six {
		return netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", rnd.IntN(16)))
	}
	return netip.AddrFrom4([4]byte{10, 0, 0, byte(rnd.IntN(16))})
}

func randomFlow(rnd *rand.Rand) Flow {
	six := rnd.IntN(4) == 0
	f := Flow{Src: randomAddr(rnd, six), Dst: randomAddr(rnd, six), Proto: uint8(rnd.IntN(2))*11 + 6,
		SrcPort: uint16(rnd.IntN(3)), DstPort: uint16(rnd.IntN(3))}
	if rnd.IntN(5) == 0 {
		f.SrcPort, f.DstPort, f.Opaque = 0, 0, true
	}
	return f
}

func TestRangeOfOtherFamilySelectsNothing(t *testing.T) {
	var index Index
	index.Put(&Policy{Selector: Selector{Dst: RangeOfPrefix(netip.MustParsePrefix("0.0.0.0/0"))}, Direction: Out, Do: Discard})
	f := Flow{Src: netip.MustParseAddr("::1"), Dst: netip.MustParseAddr("::2")}
	if p := index.Match(&f); p != nil {
		t.Errorf("an IPv6 flow meets %v", p)
	}
	f = Flow{Src: netip.MustParseAddr("10.0.0.1"), Dst: netip.MustParseAddr("10.0.0.2")}
	if index.Match(&f) == nil {
		t.Error("an IPv4 flow does not meet 0.0.0.0/0")
	}
}

// IPS-SEL-08: a range that is no prefix.
func TestPrefixesOfARange(t *testing.T) {
	r := Range{netip.MustParseAddr("10.0.0.5"), netip.MustParseAddr("10.0.0.18")}
	want := "[10.0.0.5/32 10.0.0.6/31 10.0.0.8/29 10.0.0.16/31 10.0.0.18/32]"
	if got := fmt.Sprint(r.Prefixes()); got != want {
		t.Errorf("%v is %s, want %s", r, got, want)
	}
}

func BenchmarkIndexMatch(b *testing.B) {
	for _, n := range []int{10, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var index Index
			addr := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}) }
			for i := range n {
				index.Put(&Policy{Selector: Selector{Src: RangeOf(addr(1 << 20)), Dst: RangeOf(addr(i))}, Direction: Out, Do: Bypass})
			}
			f := Flow{Src: addr(1 << 20)}
			i := 0
			for b.Loop() {
				f.Dst = addr(i % n)
				i++
				if index.Match(&f) == nil {
					b.Fatal("no policy")
				}
			}
		})
	}
}

func BenchmarkTableAdd(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var before, after runtime.MemStats
			var table Table
			for range b.N {
				b.StopTimer()
				table = Table{}
				runtime.GC()
				runtime.ReadMemStats(&before)
				b.StartTimer()
				for i := range n {
					sa := sample(256 + uint32(i))
					sa.Hard.Add = 3600e9
					if err := table.Apply(start, Add{sa}); err != nil {
						b.Fatal(err)
					}
				}
				b.StopTimer()
				runtime.GC()
				runtime.ReadMemStats(&after)
			}
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(table.Len()), "octets/SA")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/SA")
		})
	}
}

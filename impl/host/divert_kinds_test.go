package host

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/google/nftables"
	"golang.org/x/sys/unix"
)

func TestBitsOf(t *testing.T) {
	for _, row := range []struct {
		from, to string
		bits     int
		ok       bool
	}{
		{"10.0.0.1", "10.0.0.1", 32, true}, {"10.0.0.0", "10.0.0.255", 24, true}, {"0.0.0.0", "255.255.255.255", 0, true},
		{"10.0.0.1", "10.0.0.2", 0, false}, {"10.0.0.0", "10.0.0.254", 0, false}, {"10.0.0.1", "10.0.0.255", 0, false},
		{"2001:db8::", "2001:db8::ffff", 112, true}, {"2001:db8::1", "2001:db8::1", 128, true}, {"2001:db8::", "2001:db8::fffe", 0, false},
	} {
		bits, first, ok := bitsOf(netip.MustParseAddr(row.from), netip.MustParseAddr(row.to))
		if ok != row.ok || ok && (bits != row.bits || first != netip.MustParseAddr(row.from)) {
			t.Errorf("%s to %s: %d bits from %v, %v", row.from, row.to, bits, first, ok)
		}
	}
	if bits, _, ok := bitsOf(netip.Addr{}, netip.Addr{}); bits != 0 || !ok {
		t.Errorf("no address: %d, %v", bits, ok)
	}
}

func randomFlow(rnd *rand.Rand) Flow {
	addr := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, byte(i), 0, 0}) }
	if rnd.IntN(3) == 0 {
		addr = func(i int) netip.Addr { return netip.MustParseAddr(fmt.Sprintf("2001:db8:%x::", i+1)) }
	}
	span := func() (from, to netip.Addr) {
		from = addr(rnd.IntN(4))
		switch rnd.IntN(4) {
		case 0:
			return from, from
		case 1:
			return from, addr(7) // no prefix
		}
		last := from.AsSlice()
		last[len(last)-1] = 0xff
		to, _ = netip.AddrFromSlice(last)
		return from, to
	}
	f := Flow{Proto: uint8(rnd.IntN(2)) * 17}
	f.SrcFrom, f.SrcTo = span()
	f.DstFrom, f.DstTo = span()
	if f.Proto != 0 {
		f.SrcPort, f.DstPort = uint16(rnd.IntN(2)), uint16(rnd.IntN(3))
	}
	return f
}

// Flows come and go in any order; what the kernel has is what a fresh start with the same flows would have.
func TestDiversionKeepsBooks(t *testing.T) {
	const seed = 13
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	n := build(t, "pair")
	var d *Diversion
	tunnel, err := OpenTunnel(TunnelOptions{In: n.alice.Do})
	if err != nil {
		t.Fatal(err)
	}
	defer tunnel.Close()
	if err := n.alice.Do(func() error { d, err = NewDiversion("ipsec0"); return err }); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var out, in []Flow
	for round := range 150 {
		side, tell := &out, func(f Flow, change func(out, in []Flow) error) error { return change([]Flow{f}, nil) }
		if rnd.IntN(2) == 0 {
			side, tell = &in, func(f Flow, change func(out, in []Flow) error) error { return change(nil, []Flow{f}) }
		}
		switch at := rnd.IntN(len(*side) + 3); {
		case rnd.IntN(20) == 0: // all at once, sometimes with one that is left alone
			all := out
			if rnd.IntN(2) == 0 {
				all = append([]Flow{{Leave: true, Proto: 6}}, out...)
			}
			if err := d.Set(all, in); err != nil {
				t.Fatal(err)
			}
			if err = d.Set(out, in); err != nil {
				t.Fatal(err)
			}
		case at < len(*side):
			err = tell((*side)[at], d.Remove)
			*side = append((*side)[:at:at], (*side)[at+1:]...)
		default:
			f := randomFlow(rnd)
			err = tell(f, d.Add)
			*side = append(*side, f)
		}
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if round%10 == 9 {
			compareBooks(t, d, &d.out, out)
			compareBooks(t, d, &d.in, in)
		}
	}
}

// compareBooks compares the sets in the kernel with those that flows should have.
func compareBooks(t *testing.T, d *Diversion, v *verdict, flows []Flow) {
	t.Helper()
	want := map[string]int{}
	fresh := newVerdict(v.chain, v.what)
	p := fresh.set(flows)
	fresh.commit(p)
	for k, elements := range fresh.kinds {
		if s := fresh.setOf(d.table, k); s != nil {
			want[s.Name] = len(elements)
		}
	}
	sets, err := d.filter.GetSets(d.table)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sets {
		if len(s.Name) < len(v.chain.Name) || s.Name[:len(v.chain.Name)] != v.chain.Name {
			continue
		}
		elements, err := d.filter.GetSetElements(&nftables.Set{Table: d.table, Name: s.Name})
		if err != nil || len(elements) != want[s.Name] || len(elements) == 0 {
			t.Errorf("set %s has %d elements, %v; want %d", s.Name, len(elements), err, want[s.Name])
		}
		delete(want, s.Name)
	}
	if len(want) > 0 {
		t.Errorf("the kernel lacks %v", want)
	}
	rules, err := d.filter.GetRules(d.table, v.chain)
	rulesWanted := len(fresh.kinds)
	for _, f := range fresh.list {
		rulesWanted += len(f.match())
	}
	if err != nil || len(rules) != rulesWanted {
		t.Errorf("chain %s has %d rules, %v; want %d", v.chain.Name, len(rules), err, rulesWanted)
	}
}

// Thousands of flows are set up one by one; each kind costs one rule.
func TestDiversionOfManyFlows(t *testing.T) {
	n := build(t, "pair")
	tunnel, err := OpenTunnel(TunnelOptions{In: n.alice.Do})
	if err != nil {
		t.Fatal(err)
	}
	defer tunnel.Close()
	var d *Diversion
	if err := n.alice.Do(func() error { d, err = NewDiversion("ipsec0"); return err }); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var all []Flow
	for i := range 1000 {
		to := netip.AddrFrom4([4]byte{10, 9, byte(i >> 8), byte(i)})
		f := Flow{SrcFrom: n.aliceAddr, SrcTo: n.aliceAddr, DstFrom: to, DstTo: to}
		all = append(all, f)
		if err := d.Add([]Flow{f}, []Flow{f}); err != nil {
			t.Fatalf("flow %d: %v", i, err)
		}
	}
	rules, err := d.filter.GetRules(d.table, d.out.chain)
	if err != nil || len(rules) != 1 {
		t.Errorf("%d rules, %v", len(rules), err)
	}
	if err := d.Set(nil, nil); err != nil {
		t.Fatal(err)
	}
	for i := range all {
		all[i].Proto, all[i].DstPort = unix.IPPROTO_UDP, 53
	}
	leave := append([]Flow{{Proto: unix.IPPROTO_TCP, Leave: true}}, all[:20]...)
	for _, list := range [][]Flow{all, leave, nil} { // all at once: by sets, by rules, and gone
		if err := d.Set(list, list); err != nil {
			t.Errorf("%d flows at once: %v", len(list), err)
		}
	}
}

package pfkey

import (
	"net/netip"
	"testing"

	"ikewit/impl/alg"
	"ikewit/impl/sadb"
)

// What PF_KEY cannot say of an SA the driver that added it remembers, as long as nobody takes the SA out; others see what PF_KEY
// says.
func TestWhatPFKeyCannotSay(t *testing.T) {
	e := newEngine(t)
	d, other, reader := e.open(t), e.open(t), e.open(t)
	sa := sadb.SA{SPI: 0x1001, Proto: sadb.ESP, Mode: sadb.Tunnel, Src: alice, Dst: bob, Direction: sadb.Out,
		Cipher: alg.CipherByName("des"), CipherKey: alg.Key{1, 2, 4, 7, 8, 11, 13, 14},
		Selector: sadb.Selector{Src: sadb.RangeOfPrefix(netip.MustParsePrefix("10.0.1.0/24")), Dst: sadb.RangeOf(bob), Proto: 17, DstPort: 53}}
	get := func(d *Driver) sadb.SA {
		t.Helper()
		got, err := d.Get(sa.ID())
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	remembered := func(want bool) {
		t.Helper()
		got := get(d)
		if is := got.Selector == sa.Selector && got.Direction == sadb.Out; is != want {
			t.Errorf("it has %v %v", got.Direction, got.Selector)
		}
		if got := get(reader); got.Selector != (sadb.Selector{Src: sa.Selector.Src}) || got.Direction != 0 {
			t.Errorf("another sees %v %v", got.Direction, got.Selector)
		}
	}
	must(t, d.Apply(sadb.Add{SA: sa}))
	remembered(true)
	list, err := d.SAs()
	if err != nil || len(list) != 1 || list[0].Selector != sa.Selector {
		t.Errorf("%v, %v", list, err)
	}
	must(t, d.Apply(sadb.Update{SA: sa}))
	remembered(true)
	for _, out := range []sadb.Action{sadb.Delete{ID: sa.ID()}, sadb.Flush{Proto: sadb.ESP}, sadb.Flush{}} {
		must(t, other.Apply(sadb.Flush{Proto: sadb.AH}))
		remembered(true)
		must(t, other.Apply(out))
		must(t, other.Apply(sadb.Add{SA: sa}))
		remembered(false)
		must(t, d.Apply(sadb.Delete{ID: sa.ID()}))
		must(t, d.Apply(sadb.Add{SA: sa}))
	}
}

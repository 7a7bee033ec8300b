package sadb

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"ikewit/impl/alg"
)

var (
	start = time.Date(1999, 3, 1, 0, 0, 0, 0, time.UTC)
	alice = netip.MustParseAddr("192.0.2.1")
	bob   = netip.MustParseAddr("192.0.2.2")
)

func sample(spi uint32) SA {
	return SA{
		SPI: spi, Proto: AH, Mode: Transport, Src: alice, Dst: bob,
		Integrity: alg.IntegrityByName("hmac-md5-96"), AuthKey: make(alg.Key, 16),
	}
}

func mustApply(t *testing.T, table *Table, now time.Time, actions ...Action) {
	t.Helper()
	for _, a := range actions {
		if err := table.Apply(now, a); err != nil {
			t.Fatalf("%T: %v", a, err)
		}
	}
}

func spis(table *Table) []uint32 {
	var list []uint32
	for sa := range table.All() {
		list = append(list, sa.SPI)
	}
	return list
}

func TestTableKeepsOrderThroughDeletes(t *testing.T) {
	var table Table
	for _, spi := range []uint32{0x500, 0x300, 0x400, 0x200} {
		mustApply(t, &table, start, Add{sample(spi)})
	}
	for _, step := range []struct {
		gone uint32
		want []uint32
	}{
		{0x300, []uint32{0x500, 0x400, 0x200}},
		{0x500, []uint32{0x400, 0x200}},
		{0x200, []uint32{0x400}},
		{0x400, nil},
	} {
		sa := sample(step.gone)
		mustApply(t, &table, start, Delete{sa.ID()})
		if got := spis(&table); !equal(got, step.want) {
			t.Errorf("without %x: %x, want %x", step.gone, got, step.want)
		}
	}
	mustApply(t, &table, start, Add{sample(0x900)})
	if got := spis(&table); !equal(got, []uint32{0x900}) {
		t.Errorf("after all were gone: %x", got)
	}
}

func equal(a, b []uint32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestAddKeepsAPresetSequenceNumberAndNoOtherUsage(t *testing.T) {
	var table Table
	sa := sample(0x1000)
	sa.Current = Usage{Seq: 1<<32 - 5, Octets: 9, Packets: 9, FirstUse: start}
	mustApply(t, &table, start, Add{sa})
	got, _ := table.Get(sa.ID())
	if want := (Usage{Added: start, Seq: 1<<32 - 5}); got.Current != want {
		t.Errorf("usage is %+v, want %+v", got.Current, want)
	}
}

// RFC 2367 section 3.1.1: a larval SA is completed by an Add or Update of its ID, in its place.
func TestLarvalIsCompletedInItsPlace(t *testing.T) {
	for _, complete := range []func(SA) Action{
		func(sa SA) Action { return Add{sa} },
		func(sa SA) Action { return Update{sa} },
	} {
		var table Table
		spi, err := table.Reserve(start, sample(0), 0x1000, 0x1fff, func() uint32 { return 0x123 })
		if err != nil || spi != 0x1123 {
			t.Fatalf("Reserve: %x, %v", spi, err)
		}
		mustApply(t, &table, start, Add{sample(0x9999)})
		mustApply(t, &table, start, complete(sample(spi)))
		if got := spis(&table); !equal(got, []uint32{0x1123, 0x9999}) {
			t.Errorf("SAs are %x", got)
		}
		sa := sample(spi)
		if got, _ := table.Get(sa.ID()); got.State != Mature || len(got.AuthKey) != 16 {
			t.Errorf("completed SA is %v, key %v", got.State, got.AuthKey)
		}
		if events := table.Expire(start.Add(LarvalLife)); len(events) != 0 {
			t.Errorf("the completed SA expires like a larval one: %v", events)
		}
	}
}

func TestLarvalEndsByItself(t *testing.T) {
	var table Table
	spi, _ := table.Reserve(start, sample(0), 256, 256, func() uint32 { return 7 })
	if spi != 256 {
		t.Fatalf("SPI is %d", spi)
	}
	if at, ok := table.Deadline(); !ok || !at.Equal(start.Add(LarvalLife)) {
		t.Errorf("deadline %v %v", at, ok)
	}
	if events := table.Expire(start.Add(LarvalLife - 1)); len(events) != 0 {
		t.Errorf("early: %v", events)
	}
	events := table.Expire(start.Add(LarvalLife))
	if len(events) != 1 || !events[0].(Expire).Hard || table.Len() != 0 {
		t.Errorf("events %v, %d SAs", events, table.Len())
	}
}

func TestReserveRefuses(t *testing.T) {
	var table Table
	draw := func() uint32 { return 0xffffffff }
	cpi := sample(0)
	cpi.Proto = IPComp
	mixed := sample(0)
	mixed.Src = netip.MustParseAddr("2001:db8::1")
	for _, row := range []struct {
		why       string
		sa        SA
		low, high uint32
	}{
		{"low over high", sample(0), 0x2000, 0x1000},
		{"reserved", sample(0), 0, 255},
		{"partly reserved", sample(0), 255, 300},
		{"CPI of 17 bits", cpi, 256, 0x10000},
		{"two families", mixed, 256, 300},
		{"no protocol", SA{Src: alice, Dst: bob}, 256, 300},
	} {
		_, err := table.Reserve(start, row.sa, row.low, row.high, draw)
		if _, ok := errors.AsType[*InvalidError](err); !ok {
			t.Errorf("%s: %v", row.why, err)
		}
	}
	seen := map[uint32]bool{}
	for range 4 {
		spi, err := table.Reserve(start, sample(0), 0xfffffffc, 0xffffffff, draw)
		if err != nil || seen[spi] {
			t.Fatalf("%x: %v, seen %v", spi, err, seen)
		}
		seen[spi] = true
	}
	if _, err := table.Reserve(start, sample(0), 0xfffffffc, 0xffffffff, draw); !errors.Is(err, ErrExists) {
		t.Errorf("from a range that is used up: %v", err)
	}
	if _, err := table.Reserve(start, sample(0), 256, 0xffffffff, draw); err != nil {
		t.Errorf("from the whole range: %v", err)
	}
}

func TestUpdateKeepsWhatItDoesNotName(t *testing.T) {
	var table Table
	sa := sample(0x1000)
	sa.ReplayWindow, sa.Hard.Add = 64, time.Minute
	mustApply(t, &table, start, Add{sa})
	other := netip.MustParseAddr("192.0.2.77")
	bare := SA{SPI: 0x1000, Proto: AH, Dst: bob, Src: other, Hard: Limits{Octets: 5}}
	mustApply(t, &table, start.Add(time.Second), Update{bare})
	got, _ := table.Get(sa.ID())
	if got.Src != other || got.Hard != bare.Hard || got.ReplayWindow != 64 || len(got.AuthKey) != 16 ||
		got.Mode != Transport || !got.Current.Added.Equal(start) {
		t.Errorf("after Update: %v %+v %+v", got, got.Hard, got.Current)
	}
	if _, ok := table.Deadline(); ok {
		t.Error("the old limit is still waited for")
	}
}

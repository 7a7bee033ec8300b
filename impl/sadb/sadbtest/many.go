package sadbtest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"ikewit/impl/sadb"
)

// concurrency: eight callers add, read, dump and delete at the same time; each finds its own SAs as it
// left them.
func (s *suite) concurrency(t *testing.T) {
	d := s.start(t)
	const callers, each = 8, 25
	failures := make(chan error, callers)
	var all sync.WaitGroup
	for c := range uint32(callers) {
		all.Go(func() { failures <- busy(d, 0xc000+c*0x100, each) })
	}
	all.Wait()
	for range callers {
		if err := <-failures; err != nil {
			t.Error(err)
		}
	}
	if n := len(dump(t, d)); n != callers*each {
		t.Errorf("%d SAs, want %d", n, callers*each)
	}
}

// busy adds n SAs and as many more that it deletes again.
func busy(d sadb.Driver, base uint32, n int) error {
	for i := range uint32(n) {
		keep, drop := sample(base+i), sampleAH(base+i)
		for _, a := range []sadb.Action{sadb.Add{SA: keep}, sadb.Add{SA: drop}, sadb.Delete{ID: drop.ID()}} {
			if err := d.Apply(a); err != nil {
				return fmt.Errorf("SPI %x: %T: %w", base+i, a, err)
			}
		}
		got, err := d.Get(keep.ID())
		if err != nil || len(differences(got, keep)) > 0 {
			return fmt.Errorf("SPI %x: Get: %w %v", base+i, err, differences(got, keep))
		}
		if _, err := d.Get(drop.ID()); !errors.Is(err, sadb.ErrNotFound) {
			return fmt.Errorf("SPI %x: Get after Delete: %w", base+i, err)
		}
		if _, err := d.SAs(); err != nil {
			return fmt.Errorf("SAs: %w", err)
		}
	}
	return nil
}

// many: a full database is dumped without loss, and flushed.
func (s *suite) many(t *testing.T) {
	d := s.start(t)
	n := s.Options.Many
	if n == 0 {
		n = 10000
	}
	want := make([]sadb.SA, n)
	for i := range want {
		want[i] = sample(0x10000 + uint32(i))
		want[i].ReqID = uint32(i)
		apply(t, d, sadb.Add{SA: want[i]})
	}
	s.sameList(t, dump(t, d), want)
	for i := 0; i < n; i += 2 {
		apply(t, d, sadb.Delete{ID: want[i].ID()})
	}
	if got := len(dump(t, d)); got != n/2 {
		t.Errorf("%d SAs after deleting every other one of %d", got, n)
	}
	apply(t, d, sadb.Flush{})
	if got := len(dump(t, d)); got != 0 {
		t.Errorf("%d SAs after Flush", got)
	}
}

// closed: after Close there are no events, and every call says so.
func (s *suite) closed(t *testing.T) {
	d := s.open(t)
	events := d.Events()
	if err := d.Apply(sadb.Add{SA: sample(0xd001)}); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	if _, open := <-events; open {
		t.Error("an event after Close")
	}
	if err := d.Apply(sadb.Add{SA: sample(0xd002)}); !errors.Is(err, sadb.ErrClosed) {
		t.Errorf("Apply after Close: %v, want ErrClosed", err)
	}
	if err := d.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

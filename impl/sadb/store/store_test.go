package store

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"ikewit/impl/alg"
	"ikewit/impl/sadb"
)

// scripted is a plane that says what it is told to, and notes what is asked of it.
type scripted struct {
	refuse error
	usage  map[sadb.ID]sadb.Usage
	did    []string
}

func (p *scripted) Supports(*sadb.SA) error           { return p.refuse }
func (p *scripted) SupportsPolicy(*sadb.Policy) error { return p.refuse }
func (p *scripted) Ended(id sadb.ID)                  { p.did = append(p.did, fmt.Sprintf("ended %x", id.SPI)) }
func (p *scripted) Usage(id sadb.ID) (sadb.Usage, bool) {
	u, ok := p.usage[id]
	return u, ok
}

var errBroken = errors.New("the plane is broken")

func (p *scripted) Apply(a sadb.Action) error {
	p.did = append(p.did, fmt.Sprintf("%T", a)[len("sadb."):])
	if add, ok := a.(sadb.Add); ok && (add.SA.State != sadb.Mature || add.SA.Current.Added.IsZero()) {
		return fmt.Errorf("the SA is not as it will be kept: %v", add.SA.State)
	}
	if len(p.did) == 3 {
		return errBroken
	}
	return nil
}

func sample(spi uint32) sadb.SA {
	return sadb.SA{
		SPI: spi, Proto: sadb.AH, Mode: sadb.Transport, Src: netip.MustParseAddr("192.0.2.1"), Dst: netip.MustParseAddr("192.0.2.2"),
		Integrity: alg.IntegrityByName("hmac-md5-96"), AuthKey: make(alg.Key, 16),
	}
}

// A store with a clock of its own: what the plane refuses is not in the table, what ends by time is told
// when the clock has moved.
func TestStore(t *testing.T) {
	now := time.Date(1999, 3, 1, 0, 0, 0, 0, time.UTC)
	p := &scripted{usage: map[sadb.ID]sadb.Usage{}}
	s := New(p, func() time.Time { return now })
	defer s.Close()
	first, second, third := sample(0x1001), sample(0x1002), sample(0x1003)
	first.Hard.Add = time.Minute
	second.Hard.Octets = 1000
	for _, sa := range []sadb.SA{first, second} {
		if err := s.Apply(sadb.Add{SA: sa}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Apply(sadb.Add{SA: third}); !errors.Is(err, errBroken) {
		t.Errorf("what the plane refuses: %v", err)
	}
	if err := s.Apply(sadb.Add{SA: first}); !errors.Is(err, sadb.ErrExists) {
		t.Errorf("what is there: %v", err)
	}
	p.usage[first.ID()] = sadb.Usage{Octets: 77, Packets: 3}
	list, err := s.SAs()
	if err != nil || len(list) != 2 || list[0].Current.Octets != 77 || !list[0].Current.Added.Equal(now) {
		t.Errorf("SAs are %v, %v", list, err)
	}
	s.Tick()
	now = now.Add(time.Minute)
	s.Tick()
	s.Used(second.ID(), sadb.Usage{Octets: 1000})
	s.Used(second.ID(), sadb.Usage{Octets: 1001})
	for i, want := range []uint32{0x1001, 0x1002} {
		e := (<-s.Events()).(sadb.Expire)
		if e.SA.SPI != want || !e.Hard || i == 0 && e.SA.Current.Octets != 77 {
			t.Errorf("event %v with %+v", e, e.SA.Current)
		}
	}
	if want := []string{"Add", "Add", "Add", "ended 1001", "ended 1002"}; !slices.Equal(p.did, want) {
		t.Errorf("the plane was asked %v, want %v", p.did, want)
	}
	p.refuse = &sadb.UnsupportedError{Driver: "scripted", What: "AH"}
	if err := s.Apply(sadb.Add{SA: third}); !errors.Is(err, p.refuse) {
		t.Errorf("what is not supported: %v", err)
	}
}

func TestReserveAndComplete(t *testing.T) {
	now := time.Date(1999, 3, 1, 0, 0, 0, 0, time.UTC)
	s := New(&scripted{}, func() time.Time { return now })
	spi, err := s.Reserve(sample(0), 0x2000, 0x2fff, func() uint32 { return 5 })
	if err != nil || spi != 0x2005 {
		t.Fatalf("SPI %x, %v", spi, err)
	}
	sa := sample(spi)
	if got, err := s.Get(sa.ID()); err != nil || got.State != sadb.Larval {
		t.Errorf("%v, %v", got.State, err)
	}
	if err := s.Apply(sadb.Add{SA: sa}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(sa.ID()); err != nil || got.State != sadb.Mature {
		t.Errorf("%v, %v", got.State, err)
	}
	if !s.Close() || s.Close() {
		t.Error("Close")
	}
	if _, err := s.Reserve(sample(0), 0x2000, 0x2fff, func() uint32 { return 5 }); !errors.Is(err, sadb.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if _, err := s.Get(sa.ID()); !errors.Is(err, sadb.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// Events come in the order in which they were emitted, whoever waits for whom.
func TestQueueKeepsOrder(t *testing.T) {
	s := New(&scripted{}, nil)
	const n = 10_000
	go func() {
		for i := range uint32(n) {
			s.Emit(sadb.Acquire{Seq: i})
		}
	}()
	for i := range uint32(n) {
		if a := (<-s.Events()).(sadb.Acquire); a.Seq != i {
			t.Fatalf("event %d is number %d", i, a.Seq)
		}
	}
	s.Emit(sadb.Acquire{})
	s.Close()
	s.Emit(sadb.Acquire{}) // to nobody
	if _, open := <-s.Events(); open {
		t.Error("an event after Close")
	}
}

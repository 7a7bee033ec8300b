package ike

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"ikewit/impl/alg"
	"ikewit/impl/conn"
	"ikewit/impl/sadb"
)

var (
	near = netip.MustParseAddr("192.0.2.1")
	far  = netip.MustParseAddr("192.0.2.2")
)

// stage is Pairs with a database that may refuse, and a record of what it was asked for.
type stage struct {
	core   Core
	pairs  *Pairs
	log    []string
	refuse func(a sadb.Action) error
	ended  []string
}

func newStage() *stage {
	s := &stage{core: Core{Entropy: new(count)}}
	s.pairs = NewPairs(&s.core)
	s.pairs.Ended = func(p *Pair, why string) { s.ended = append(s.ended, why) }
	s.core.Begin(epoch)
	return s
}

// settle does the actions that were asked for, until there are none.
func (s *stage) settle() {
	for effects := s.core.End(); len(effects) > 0; effects = s.core.End() {
		for _, e := range effects {
			x := e.(SA)
			done := SADone{ID: x.ID}
			for _, a := range x.Actions {
				if s.refuse != nil {
					done.Err = s.refuse(a)
				}
				s.log = append(s.log, strings.TrimPrefix(fmt.Sprintf("%T", a), "sadb.")+text(a, done.Err))
				if done.Err != nil {
					break
				}
				done.Done++
			}
			s.core.SADone(done)
		}
	}
}

func text(a sadb.Action, err error) string {
	bad := ""
	if err != nil {
		bad = "!"
	}
	switch a := a.(type) {
	case sadb.Add:
		return fmt.Sprintf(" %v%s", a.SA.Direction, bad)
	case sadb.AddPolicy:
		return fmt.Sprintf(" %v%s", a.Policy.Direction, bad)
	case sadb.DeletePolicy:
		return fmt.Sprintf(" %v%s", a.ID.Direction, bad)
	case sadb.Delete:
		if a.ID.Dst == near {
			return " in" + bad
		}
		return " out" + bad
	}
	return bad
}

// pair makes a pair with SAs whose SPI for what leaves is spi.
func (s *stage) pair(spi uint32) *Pair {
	p := &Pair{
		Conn: &conn.Connection{Name: "c"}, Local: netip.AddrPortFrom(near, 500), Remote: netip.AddrPortFrom(far, 500), Policy: true,
	}
	s.pairs.Add(p)
	out := sadb.SA{SPI: spi, Proto: sadb.ESP, Mode: sadb.Tunnel, Direction: sadb.Out, Src: near, Dst: far,
		Selector: sadb.Selector{Src: sadb.RangeOf(near), Dst: sadb.RangeOf(far)}, Hard: sadb.Limits{Add: time.Hour},
		CipherKey: alg.Key("secret"), AuthKey: alg.Key("secret")}
	in := out
	in.SPI, in.Direction, in.Src, in.Dst, in.Selector = s.pairs.TakeSPI(p, sadb.ESP), sadb.In, far, near, out.Selector.Reversed()
	p.In, p.Out = []sadb.SA{in}, []sadb.SA{out}
	return p
}

func (s *stage) install(t *testing.T, p *Pair, what int) (err error) {
	t.Helper()
	called := 0
	s.pairs.Install(p, what, func(e error) { called, err = called+1, e })
	s.settle()
	if called != 1 {
		t.Fatalf("installing came back %d times", called)
	}
	return err
}

func (s *stage) took(t *testing.T, want string) {
	t.Helper()
	if got := strings.Join(s.log, ", "); got != want {
		t.Errorf("actions\n got %s\nwant %s", got, want)
	}
	s.log = nil
}

func TestPairsAreInstalledAndRemovedInOrder(t *testing.T) {
	s := newStage()
	p := s.pair(0x5000)
	if err := s.install(t, p, PutIn); err != nil {
		t.Fatal(err)
	}
	s.took(t, "Add in")
	if p.Up() || s.pairs.Inbound(sadb.ESP, p.In[0].SPI, near) != p || s.pairs.Outbound(sadb.ESP, 0x5000, far) != nil {
		t.Error("found by what is not there yet")
	}
	if err := s.install(t, p, PutOut); err != nil {
		t.Fatal(err)
	}
	s.took(t, "Add out, AddPolicy out, AddPolicy in, AddPolicy fwd")
	s.pairs.Stand(p)
	if !p.Up() || s.pairs.Outbound(sadb.ESP, 0x5000, far) != p || s.pairs.Outbound(sadb.ESP, p.In[0].SPI, near) != nil {
		t.Error("not found by the SPI of what leaves, or found by one of what arrives")
	}
	if at, ok := p.Life(); !ok || at != epoch.Add(time.Hour) {
		t.Errorf("life %v %v", at, ok)
	}
	s.pairs.Remove(p)
	s.pairs.Remove(p)
	s.settle()
	s.took(t, "DeletePolicy out, DeletePolicy in, DeletePolicy fwd, Delete out, Delete in")
	if !p.Gone() || p.Up() || s.pairs.Inbound(sadb.ESP, p.In[0].SPI, near) != nil || len(s.pairs.byID)+len(s.pairs.byEnds)+len(s.pairs.covers)+len(s.pairs.coverOrder) != 0 {
		t.Errorf("something is left: %+v", s.pairs)
	}
	if _, _, ok := s.core.Deadline(); ok || s.core.Waiting() != 0 {
		t.Error("something is still awaited")
	}
}

func TestWhatCannotBeInstalledLeavesNothing(t *testing.T) {
	nope := errors.New("nope")
	for _, row := range []struct {
		refuse string
		want   string
	}{
		{"Add in", "Add in!"},
		{"Add out", "Add in, Add out!, Delete in"},
		{"AddPolicy in", "Add in, Add out, AddPolicy out, AddPolicy in!, DeletePolicy out, Delete out, Delete in"},
	} {
		s := newStage()
		s.refuse = func(a sadb.Action) error {
			if strings.TrimPrefix(fmt.Sprintf("%T", a), "sadb.")+text(a, nil) == row.refuse {
				return nope
			}
			return nil
		}
		p := s.pair(0x5000)
		if err := s.install(t, p, PutIn|PutOut); !errors.Is(err, nope) {
			t.Errorf("%s: %v", row.refuse, err)
		}
		s.took(t, row.want)
		s.pairs.Remove(p)
		s.settle()
		s.took(t, "")
	}
}

func TestRemovedWhileInstalling(t *testing.T) {
	s := newStage()
	p := s.pair(0x5000)
	s.pairs.Install(p, PutIn|PutOut, func(error) { t.Error("goes on though it was removed") })
	s.pairs.Remove(p)
	s.settle()
	s.took(t, "Add in, Add out, AddPolicy out, AddPolicy in, AddPolicy fwd, DeletePolicy out, DeletePolicy in, DeletePolicy fwd, Delete out, Delete in")
}

func TestPairsOfTheSameTrafficShareTheirPolicies(t *testing.T) {
	s := newStage()
	a, b := s.pair(0x5000), s.pair(0x6000)
	for _, p := range []*Pair{a, b} {
		if err := s.install(t, p, PutIn|PutOut); err != nil {
			t.Fatal(err)
		}
		s.pairs.Stand(p)
	}
	s.log = nil
	s.pairs.Remove(a)
	s.settle()
	s.took(t, "Delete out, Delete in")
	s.pairs.Remove(b)
	s.settle()
	s.took(t, "DeletePolicy out, DeletePolicy in, DeletePolicy fwd, Delete out, Delete in")
}

// What has expired leaves its policies, so that its traffic does not go on in clear; the next pair takes them over.
func TestPoliciesOutliveTheirSAs(t *testing.T) {
	s := newStage()
	stand := func(spi uint32) *Pair {
		p := s.pair(spi)
		if err := s.install(t, p, PutIn|PutOut); err != nil {
			t.Fatal(err)
		}
		s.pairs.Stand(p)
		s.log = nil
		return p
	}
	s.pairs.expire(stand(0x5000), sadb.ID{})
	s.settle()
	s.took(t, "Delete out, Delete in")
	next := stand(0x6000)
	s.pairs.Uncover(nil) // needed again
	s.settle()
	s.took(t, "")
	s.pairs.expire(next, sadb.ID{})
	s.pairs.Uncover(&conn.Connection{}) // of another
	s.settle()
	s.took(t, "Delete out, Delete in")
	s.pairs.Uncover(nil)
	s.settle()
	s.took(t, "DeletePolicy out, DeletePolicy in, DeletePolicy fwd")
	if len(s.pairs.covers)+len(s.pairs.coverOrder) != 0 {
		t.Errorf("left: %v", s.pairs.covers)
	}
}

func TestPairsEndAtTheirHardLimit(t *testing.T) {
	up := func() (*stage, *Pair) {
		s := newStage()
		p := s.pair(0x5000)
		p.Policy = false
		if err := s.install(t, p, PutIn|PutOut); err != nil {
			t.Fatal(err)
		}
		s.pairs.Stand(p)
		s.log = nil
		return s, p
	}
	t.Run("in time", func(t *testing.T) {
		s, p := up()
		s.core.Begin(epoch.Add(time.Hour))
		s.core.FireDue()
		s.settle()
		s.took(t, "Delete out, Delete in")
		if !p.Gone() || !slices.Equal(s.ended, []string{"expired"}) {
			t.Errorf("ended %v", s.ended)
		}
	})
	t.Run("as the database says", func(t *testing.T) {
		s, p := up()
		var aged []sadb.ID
		s.pairs.Aged = func(_ *Pair, id sadb.ID) { aged = append(aged, id) }
		s.pairs.Expire(sadb.Expire{SA: p.Out[0]})
		if p.Gone() || !slices.Equal(aged, []sadb.ID{p.Out[0].ID()}) {
			t.Errorf("a soft limit ends nothing and is told of; told: %v", aged)
		}
		s.pairs.Expire(sadb.Expire{SA: p.Out[0], Hard: true})
		s.pairs.Expire(sadb.Expire{SA: p.In[0], Hard: true})
		s.settle()
		s.took(t, "Delete in") // the other is out already
		if !p.Gone() || len(s.ended) != 1 {
			t.Errorf("ended %v", s.ended)
		}
	})
	t.Run("found by addresses that are not those of IKE", func(t *testing.T) {
		s, p := up()
		p.In[0].Dst = netip.MustParseAddr("10.0.0.1")
		s.pairs.Expire(sadb.Expire{SA: p.In[0], Hard: true})
		if !p.Gone() {
			t.Error("not found")
		}
	})
	t.Run("shortened", func(t *testing.T) {
		s, p := up()
		s.core.Begin(epoch.Add(time.Minute))
		s.pairs.Shorten(p, 2*time.Hour, 0)
		if s.settle(); len(s.log) != 0 {
			t.Errorf("a longer life changes something: %v", s.log)
		}
		s.pairs.Shorten(p, 10*time.Minute, 4096)
		s.settle()
		s.took(t, "Update, Update")
		if at, _ := p.Life(); at != epoch.Add(10*time.Minute) || p.Out[0].Hard != (sadb.Limits{Add: 10 * time.Minute, Octets: 4096}) {
			t.Errorf("life %v, limits %+v", at, p.Out[0].Hard)
		}
	})
}

func TestForgetLeavesSAsWhereTheyAre(t *testing.T) {
	s := newStage()
	p := s.pair(0x5000)
	if err := s.install(t, p, PutIn|PutOut); err != nil {
		t.Fatal(err)
	}
	s.log = nil
	s.pairs.Forget(p)
	s.settle()
	s.took(t, "")
	if s.pairs.Inbound(sadb.ESP, p.In[0].SPI, near) != nil {
		t.Error("still found")
	}
}

func TestSPIsAreNeverTakenTwice(t *testing.T) {
	s := newStage()
	p := s.pair(0x5000)
	spi := p.In[0].SPI
	s.core.Entropy = new(count) // draws the same once more
	if again := s.pairs.TakeSPI(p, sadb.ESP); again == spi {
		t.Errorf("%08x is taken twice", spi)
	}
	s.pairs.ReleaseSPI(p, sadb.ESP, spi)
	s.core.Entropy = new(count)
	if again := s.pairs.TakeSPI(p, sadb.ESP); again != spi {
		t.Errorf("%08x was given back, and is not drawn: %08x", spi, again)
	}
	s.core.Entropy = &low{}
	if got := s.pairs.TakeSPI(p, sadb.AH); got < firstSPI {
		t.Errorf("%08x is reserved", got)
	}
}

// low is an Entropy whose first numbers are small.
type low struct{ n uint32 }

func (l *low) Fill(_ string, p []byte) {
	l.n += 700
	p[0], p[1], p[2], p[3] = 0, 0, byte(l.n>>8), byte(l.n)
}

func TestListsOfPairs(t *testing.T) {
	s := newStage()
	var all []*Pair
	for i := range 5 {
		p := s.pair(0x5000 + uint32(i))
		if i%2 == 1 {
			s.pairs.Remove(p)
			p.gone = false
			p.Remote = netip.AddrPortFrom(netip.MustParseAddr("192.0.2.9"), 500)
			s.pairs.Add(p)
		}
		s.pairs.Stand(p)
		all = append(all, p)
	}
	spis := func(seq func(func(*Pair) bool)) (list []uint32) {
		for p := range seq {
			list = append(list, p.Out[0].SPI)
		}
		return list
	}
	if got := spis(s.pairs.All); !slices.Equal(got, []uint32{0x5000, 0x5001, 0x5002, 0x5003, 0x5004}) {
		t.Errorf("all: %x", got)
	}
	if got := spis(s.pairs.Between(near, far)); !slices.Equal(got, []uint32{0x5000, 0x5002, 0x5004}) {
		t.Errorf("between: %x", got)
	}
	for p := range s.pairs.All {
		if p.Out[0].SPI == 0x5002 {
			s.pairs.Remove(p)
		}
	}
	s.pairs.Remove(all[0])
	if got := spis(s.pairs.All); !slices.Equal(got, []uint32{0x5001, 0x5003, 0x5004}) {
		t.Errorf("all: %x", got)
	}
	for p := range s.pairs.All {
		_ = p
		break
	}
	if got := spis(s.pairs.Between(far, near)); got != nil {
		t.Errorf("the wrong way round: %x", got)
	}
}

func TestPrioritiesPutNarrowBeforeWide(t *testing.T) {
	prefix := func(a, b string) sadb.Selector {
		return sadb.Selector{Src: sadb.RangeOfPrefix(netip.MustParsePrefix(a)), Dst: sadb.RangeOfPrefix(netip.MustParsePrefix(b))}
	}
	port := prefix("10.0.0.1/32", "10.0.0.2/32")
	port.Proto, port.SrcPort, port.DstPort = 17, 500, 500
	proto := port
	proto.SrcPort, proto.DstPort = 0, 0
	order := []sadb.Selector{
		port, proto, prefix("10.0.0.1/32", "10.0.0.2/32"), prefix("10.0.0.0/24", "10.0.0.2/32"), prefix("10.0.0.0/16", "10.0.0.2/32"),
		prefix("0.0.0.0/0", "10.0.0.2/32"), prefix("0.0.0.0/0", "0.0.0.0/0"), {},
	}
	for i := 1; i < len(order); i++ {
		if a, b := priority(order[i-1]), priority(order[i]); a >= b {
			t.Errorf("%v has %d, %v has %d", order[i-1], a, order[i], b)
		}
	}
}

func TestKeysAreNotTold(t *testing.T) {
	s := newStage()
	p := s.pair(0x5000)
	bare := WithoutKeys(p.In)
	if bare[0].CipherKey != nil || bare[0].AuthKey != nil || p.In[0].CipherKey == nil {
		t.Error("keys are told, or lost")
	}
	event := Phase2Up{In: p.In, Out: p.Out}
	if s := fmt.Sprintf("%v %+v", event, event.In); strings.Contains(s, "secret") {
		t.Errorf("%s", s)
	}
}

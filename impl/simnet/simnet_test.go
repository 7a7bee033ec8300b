package simnet

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
)

var (
	start = time.Unix(0, 0)
	aAddr = netip.MustParseAddrPort("192.0.2.1:500")
	bAddr = netip.MustParseAddrPort("192.0.2.2:500")
	b6    = netip.MustParseAddrPort("[2001:db8::2]:500")
)

// recorder is a Node that writes down what happens to it.
type recorder struct {
	log   []string
	wake  time.Time
	reply func(now time.Time, d Datagram)
}

func (r *recorder) Receive(now time.Time, d Datagram) {
	r.log = append(r.log, fmt.Sprintf("%d:%s", now.Sub(start).Milliseconds(), d.Name))
	if r.reply != nil {
		r.reply(now, d)
	}
}

func (r *recorder) Deadline() (time.Time, bool) { return r.wake, !r.wake.IsZero() }

func (r *recorder) Wake(now time.Time) {
	r.log = append(r.log, fmt.Sprintf("%d:wake", now.Sub(start).Milliseconds()))
	r.wake = time.Time{}
}

func pair(link func(Link) Link) (n *Net, a, b *recorder) {
	n, a, b = New(1, start), &recorder{}, &recorder{}
	n.Attach("a", a, aAddr.Addr())
	n.Attach("b", b, bAddr.Addr(), b6.Addr())
	if link != nil {
		n.Connect("a", "b", link(n.Between("a", "b")))
	}
	return n, a, b
}

// run sends the names from a to b, one every 100 ms, and returns what b saw and the fates.
func run(link func(Link) Link, names ...string) (saw, fates string) {
	n, _, b := pair(link)
	var list []string
	n.Watch = func(p Passage) { list = append(list, p.Datagram.Name+"="+p.Fate) }
	for i, name := range names {
		n.At(start.Add(time.Duration(i)*100*time.Millisecond), "a", func(time.Time) {
			n.Send(Datagram{Src: aAddr, Dst: bAddr, Name: name})
		})
	}
	n.RunUntil(start.Add(time.Minute))
	return strings.Join(b.log, " "), strings.Join(list, " ")
}

func TestLinks(t *testing.T) {
	for _, c := range []struct {
		name       string
		link       func(Link) Link
		send       string
		saw, fates string
	}{
		{"plain", nil, "x y", "10:x 110:y", "x= y="},
		{"slow wire", func(Link) Link { return Wire{250 * time.Millisecond} }, "x y", "250:x 350:y", "x= y="},
		{"lose the first two of a name", func(l Link) Link { return Lose{l, First("x", "x")} },
			"x y x x", "110:y 310:x", "x=lost y= x=lost x="},
		{"lose the second of a name", func(l Link) Link { return Lose{l, Nth("x", 2)} },
			"x y x x", "10:x 110:y 310:x", "x= y= x=lost x="},
		{"lose the third of all", func(l Link) Link { return Lose{l, Nth("", 3)} },
			"x y x x", "10:x 110:y 310:x", "x= y= x=lost x="},
		{"lose every one of a name", func(l Link) Link { return Lose{l, Every("x")} }, "x y x", "110:y", "x=lost y= x=lost"},
		{"lose everything", func(l Link) Link { return Lose{l, Every()} }, "x y", "", "x=lost y=lost"},
		{"duplicate", func(l Link) Link { return Duplicate{l, First("x"), 5 * time.Millisecond} },
			"x x", "10:x 15:x 110:x", "x=twice x="},
		{"duplicate what is lost", func(l Link) Link { return Duplicate{Lose{l, First("x")}, First("x"), 0} }, "x", "", "x=twice"},
		{"delay past the next", func(l Link) Link { return Delay{l, First("x"), 150 * time.Millisecond} },
			"x y", "110:y 160:x", "x=late y="},
		{"hold until the next", func(l Link) Link { return &Hold{Link: l, Pick: First("x")} },
			"x y z", "110:y 110:x 210:z", "x=held y= z="},
	} {
		t.Run(c.name, func(t *testing.T) {
			saw, fates := run(c.link, strings.Fields(c.send)...)
			if saw != c.saw || fates != c.fates {
				t.Errorf("b saw %q, fates %q; want %q, %q", saw, fates, c.saw, c.fates)
			}
		})
	}
}

func TestChanceIsTheSeeds(t *testing.T) {
	play := func(seed uint64) string {
		n, a, b := pair(nil)
		_ = a
		n.Random = NewRandom(seed)
		n.Connect("a", "b", Lose{n.Between("a", "b"), Chance(n.Random, 0.5)})
		for i := range 64 {
			n.Send(Datagram{Src: aAddr, Dst: bAddr, Name: fmt.Sprint(i)})
		}
		n.RunUntil(start.Add(time.Second))
		return strings.Join(b.log, " ")
	}
	one, again := play(1), play(1)
	if one != again {
		t.Error("one seed gave two runs")
	}
	if one == play(2) {
		t.Error("two seeds gave one run")
	}
	if n := len(strings.Fields(play(3))); n < 16 || n > 48 {
		t.Errorf("%d of 64 arrived at a chance of one half", n)
	}
}

func TestSameTimeKeepsOrderOfMaking(t *testing.T) {
	n, a, b := pair(nil)
	b.wake = start.Add(10 * time.Millisecond)
	n.Do("b", func(time.Time) {}) // looks at the deadline: the wake is made before the arrivals
	for _, name := range []string{"1", "2", "3"} {
		n.Send(Datagram{Src: aAddr, Dst: bAddr, Name: name})
	}
	n.RunUntil(start.Add(time.Second))
	if got := strings.Join(b.log, " "); got != "10:wake 10:1 10:2 10:3" {
		t.Errorf("b saw %q", got)
	}
	if len(a.log) != 0 {
		t.Errorf("a saw %v", a.log)
	}
}

func TestDeadlineMoves(t *testing.T) {
	n, a, b := pair(nil)
	a.wake = start.Add(50 * time.Millisecond)
	n.Do("a", func(time.Time) {})
	b.reply = func(now time.Time, d Datagram) { n.Send(Datagram{Src: d.Dst, Dst: d.Src, Name: "re " + d.Name}) }
	a.reply = func(now time.Time, d Datagram) { a.wake = start.Add(80 * time.Millisecond) }
	n.Send(Datagram{Src: aAddr, Dst: bAddr, Name: "x"})
	n.RunUntil(start.Add(time.Second))
	if got := strings.Join(a.log, " "); got != "20:re x 80:wake" {
		t.Errorf("a saw %q: the old deadline must not wake it", got)
	}
	if n.Step() {
		t.Error("something is left over")
	}
	if n.Now() != start.Add(time.Second) {
		t.Errorf("the clock stands at %v", n.Now())
	}
}

func TestDeadlineInThePastWakesNow(t *testing.T) {
	n, a, _ := pair(nil)
	n.RunUntil(start.Add(time.Second))
	a.wake = start
	n.Do("a", func(time.Time) {})
	n.Step()
	if got := strings.Join(a.log, " "); got != "1000:wake" {
		t.Errorf("a saw %q", got)
	}
}

func TestAddressesOfBothFamilies(t *testing.T) {
	n, _, b := pair(nil)
	var fates []string
	n.Watch = func(p Passage) { fates = append(fates, p.From+">"+p.To+":"+p.Fate) }
	n.Send(Datagram{Src: aAddr, Dst: b6, Name: "x"})
	n.Send(Datagram{Src: aAddr, Dst: netip.MustParseAddrPort("192.0.2.9:500"), Name: "y"})
	n.RunUntil(start.Add(time.Second))
	if got := strings.Join(b.log, " "); got != "10:x" {
		t.Errorf("b saw %q", got)
	}
	if got := strings.Join(fates, " "); got != "a>b: a>:no host" {
		t.Errorf("fates %q", got)
	}
}

func TestCallersMistakesPanic(t *testing.T) {
	for name, f := range map[string]func(*Net){
		"name twice":    func(n *Net) { n.Attach("a", &recorder{}) },
		"address twice": func(n *Net) { n.Attach("c", &recorder{}, bAddr.Addr()) },
		"unknown host":  func(n *Net) { n.Do("nobody", func(time.Time) {}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			n, _, _ := pair(nil)
			f(n)
		}()
	}
}

package enginetest

import (
	"fmt"
	"net/netip"
	"time"

	"ikewit/impl/engine"
	"ikewit/impl/ike"
	"ikewit/impl/simnet"
	"ikewit/impl/wire/ikehdr"
)

// Start is when every world begins.
var Start = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// A World is hosts on a network. Make one with New.
type World struct {
	Net   *simnet.Net
	Seed  uint64
	Hosts []*Host

	// Watch, if set, is told of everything in order: simnet.Passage when a datagram leaves, Applied for
	// each action on an SA database, and every event of an engine.
	Watch func(h *Host, at time.Time, what any)
}

// Applied is an action that a host's SA database was asked for, and what came of it.
type Applied struct {
	Action any // sadb.Action
	Err    error
}

// New makes a world without hosts.
func New(seed uint64) *World {
	w := &World{Net: simnet.New(seed, Start), Seed: seed}
	w.Net.Watch = func(p simnet.Passage) {
		if w.Watch != nil {
			w.Watch(w.Host(p.From), p.At, p)
		}
	}
	return w
}

// Add puts an engine on a host of the network. Without entropy it gets its own, of the world's seed and
// the host's name.
func (w *World) Add(name string, c engine.Config, addrs ...netip.Addr) *Host {
	if c.Entropy == nil {
		c.Entropy = NewEntropy(w.Seed, name)
	}
	h := &Host{Name: name, Addrs: addrs, Engine: engine.New(c), SADB: new(SADB), world: w, config: c}
	w.Hosts = append(w.Hosts, h)
	w.Net.Attach(name, h, addrs...)
	return h
}

// Host finds a host by its name; nil if there is none.
func (w *World) Host(name string) *Host {
	for _, h := range w.Hosts {
		if h.Name == name {
			return h
		}
	}
	return nil
}

// Run lets time pass.
func (w *World) Run(d time.Duration) { w.Net.RunUntil(w.Net.Now().Add(d)) }

// A Host is an engine with an SA database, at addresses of the network.
type Host struct {
	Name   string
	Addrs  []netip.Addr
	Engine *engine.Engine
	SADB   *SADB
	Events []ike.Event // all that the engine told

	world  *World
	config engine.Config
	soon   []ike.Input // what effects brought back
}

var _ simnet.Node = (*Host)(nil)

// Do gives the engine an input now.
func (h *Host) Do(in ike.Input) {
	h.world.Net.Do(h.Name, func(now time.Time) { h.step(now, in) })
}

// Restart has a host forget everything, and tell nobody: its engine and its SA database are new.
func (h *Host) Restart() {
	h.world.Net.Do(h.Name, func(time.Time) { h.Engine, h.SADB = engine.New(h.config), new(SADB) })
}

// Receive is simnet.Node's.
func (h *Host) Receive(now time.Time, d simnet.Datagram) {
	if ikehdr.IsKeepalive(d.Octets) {
		return // the sockets swallow it
	}
	h.step(now, ike.Datagram{Local: d.Dst, Remote: d.Src, Octets: d.Octets})
}

// Deadline is simnet.Node's.
func (h *Host) Deadline() (at time.Time, ok bool) {
	at, _, ok = h.Engine.Deadline()
	return at, ok
}

// Wake is simnet.Node's.
func (h *Host) Wake(now time.Time) { h.step(now, ike.Tick{}) }

// step gives the engine an input and does what it wants done, until nothing is left.
func (h *Host) step(now time.Time, in ike.Input) {
	h.soon = append(h.soon, in)
	for len(h.soon) > 0 {
		in, h.soon = h.soon[0], h.soon[1:]
		for _, e := range h.Engine.Step(now, in) {
			h.do(now, e)
		}
	}
}

func (h *Host) do(now time.Time, e ike.Effect) {
	switch e := e.(type) {
	case ike.Send:
		h.world.Net.Send(simnet.Datagram{Src: e.Local, Dst: e.Remote, Octets: e.Octets, Name: e.Message})
	case ike.Work:
		h.soon = append(h.soon, ike.WorkDone{ID: e.ID, Err: e.Do()})
	case ike.Tally:
		h.soon = append(h.soon, ike.Tallied{ID: e.ID, Packets: h.SADB.Carried(e.SAs)})
	case ike.SA:
		h.soon = append(h.soon, h.apply(now, e))
	case ike.Event:
		h.Events = append(h.Events, e)
		h.tell(now, e)
	default:
		panic(fmt.Sprintf("enginetest: effect %T", e))
	}
}

func (h *Host) apply(now time.Time, e ike.SA) ike.SADone {
	for i, a := range e.Actions {
		err := h.SADB.Apply(a)
		h.tell(now, Applied{a, err})
		if err != nil {
			return ike.SADone{ID: e.ID, Done: i, Err: err}
		}
	}
	return ike.SADone{ID: e.ID, Done: len(e.Actions)}
}

func (h *Host) tell(now time.Time, what any) {
	if h.world.Watch != nil {
		h.world.Watch(h, now, what)
	}
}

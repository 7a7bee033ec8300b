package simnet

import (
	"fmt"
	"net/netip"
	"time"
)

// A Datagram is what travels.
type Datagram struct {
	Src, Dst netip.AddrPort
	Octets   []byte
	Name     string // what its sender calls it; faults choose by it
}

// A Node is what runs on a host. Its methods may call Net.Send.
type Node interface {
	// Receive takes a datagram that arrives now.
	Receive(now time.Time, d Datagram)

	// Deadline is when the node wants to be woken; not ok is never.
	Deadline() (at time.Time, ok bool)

	// Wake is called when the deadline has come.
	Wake(now time.Time)
}

// A Net is a network. Make one with New.
type Net struct {
	// Random is what faults draw from; it begins with the seed of New.
	Random *Random

	// Watch, if set, is told of every datagram when it is sent.
	Watch func(p Passage)

	now    time.Time
	queue  queue
	hosts  []*host
	byName map[string]*host
	byAddr map[netip.Addr]*host
	links  map[[2]string]Link
}

// A Passage is a datagram on its way, seen where it leaves.
type Passage struct {
	At       time.Time
	From, To string // hosts; To is empty if nobody has the address
	Datagram Datagram
	Fate     string // of Link.Carry; "no host" if nobody has the address
	Arrivals []Arrival
}

// host is a Node and its place in the network.
type host struct {
	name string
	node Node
	wake *event // the one event that will wake it, or nil
}

// New makes a network without hosts, whose clock stands at start.
func New(seed uint64, start time.Time) *Net {
	return &Net{
		Random: NewRandom(seed),
		now:    start,
		byName: make(map[string]*host),
		byAddr: make(map[netip.Addr]*host),
		links:  make(map[[2]string]Link),
	}
}

// Now is the time of the network.
func (n *Net) Now() time.Time { return n.now }

// Attach puts a host into the network. A name or an address that is taken is a mistake of the caller
// and panics.
func (n *Net) Attach(name string, node Node, addrs ...netip.Addr) {
	if n.byName[name] != nil {
		panic(fmt.Sprintf("simnet: two hosts named %s", name))
	}
	h := &host{name: name, node: node}
	n.hosts = append(n.hosts, h)
	n.byName[name] = h
	for _, a := range addrs {
		if n.byAddr[a] != nil {
			panic(fmt.Sprintf("simnet: %s and %s both have %s", n.byAddr[a].name, name, a))
		}
		n.byAddr[a] = h
	}
	n.schedule(h)
}

// Own gives a host one more address, which another may have had before.
func (n *Net) Own(name string, a netip.Addr) { n.byAddr[a] = n.named(name) }

// Connect sets what carries datagrams from one host to another. Without it that is a Wire of
// DefaultDelay.
func (n *Net) Connect(from, to string, l Link) { n.links[[2]string{from, to}] = l }

// Between gives what carries datagrams from one host to another, to wrap a fault around it.
func (n *Net) Between(from, to string) Link {
	if l := n.links[[2]string{from, to}]; l != nil {
		return l
	}
	return Wire{DefaultDelay}
}

// Send lets a datagram leave now. The source says from which host.
func (n *Net) Send(d Datagram) {
	p := Passage{At: n.now, Datagram: d, Fate: "no host"}
	from, to := n.byAddr[d.Src.Addr()], n.byAddr[d.Dst.Addr()]
	if from != nil {
		p.From = from.name
	}
	if to != nil {
		p.To = to.name
		p.Arrivals, p.Fate = n.Between(p.From, p.To).Carry(d)
	}
	if n.Watch != nil {
		n.Watch(p)
	}
	for _, a := range p.Arrivals {
		if h := n.byAddr[a.Datagram.Dst.Addr()]; h != nil {
			n.queue.add(&event{at: n.now.Add(a.After), host: h, datagram: &a.Datagram})
		}
	}
}

// Do runs f on a host now, as if something there had happened, and looks at the host's deadline again.
func (n *Net) Do(name string, f func(now time.Time)) { n.run(&event{host: n.named(name), do: f}) }

// At runs f on a host at a time to come.
func (n *Net) At(at time.Time, name string, f func(now time.Time)) {
	n.queue.add(&event{at: at, host: n.named(name), do: f})
}

// Next is the time of the next event; not ok means that there is none.
func (n *Net) Next() (at time.Time, ok bool) {
	if e := n.queue.first(); e != nil {
		return e.at, true
	}
	return time.Time{}, false
}

// Step lets the next event happen and sets the clock to its time. It is false if there is none.
func (n *Net) Step() bool {
	e := n.queue.first()
	if e == nil {
		return false
	}
	n.queue.remove(e)
	if e.at.After(n.now) {
		n.now = e.at
	}
	n.run(e)
	return true
}

// RunUntil lets happen whatever happens up to a time, and sets the clock to it.
func (n *Net) RunUntil(end time.Time) {
	for {
		at, ok := n.Next()
		if !ok || at.After(end) {
			break
		}
		n.Step()
	}
	if end.After(n.now) {
		n.now = end
	}
}

func (n *Net) run(e *event) {
	switch {
	case e.datagram != nil:
		e.host.node.Receive(n.now, *e.datagram)
	case e.do != nil:
		e.do(n.now)
	default:
		e.host.wake = nil
		e.host.node.Wake(n.now)
	}
	n.schedule(e.host)
}

// schedule makes sure that a host is woken at its deadline and at no other time.
func (n *Net) schedule(h *host) {
	at, ok := h.node.Deadline()
	if at.Before(n.now) {
		at = n.now
	}
	if h.wake != nil {
		if ok && h.wake.at.Equal(at) {
			return
		}
		n.queue.remove(h.wake)
		h.wake = nil
	}
	if ok {
		h.wake = &event{at: at, host: h}
		n.queue.add(h.wake)
	}
}

func (n *Net) named(name string) *host {
	h := n.byName[name]
	if h == nil {
		panic(fmt.Sprintf("simnet: no host named %s", name))
	}
	return h
}

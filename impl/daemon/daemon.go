package daemon

import (
	"context"
	"net/netip"
	"runtime"
	"sync"
	"time"

	"ikewit/impl/ike"
	"ikewit/impl/sadb"
)

// An Engine is what the loop owns: *engine.Engine.
type Engine interface {
	Step(now time.Time, in ike.Input) []ike.Effect
	Deadline() (at time.Time, why string, ok bool)
}

// Sockets carry the datagrams of one namespace.
type Sockets interface {
	// Receive waits for a datagram, or for word that one could not be delivered: an ike.Datagram or
	// an ike.Unreachable. Any error is final: the sockets are closed.
	Receive() (ike.Input, error)

	// Send sends a datagram. What the host tells of it later comes with Receive.
	Send(local, remote netip.AddrPort, octets []byte) error

	// Close ends Receive.
	Close() error
}

// Config is what a daemon is made of. The functions may be nil. All of them are called on the
// loop's goroutine, in the order of what they tell, and hold it up while they run.
type Config struct {
	Engine  Engine
	Driver  sadb.Driver
	Sockets Sockets

	Helpers int              // goroutines for slow arithmetic; 0: one per processor
	Now     func() time.Time // nil: time.Now. Whoever turns this clock calls Do(ike.Tick{})

	Log      func(at time.Time, e ike.Event)                // every event of the engine
	Packet   func(at time.Time, p Packet)                   // every datagram
	Applied  func(at time.Time, a sadb.Action, err error)   // every action on the SA database
	Deadline func(at time.Time, why string)                 // the deadline, when it is another than before
	Request  func(at time.Time, a sadb.Acquire) []ike.Input // what becomes of a request of the SA database
	Expired  func(at time.Time, e sadb.Expire)              // beside being told to the engine
}

// A Packet is one datagram as it was on the wire, without a non-ESP marker.
type Packet struct {
	Sent          bool
	Local, Remote netip.AddrPort
	Octets        []byte // not to be kept or changed
	Err           error  // of Send
}

// A Daemon is a running engine. New makes it, Run runs it once.
type Daemon struct {
	cfg  Config
	last deadline // as told to cfg.Deadline

	mu     sync.Mutex
	orders []order // what Do and Stop want
	wake   chan struct{}

	soon    []ike.Input // what the effects of this step bring back
	pending []ike.Work  // not yet taken by a helper
	jobs    chan ike.Work
	results chan ike.WorkDone
	arrived chan ike.Input
	deaf    chan error    // why no more datagrams come
	ended   chan struct{} // closed when Run ends
}

// An order is an input from outside the loop; with stop it is the last one.
type order struct {
	in   ike.Input
	stop bool
}

type deadline struct {
	at  time.Time
	why string
	ok  bool
}

// New makes a daemon. It owns the engine and the sockets from here on; the driver stays the caller's.
func New(cfg Config) *Daemon {
	if cfg.Helpers <= 0 {
		cfg.Helpers = runtime.GOMAXPROCS(0)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Daemon{
		cfg:     cfg,
		wake:    make(chan struct{}, 1),
		jobs:    make(chan ike.Work),
		results: make(chan ike.WorkDone),
		arrived: make(chan ike.Input),
		deaf:    make(chan error, 1),
		ended:   make(chan struct{}),
	}
}

// Do gives the engine an input. It does not wait, and may be called from anywhere, the functions of Config
// included. After the end of Run it does nothing.
func (d *Daemon) Do(in ike.Input) { d.order(order{in: in}) }

// Stop ends Run after one more input (nil: none) and what its effects bring about: Terminate{} to say
// goodbye, Terminate{Silent: true} to leave the SAs where they are.
func (d *Daemon) Stop(last ike.Input) { d.order(order{last, true}) }

func (d *Daemon) order(o order) {
	d.mu.Lock()
	d.orders = append(d.orders, o)
	d.mu.Unlock()
	select {
	case d.wake <- struct{}{}:
	default: // it is awake already
	}
}

// Ended is closed when Run has ended.
func (d *Daemon) Ended() <-chan struct{} { return d.ended }

// Run steps the engine until Stop, or until the context ends, which is Stop(ike.Terminate{}). It closes
// the sockets and leaves no goroutine behind. The error is that of sockets or of an SA database which ended before.
func (d *Daemon) Run(ctx context.Context) error {
	var others sync.WaitGroup
	for range d.cfg.Helpers {
		others.Go(d.help)
	}
	others.Go(d.receive)
	err := d.loop(ctx)
	close(d.ended)
	close(d.jobs)
	d.cfg.Sockets.Close()
	others.Wait()
	return err
}

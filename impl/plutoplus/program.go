package plutoplus

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"ikewit/impl/daemon"
	"ikewit/impl/ike"
	"ikewit/impl/pfserver"
	"ikewit/impl/sadb"
)

// The exit statuses; a signal's is 128 and its number.
const (
	StatusOK      = 0
	StatusUsage   = 1 // usage, configuration, sockets, secrets
	StatusFailed  = 2 // WIT: the negotiation failed
	StatusSilence = 3 // WIT: no message from the peer for too long
)

// Interrupted is the cause of a context that a signal ended: context.WithCancelCause.
type Interrupted struct {
	Signal int
	Name   string // "SIGTERM"
}

func (i Interrupted) Error() string { return "interrupted by " + i.Name }

// A Program is a plutoplus that has all it needs and may run. Open makes it.
type Program struct {
	options *Options
	ends    Ends
	out     *output
	daemon  *daemon.Daemon
	driver  sadb.Driver
	ours    sadb.Driver       // closed with us; nil: there is none
	keys    *pfserver.Service // of --pfkey; nil: nobody asked for it
	source  func(peer netip.Addr) (netip.Addr, error)
	listen  Listeners

	wit     *wit      // in WIT mode
	kernel  *requests // else
	running chan error
}

// Listeners are told what happens beside what is printed. Each may be nil; all are called on the
// daemon's goroutine and hold it up while they run.
type Listeners struct {
	Event   func(at time.Time, e ike.Event)
	Packet  func(at time.Time, p daemon.Packet)
	Applied func(at time.Time, a sadb.Action, err error)
}

// Driver is where the IPsec SAs are.
func (p *Program) Driver() sadb.Driver { return p.driver }

// Daemon is the running engine.
func (p *Program) Daemon() *daemon.Daemon { return p.daemon }

// Run negotiates, in WIT mode once, else until the context ends, and gives the exit status. It may be
// called once.
func (p *Program) Run(ctx context.Context) int {
	p.running = make(chan error, 1)
	go func() { p.running <- p.daemon.Run(context.Background()) }()
	status := StatusOK
	if p.wit != nil {
		status = p.wit.run(ctx)
	} else {
		status = p.serve(ctx)
	}
	p.close()
	return status
}

func (p *Program) close() {
	if p.keys != nil {
		if err := p.keys.Close(); err != nil {
			p.out.fail("--pfkey: %v", err)
		}
	}
	if p.ours != nil {
		p.ours.Close()
	}
}

// serve is daemon and DEBUG mode.
func (p *Program) serve(ctx context.Context) int {
	if p.options.Initiate {
		if err := p.initiate(); err != nil {
			p.out.fail("%v", err)
		}
	}
	status := StatusOK
	select {
	case <-ctx.Done():
		if p.driver.Name() == "none" {
			p.list()
		}
		p.daemon.Stop(ike.Terminate{})
		<-p.running
	case err := <-p.running:
		p.out.fail("%v", err)
		status = StatusUsage
	}
	return status
}

// initiate starts the negotiation of -i.
func (p *Program) initiate() error {
	local, err := p.source(p.ends.Peer())
	if err != nil {
		return fmt.Errorf("no way to %v: %w", p.ends.Peer(), err)
	}
	p.daemon.Do(ike.Initiate{Conn: p.options.Connection(local, p.ends)})
	return nil
}

// list prints the SAs as they stand.
func (p *Program) list() {
	sas, err := p.driver.SAs()
	if err != nil {
		p.out.fail("list the SAs: %v", err)
		return
	}
	p.out.list(sas)
}

// What the daemon tells goes to the output, to what decides about the run, and to the listeners.

func (p *Program) onEvent(at time.Time, e ike.Event) {
	p.out.event(at, e)
	if p.wit != nil {
		p.wit.event(e)
	}
	if p.listen.Event != nil {
		p.listen.Event(at, e)
	}
}

func (p *Program) onPacket(at time.Time, d daemon.Packet) {
	p.out.packet(at, d)
	if p.wit != nil {
		p.wit.packet(d)
	}
	if p.listen.Packet != nil {
		p.listen.Packet(at, d)
	}
}

func (p *Program) onApplied(at time.Time, a sadb.Action, err error) {
	p.out.applied(a, err)
	if p.listen.Applied != nil {
		p.listen.Applied(at, a, err)
	}
}

// assemble joins a program to its engine and its sockets.
func (p *Program) assemble(e daemon.Engine, s daemon.Sockets, now func() time.Time) {
	driver := p.driver
	if p.options.Encr == espNull && p.options.IVOctets != 0 {
		driver = withIV{driver, uint8(p.options.IVOctets)}
	}
	cfg := daemon.Config{
		Engine: e, Sockets: s, Driver: driver, Now: now,
		Log: p.onEvent, Packet: p.onPacket, Applied: p.onApplied,
	}
	if p.out.show&ShowTrace != 0 {
		cfg.Deadline = func(at time.Time, why string) {
			p.out.trace("timer: %s in %v", why, time.Until(at).Round(time.Millisecond))
		}
	}
	if p.options.Mode == WIT {
		p.wit = newWIT(p)
	} else {
		p.kernel = &requests{options: p.options, out: p.out}
		cfg.Request = p.kernel.request
	}
	p.daemon = daemon.New(cfg)
}

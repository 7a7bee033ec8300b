// Package plutoplus runs the program of that name as a peer: inside this process, with sockets and
// IPsec stack in a host of a fabric, and with everything that it prints and that its engine tells
// written into a journal.
package plutoplus

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"ikewit/harness/capture/crypt"
	"ikewit/harness/fabric"
	"ikewit/harness/peer"
	"ikewit/impl/daemon"
	"ikewit/impl/ike"
	"ikewit/impl/plutoplus"
	"ikewit/impl/sadb"
)

// A Peer is one run of plutoplus.
type Peer struct {
	host    string
	args    []string
	on      plutoplus.Host
	entropy *peer.Entropy
	refuse  func(sadb.Action) error // nil: no installation is made to fail
	journal peer.Journal

	driver atomic.Pointer[sadb.Driver]
	open   sync.WaitGroup // sockets
	cancel context.CancelCauseFunc
	ended  chan struct{}
	status int
}

var _ peer.Peer = (*Peer)(nil)

// New makes a peer of a command line. It is not started.
func New(f fabric.Fabric, host string, args []string, entropy *peer.Entropy) (*Peer, error) {
	on, err := hostOf(f, host)
	if err != nil {
		return nil, err
	}
	return &Peer{host: host, args: args, on: on, entropy: entropy, ended: make(chan struct{})}, nil
}

// Host is where it runs.
func (p *Peer) Host() string { return p.host }

// Command is the command line.
func (p *Peer) Command() string { return "plutoplus " + strings.Join(p.args, " ") }

// Start runs it and returns when it listens or has ended.
func (p *Peer) Start(context.Context) error {
	ctx, cancel := context.WithCancelCause(context.Background())
	p.cancel = cancel
	ready := make(chan struct{})
	go func() {
		p.status = p.run(ctx, func() { close(ready) })
		close(p.ended)
		p.journal.Poke()
	}()
	select {
	case <-ready:
	case <-p.ended:
	}
	return nil
}

// run is the whole program.
func (p *Peer) run(ctx context.Context, ready func()) int {
	return execute(ctx, p.args, writer{&p.journal, peer.Out}, writer{&p.journal, peer.Err}, plutoplus.Config{
		Ready: ready, Entropy: p.entropy, Host: watched{p.on, p},
		Listen: plutoplus.Listeners{Event: func(at time.Time, e ike.Event) { p.journal.Add(at, e) }},
	})
}

// End is SIGTERM.
func (p *Peer) End() {
	p.cancel(plutoplus.Interrupted{Signal: int(syscall.SIGTERM), Name: "SIGTERM"})
}

// Ended is closed at the end.
func (p *Peer) Ended() <-chan struct{} { return p.ended }

// Status is the exit status, once it has ended.
func (p *Peer) Status() int { return p.status }

// Journal is what it said and did.
func (p *Peer) Journal() *peer.Journal { return &p.journal }

// SAs are those of its IPsec stack, which stands until Close, whether the program runs or not.
func (p *Peer) SAs() ([]sadb.SA, bool, error) {
	d := p.driver.Load()
	if d == nil {
		return nil, false, nil
	}
	list, err := (*d).SAs()
	return list, true, err
}

// Policies are those of its IPsec stack.
func (p *Peer) Policies() ([]sadb.Policy, bool, error) {
	d := p.driver.Load()
	if d == nil {
		return nil, false, nil
	}
	list, err := (*d).Policies()
	return list, true, err
}

// Kernel names the IPsec stack.
func (p *Peer) Kernel() string {
	if d := p.driver.Load(); d != nil {
		return (*d).Name()
	}
	return ""
}

// Exponents are those that it drew.
func (p *Peer) Exponents() []crypt.Secret { return p.entropy.Exponents() }

// Close ends the program, and the IPsec stack.
func (p *Peer) Close() error {
	if p.cancel == nil {
		return nil
	}
	p.End()
	<-p.ended
	p.open.Wait() // a daemon says that it has ended a moment before its sockets are closed
	d := p.driver.Load()
	if d == nil {
		return nil
	}
	var flushed error
	if name := (*d).Name(); (name == "xfrm" || name == "pfkey") && p.status == plutoplus.StatusOK {
		// A run that succeeds leaves its SAs in the kernel, and that is right. Whatever ends otherwise takes them
		// back itself, and is not helped here.
		flushed = (*d).Apply(sadb.Flush{Policies: true})
	}
	return errors.Join(flushed, (*d).Close())
}

// writer puts what is written into a journal.
type writer struct {
	journal *peer.Journal
	stream  peer.Stream
}

func (w writer) Write(b []byte) (int, error) {
	w.journal.Write(w.stream, string(b))
	return len(b), nil
}

// watched is a host of which we know when the program's sockets are closed, and whose IPsec stack stays open when the
// program closes it, so that it can be looked at, and carries traffic, after a WIT run has ended.
type watched struct {
	plutoplus.Host
	peer *Peer
}

// Listen opens sockets and waits for their end.
func (w watched) Listen(local netip.AddrPort, stack string, natt bool) (daemon.Sockets, error) {
	s, err := w.Host.Listen(local, stack, natt)
	if err != nil {
		return nil, err
	}
	w.peer.open.Add(1)
	return &countedSockets{Sockets: s, peer: w.peer}, nil
}

// Driver opens the stack and remembers it.
func (w watched) Driver(kernel string) (sadb.Driver, string, error) {
	d, why, err := w.Host.Driver(kernel)
	if err != nil {
		return nil, "", err
	}
	w.peer.driver.Store(&d)
	if w.peer.refuse != nil {
		return kept{refusing{d, w.peer.refuse}}, why, nil
	}
	return kept{d}, why, nil
}

// countedSockets tell their peer when they are closed.
type countedSockets struct {
	daemon.Sockets
	peer *Peer
	once sync.Once
}

// Close closes.
func (s *countedSockets) Close() error {
	err := s.Sockets.Close()
	s.once.Do(s.peer.open.Done)
	return err
}

// kept is a driver that somebody else closes.
type kept struct{ sadb.Driver }

// Close leaves it open.
func (kept) Close() error { return nil }

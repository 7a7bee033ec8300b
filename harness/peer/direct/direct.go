// Package direct runs our daemon in a host with a connection that is given as data, not as options of plutoplus: it
// negotiates what those options cannot say, negotiates again, and ends what it has when it is told.
package direct

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"ikewit/harness/capture/crypt"
	"ikewit/harness/peer"
	"ikewit/impl/alg"
	"ikewit/impl/conn"
	"ikewit/impl/daemon"
	"ikewit/impl/ike"
	"ikewit/impl/plutoplus"
	"ikewit/impl/sadb"
	"ikewit/netns"
)

// A Peer is one run of our daemon.
type Peer struct {
	Limits ike.Limits // of its engine; to be set before Start

	host    *netns.Host
	terms   peer.Terms
	kernel  string
	command string
	entropy *peer.Entropy
	journal peer.Journal

	driver  sadb.Driver
	program *plutoplus.Program
	cancel  context.CancelFunc
	ended   chan struct{}
	status  int
}

var _ peer.Foreign = (*Peer)(nil)

// New makes a peer. kernel is where SAs go, command what the report calls it.
func New(host *netns.Host, t peer.Terms, kernel, command string, e *peer.Entropy) *Peer {
	return &Peer{host: host, terms: t, kernel: kernel, command: command, entropy: e, ended: make(chan struct{})}
}

// secretOf is a secret.Finder that knows one secret.
type secretOf alg.Key

// PreShared gives it to everybody.
func (s secretOf) PreShared(netip.Addr, netip.Addr, conn.Identity) (alg.Key, error) {
	return alg.Key(s), nil
}

// Start opens the sockets and the SA database and begins to serve.
func (p *Peer) Start(context.Context) error {
	o, _, err := plutoplus.Parse([]string{"--debug", "--natt", p.terms.Conn.NATT.String()})
	if err != nil {
		return err
	}
	on := &daemon.Host{In: p.host.Do}
	if p.driver, _, err = on.Driver(p.kernel); err != nil {
		return err
	}
	p.program, err = plutoplus.Open(plutoplus.Config{
		Options: o, Log: &plutoplus.Streams{Out: writer{&p.journal, peer.Out}, Err: writer{&p.journal, peer.Err}}, Host: on,
		Driver: p.driver, Secrets: secretOf(p.terms.Secret), Connections: conn.List{p.terms.Conn}, Entropy: p.entropy, Limits: p.Limits,
		Listen: plutoplus.Listeners{Event: func(at time.Time, e ike.Event) { p.journal.Add(at, e) }},
	})
	if err != nil {
		return errors.Join(err, p.driver.Close())
	}
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	go func() {
		p.status = p.program.Run(ctx)
		close(p.ended)
		p.journal.Poke()
	}()
	return nil
}

// Initiate negotiates the connection and returns when it stands or has failed.
func (p *Peer) Initiate(ctx context.Context) error { return p.negotiate(ctx, false) }

// Again is another Quick Mode, because there is a phase 1.
func (p *Peer) Again(ctx context.Context) error { return p.negotiate(ctx, false) }

// Rekey is another Main Mode.
func (p *Peer) Rekey(ctx context.Context) error { return p.negotiate(ctx, true) }

// negotiate waits for one more success, or one more failure, than there were.
func (p *Peer) negotiate(ctx context.Context, phase1 bool) error {
	good, bad := p.count(phase1)
	p.program.Daemon().Do(ike.Initiate{Conn: p.terms.Conn, Phase1Only: phase1})
	err := p.journal.Until(ctx, func() bool {
		g, b := p.count(phase1)
		return g > good || b > bad
	})
	if err != nil {
		return err
	}
	if g, _ := p.count(phase1); g == good {
		return errors.New("the negotiation failed")
	}
	return nil
}

func (p *Peer) count(phase1 bool) (good, bad int) {
	for _, e := range p.journal.Events() {
		switch e.Event.(type) {
		case ike.Phase1Up:
			if phase1 {
				good++
			}
		case ike.Phase2Up:
			if !phase1 {
				good++
			}
		case ike.Failed:
			bad++
		}
	}
	return good, bad
}

// Terminate ends everything, with Deletes.
func (p *Peer) Terminate(context.Context) error {
	p.program.Daemon().Do(ike.Terminate{})
	return nil
}

// Pairs counts the pairs of IPsec SAs that stood.
func (p *Peer) Pairs() int {
	good, _ := p.count(false)
	return good
}

// Established looks into its stack.
func (p *Peer) Established(context.Context) (bool, error) {
	list, _, err := p.SAs()
	return len(list) > 0, err
}

// Version is that of the program.
func (p *Peer) Version() string { return "ikewit " + plutoplus.Version }

// Configuration is the connection in words.
func (p *Peer) Configuration() map[string]string {
	return map[string]string{"connection.txt": fmt.Sprintf("%s\nlocal %v\nremote %v\n", p.command, p.terms.Conn.Local.Addr, p.terms.Conn.Remote.Addr)}
}

// Host is where it runs.
func (p *Peer) Host() string { return p.host.Name() }

// Command is its policy in words: there is no command line that does the same.
func (p *Peer) Command() string { return p.command }

// End ends it as a signal does.
func (p *Peer) End() {
	if p.cancel != nil {
		p.cancel()
	}
}

// Ended is closed when it has.
func (p *Peer) Ended() <-chan struct{} { return p.ended }

// Status is its exit status then.
func (p *Peer) Status() int { return p.status }

// Journal is what it said and did.
func (p *Peer) Journal() *peer.Journal { return &p.journal }

// SAs are those of its IPsec stack, which stands until Close.
func (p *Peer) SAs() ([]sadb.SA, bool, error) {
	if p.driver == nil {
		return nil, false, nil
	}
	list, err := p.driver.SAs()
	return list, true, err
}

// Policies are those of its IPsec stack.
func (p *Peer) Policies() ([]sadb.Policy, bool, error) {
	if p.driver == nil {
		return nil, false, nil
	}
	list, err := p.driver.Policies()
	return list, true, err
}

// Kernel names the IPsec stack.
func (p *Peer) Kernel() string {
	if p.driver == nil {
		return ""
	}
	return p.driver.Name()
}

// Exponents are those that it drew.
func (p *Peer) Exponents() []crypt.Secret { return p.entropy.Exponents() }

// Close ends it, and the IPsec stack.
func (p *Peer) Close() error {
	if p.cancel == nil {
		return nil
	}
	p.End()
	<-p.ended
	return p.driver.Close()
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

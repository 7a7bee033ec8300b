// Package self makes a peer of our own engine in the simulator: no process, no socket, and a clock that the
// scenario turns.
package self

import (
	"context"
	"time"

	"ikewit/harness/capture/crypt"
	"ikewit/harness/peer"
	"ikewit/impl/engine/enginetest"
	"ikewit/impl/ike"
	"ikewit/impl/sadb"
)

// A Peer is one host of a simulated couple. It runs from its making on.
type Peer struct {
	host    *enginetest.Host
	entropy *peer.Entropy
	command string
	journal peer.Journal
	ended   chan struct{}
}

var _ peer.Peer = (*Peer)(nil)

// New makes a peer of a host. command describes its policy for the report.
func New(h *enginetest.Host, entropy *peer.Entropy, command string) *Peer {
	return &Peer{host: h, entropy: entropy, command: command, ended: make(chan struct{})}
}

// Tell takes down what the host's engine told.
func (p *Peer) Tell(at time.Time, e ike.Event) {
	p.journal.Add(at, e)
	p.journal.Write(peer.Out, at.Sub(enginetest.Start).String()+" "+e.String())
}

// Host is where it is.
func (p *Peer) Host() string { return p.host.Name }

// Command is its policy in words.
func (p *Peer) Command() string { return p.command }

// Start has nothing to do.
func (p *Peer) Start(context.Context) error { return nil }

// End ends what it has: Deletes are sent.
func (p *Peer) End() { p.host.Do(ike.Terminate{}) }

// Ended is never closed: an engine does not exit.
func (p *Peer) Ended() <-chan struct{} { return p.ended }

// Status is that of a program that has not ended.
func (p *Peer) Status() int { return 0 }

// Journal is what its engine told.
func (p *Peer) Journal() *peer.Journal { return &p.journal }

// SAs are those of its database.
func (p *Peer) SAs() ([]sadb.SA, bool, error) {
	list := p.host.SADB.SAs()
	for i := range list {
		if list[i].State == sadb.Larval {
			list[i].State = sadb.Mature // a database of a list has no states
		}
	}
	return list, true, nil
}

// Policies are those of its database.
func (p *Peer) Policies() ([]sadb.Policy, bool, error) { return p.host.SADB.Policies(), true, nil }

// Kernel is none: nothing travels in the SAs.
func (p *Peer) Kernel() string { return "none" }

// Exponents are those that it drew.
func (p *Peer) Exponents() []crypt.Secret { return p.entropy.Exponents() }

// Close has nothing to do.
func (p *Peer) Close() error { return nil }

package load

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"ikewit/harness/peer"
	"ikewit/harness/peer/libreswan"
	"ikewit/harness/peer/preload"
	"ikewit/harness/peer/process"
	"ikewit/harness/peer/strongswan"
	"ikewit/netns"
)

// A responder is the other side: one daemon, run once, in a process of its own.
type responder interface {
	Start(ctx context.Context) error
	PID() int
	Version() string
	Journal() *peer.Journal
	Ended() <-chan struct{}
	Status() int
	Close() error
}

// A place is where a responder runs, and what it is to answer.
type place struct {
	host   *netns.Host
	addr   netip.Addr
	dir    string // a folder of its own
	secret string
	o      Options
}

// responders are who can be on the other side.
var responders = []struct {
	name string
	make func(ctx context.Context, p place) (responder, error)
}{
	{"self", newSelf},
	{"strongswan", newStrongswan},
	{"libreswan", newLibreswan},
}

// Peers are the names of the responders that there are.
func Peers() []string {
	var list []string
	for _, r := range responders {
		list = append(list, r.name)
	}
	return list
}

func newResponder(ctx context.Context, p place) (responder, error) {
	for _, r := range responders {
		if r.name == p.o.Peer {
			return r.make(ctx, p)
		}
	}
	return nil, fmt.Errorf("no responder %q; there are %s", p.o.Peer, strings.Join(Peers(), ", "))
}

// newStrongswan: charon as it is, or with what makes its Diffie-Hellman fastest. It does not log what it does, takes any
// number of half-open negotiations, and puts no policies into the kernel, so that it does no more than ours.
func newStrongswan(ctx context.Context, p place) (responder, error) {
	library, err := preload.Build(ctx, p.dir)
	if err != nil {
		return nil, err
	}
	terms, err := p.o.Policy.terms(p.addr, p.secret)
	if err != nil {
		return nil, err
	}
	r, err := strongswan.New(p.host, terms, strongswan.Nowhere, p.dir, library)
	if err != nil {
		return nil, err
	}
	r.Tune(strongswan.Tuning{LongExponents: !p.o.Tuned, Threads: 16, Quiet: true, Unguarded: true, NoPolicies: true})
	return r, nil
}

// newLibreswan: pluto as it is.
func newLibreswan(ctx context.Context, p place) (responder, error) {
	library, err := preload.Build(ctx, p.dir)
	if err != nil {
		return nil, err
	}
	terms, err := p.o.Policy.terms(p.addr, p.secret)
	if err != nil {
		return nil, err
	}
	return libreswan.New(ctx, p.host, terms, p.dir, library)
}

// A self is Respond in a process of its own.
type self struct {
	place
	journal peer.Journal
	process *process.Process
}

func newSelf(_ context.Context, p place) (responder, error) {
	if len(p.o.Self) == 0 {
		return nil, errors.New("nobody says which program is our own responder")
	}
	return &self{place: p}, nil
}

// Start starts it and waits until it listens.
func (s *self) Start(ctx context.Context) error {
	secrets := filepath.Join(s.dir, "secrets")
	if err := os.WriteFile(secrets, []byte(`%any "`+s.secret+"\"\n"), 0o600); err != nil {
		return err
	}
	command := append(append(append([]string{}, s.o.Self...), "--secretsfile", secrets), s.o.Policy.arguments()...)
	// Not until the context ends: it ends when it is closed.
	cmd := s.host.Command(context.Background(), command[0], command[1:]...)
	var err error
	if s.process, err = process.Start(cmd, &s.journal); err != nil {
		return err
	}
	return s.process.Says(ctx, listening)
}

func (s *self) PID() int               { return s.process.PID() }
func (s *self) Version() string        { return "plutoplus, this program" }
func (s *self) Journal() *peer.Journal { return &s.journal }
func (s *self) Ended() <-chan struct{} { return s.process.Ended() }
func (s *self) Status() int            { return s.process.Status() }

// Close ends it.
func (s *self) Close() error {
	if s.process == nil {
		return nil
	}
	return s.process.Close()
}

package ipseckey

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"ikewit/harness/capture/crypt"
	"ikewit/harness/peer"
	"ikewit/impl/driver/none"
	"ikewit/impl/driver/pfkey"
	"ikewit/impl/driver/user"
	"ikewit/impl/driver/xfrm"
	"ikewit/impl/host"
	"ikewit/impl/ipseckey"
	"ikewit/impl/pfserver"
	"ikewit/impl/sadb"
)

// A Peer is one host that is keyed by hand.
type Peer struct {
	host     string
	inside   host.Inside
	kernel   string // user, none, xfrm, pfkey, unix:PATH
	dir      string // for command files and the socket
	choice   string // what IPSECKEY_SADB would be
	driver   sadb.Driver
	service  *pfserver.Service // of our own stack; nil: the database is another's
	journal  peer.Journal
	monitors []*monitor
	files    int
	ended    chan struct{}
}

var _ peer.Peer = (*Peer)(nil)

// New makes the peer of a host. kernel is user or none for a stack of its own, xfrm or pfkey for the kernel's by netlink or by AF_KEY,
// unix:PATH for a key engine that somebody else runs. dir is a folder for its files.
func New(name string, inside host.Inside, kernel, dir string) *Peer {
	return &Peer{host: name, inside: inside, kernel: kernel, dir: dir, ended: make(chan struct{})}
}

// Host is where it is.
func (p *Peer) Host() string { return p.host }

// Command is what one would type.
func (p *Peer) Command() string {
	if !p.ownStack() {
		return ipseckey.Variable + "=" + p.kernel + " ipseckey -f FILE"
	}
	return "ipsecd --socket SOCKET & " + ipseckey.Variable + "=unix:SOCKET ipseckey -f FILE"
}

// ownStack reports whether the database is a user-space stack of this peer.
func (p *Peer) ownStack() bool { return p.kernel == "user" || p.kernel == "none" }

// inKernel reports whether the database is the kernel's, which keeps what is in it.
func (p *Peer) inKernel() bool { return p.kernel == "xfrm" || p.kernel == "pfkey" }

// Socket is where a peer of this folder serves its own stack.
func Socket(dir string) string { return filepath.Join(dir, "socket") }

// Start opens the SA database: the kernel's, another's behind its socket, or a user-space stack behind a socket of ours.
func (p *Peer) Start(context.Context) error {
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return err
	}
	err := p.inside(func() (err error) {
		p.driver, err = openDriver(p.kernel)
		return err
	})
	if err != nil {
		return fmt.Errorf("SA database %s: %w", p.kernel, err)
	}
	if !p.ownStack() {
		p.choice = p.kernel
		return nil
	}
	socket := Socket(p.dir)
	if p.service, err = pfserver.Start(socket, pfserver.Config{Database: p.driver}); err != nil {
		return errors.Join(err, p.driver.Close())
	}
	p.choice = unixPrefix + socket
	return nil
}

const unixPrefix = "unix:"

func openDriver(kernel string) (sadb.Driver, error) {
	switch kernel {
	case "xfrm":
		return xfrm.New()
	case "none":
		return none.New(nil), nil
	case "user":
		return user.New(user.Options{})
	case "pfkey":
		return pfkey.OpenKernel()
	}
	if path, ok := strings.CutPrefix(kernel, unixPrefix); ok {
		return pfkey.Open(path)
	}
	return nil, fmt.Errorf("no SA database %q", kernel)
}

// Protect puts a policy in, which ipseckey cannot: it adds SAs only.
func (p *Peer) Protect(x sadb.Policy) error { return p.driver.Apply(sadb.AddPolicy{Policy: x}) }

// Put puts an SA in as it is: ipseckey has no words for everything that a database can hold.
func (p *Peer) Put(sa sadb.SA) error { return p.driver.Apply(sadb.Add{SA: sa}) }

// A Result is what one run of ipseckey wrote, and its exit status.
type Result struct {
	Out, Err string
	Status   int
}

// File runs ipseckey -f with the text.
func (p *Peer) File(text string) (Result, error) {
	p.files++
	path := filepath.Join(p.dir, fmt.Sprintf("commands-%d", p.files))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return Result{}, err
	}
	return p.run("-f FILE", ipseckey.Options{Numeric: true}, func(x *ipseckey.Program) int { return x.File(path) })
}

// Words runs one command of the command line.
func (p *Peer) Words(line string, words []string) (Result, error) {
	o := ipseckey.Options{Numeric: true}
	return p.run(line, o, func(x *ipseckey.Program) int { return x.Command(words) })
}

// Path is a file of this host.
func (p *Peer) Path(name string) string { return filepath.Join(p.dir, name) }

func (p *Peer) run(line string, o ipseckey.Options, do func(*ipseckey.Program) int) (r Result, err error) {
	e, err := p.open()
	if err != nil {
		return r, err
	}
	defer e.Close()
	var out, errs bytes.Buffer
	x := ipseckey.New(ipseckey.Config{Options: o, Out: &out, Err: &errs, Engine: e, Names: noNames{}})
	p.journal.Write(peer.Out, "$ ipseckey "+line)
	r.Status = do(x)
	r.Out, r.Err = out.String(), errs.String()
	if r.Err != "" { // what goes to standard output holds keys
		p.journal.Write(peer.Err, r.Err)
	}
	return r, nil
}

func (p *Peer) open() (e ipseckey.Engine, err error) {
	err = p.inside(func() error {
		e, err = ipseckey.Open(p.choice)
		return err
	})
	return e, err
}

// End ends the monitors.
func (p *Peer) End() { p.Close() }

// Ended and Status: it ends when it is closed.
func (p *Peer) Ended() <-chan struct{} { return p.ended }

// Status is 0: programs that failed told so when they ran.
func (p *Peer) Status() int { return 0 }

// Journal is which programs ran, what they complained of, and what the monitor printed.
func (p *Peer) Journal() *peer.Journal { return &p.journal }

// SAs reads the database by its driver, not by ipseckey.
func (p *Peer) SAs() ([]sadb.SA, bool, error) {
	select {
	case <-p.ended:
		return nil, false, nil
	default:
	}
	list, err := p.driver.SAs()
	return list, err == nil, err
}

// Policies are those of Protect.
func (p *Peer) Policies() ([]sadb.Policy, bool, error) {
	select {
	case <-p.ended:
		return nil, false, nil
	default:
	}
	list, err := p.driver.Policies()
	return list, err == nil, err
}

// Kernel names the database.
func (p *Peer) Kernel() string { return p.kernel }

// Exponents: nobody negotiates.
func (p *Peer) Exponents() []crypt.Secret { return nil }

// Close ends the monitors, empties the database and closes it.
func (p *Peer) Close() error {
	select {
	case <-p.ended:
		return nil
	default:
	}
	close(p.ended)
	var errs []error
	for _, m := range p.monitors {
		m.close()
	}
	if p.driver == nil {
		return nil
	}
	if p.inKernel() {
		errs = append(errs, p.driver.Apply(sadb.Flush{Policies: true}))
	}
	if p.service != nil {
		errs = append(errs, p.service.Close())
	}
	errs = append(errs, p.driver.Close())
	p.journal.Poke()
	return errors.Join(errs...)
}

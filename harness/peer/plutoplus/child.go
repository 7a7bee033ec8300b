package plutoplus

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"

	"ikewit/harness/capture/crypt"
	"ikewit/harness/fabric"
	"ikewit/harness/peer"
	"ikewit/harness/peer/process"
	"ikewit/impl/sadb"
	"ikewit/netns"
)

// A Child is one run of plutoplus as a process of its own, in a host of kernel namespaces. What it prints and how
// it exits is what a user sees; nobody looks into its SAs.
type Child struct {
	host    *netns.Host
	args    []string
	journal peer.Journal
	process *process.Process
	started bool
	ended   chan struct{} // closed from the beginning if it never started
}

var _ peer.Peer = (*Child)(nil)

// NewChild makes a child of a command line. It is not started.
func NewChild(f fabric.Fabric, host string, args []string) (*Child, error) {
	n, ok := f.(*fabric.Namespaces)
	if !ok {
		return nil, fmt.Errorf("a process runs in namespaces, not on %T", f)
	}
	return &Child{host: n.Host(host), args: args, ended: make(chan struct{})}, nil
}

// Host is where it runs.
func (c *Child) Host() string { return c.host.Name() }

// Command is the command line.
func (c *Child) Command() string { return "plutoplus " + strings.Join(c.args, " ") }

// Start starts the process and returns when it listens or has ended.
func (c *Child) Start(context.Context) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer read.Close()
	cmd := c.host.Command(context.Background(), program, append([]string{ProcessVerb}, c.args...)...)
	cmd.Env = append(os.Environ(), readyMark+"=1")
	cmd.ExtraFiles = []*os.File{write}
	c.process, err = process.Start(cmd, &c.journal)
	write.Close()
	if err != nil {
		return err
	}
	c.started = true
	bufio.NewReader(read).ReadString('\n') // the word, or the end of the process
	return nil
}

// End is SIGTERM.
func (c *Child) End() { c.Signal(syscall.SIGTERM) }

// Signal sends a signal.
func (c *Child) Signal(s syscall.Signal) {
	if c.started {
		syscall.Kill(c.process.PID(), s)
	}
}

// Ended is closed at the end.
func (c *Child) Ended() <-chan struct{} {
	if !c.started {
		return c.ended
	}
	return c.process.Ended()
}

// Status is the exit status, once it has ended; 128 and the signal's number if it did not catch one.
func (c *Child) Status() int { return c.process.Status() }

// Journal is what it printed.
func (c *Child) Journal() *peer.Journal { return &c.journal }

// SAs are not to be seen.
func (c *Child) SAs() ([]sadb.SA, bool, error) { return nil, false, nil }

// Policies are not to be seen.
func (c *Child) Policies() ([]sadb.Policy, bool, error) { return nil, false, nil }

// Kernel is whatever the process chose.
func (c *Child) Kernel() string { return "" }

// Exponents are its own.
func (c *Child) Exponents() []crypt.Secret { return nil }

// Close ends the process.
func (c *Child) Close() error {
	if !c.started {
		return nil
	}
	return c.process.Close()
}

// Package process runs a foreign daemon as a peer's process: started inside a host, its output line by line in the
// journal, ended by a signal and, when that does not help, killed.
package process

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"ikewit/harness/peer"
	"ikewit/netns"
)

// A Process is a daemon, run once.
type Process struct {
	cmd      *netns.Cmd
	journal  *peer.Journal
	ended    chan struct{}
	status   int
	once     sync.Once
	patience time.Duration
}

// patience is how long a daemon may take to end when it is asked to: on an emulated processor pluto takes six seconds.
const patience = 12 * time.Second

// Start starts a command, whose output goes to the journal.
func Start(cmd *netns.Cmd, journal *peer.Journal) (*Process, error) {
	p := &Process{cmd: cmd, journal: journal, ended: make(chan struct{}), patience: patience}
	out, outWriter := io.Pipe()
	errs, errWriter := io.Pipe()
	cmd.Stdout, cmd.Stderr = outWriter, errWriter
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	var readers sync.WaitGroup
	readers.Go(func() { p.read(out, peer.Out) })
	readers.Go(func() { p.read(errs, peer.Err) })
	go func() {
		p.status = exitStatus(cmd.Wait())
		outWriter.Close()
		errWriter.Close()
		readers.Wait()
		close(p.ended)
		journal.Poke()
	}()
	return p, nil
}

// read takes lines of any length; one that never ends is cut.
func (p *Process) read(r io.Reader, s peer.Stream) {
	lines := bufio.NewReaderSize(r, 64<<10)
	for {
		line, err := lines.ReadSlice('\n')
		if len(line) > 0 {
			p.journal.Write(s, printable(string(line)))
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return
		}
	}
}

// printable keeps what a daemon writes from steering a terminal.
func printable(line string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return '?'
		}
		return r
	}, strings.TrimRight(line, "\r\n"))
}

func exitStatus(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		if ws, ok := exit.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
			return 128 + int(ws.Signal())
		}
		return exit.ExitCode()
	}
	return -1
}

// PID is the number of the daemon's process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// End asks the daemon to end.
func (p *Process) End() { p.cmd.Process.Signal(syscall.SIGTERM) }

// Ended is closed when it has.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Status is its exit status then; 128 and the signal when one ended it.
func (p *Process) Status() int { return p.status }

// Close ends the daemon; one that does not heed the signal is killed, and that is an error.
func (p *Process) Close() (err error) {
	p.once.Do(func() {
		p.End()
		timer := time.NewTimer(p.patience)
		defer timer.Stop()
		select {
		case <-p.ended:
		case <-timer.C:
			p.cmd.Process.Kill()
			<-p.ended
			err = fmt.Errorf("%s did not end within %s of SIGTERM and was killed", p.cmd.Path, p.patience)
		}
	})
	return err
}

// Says waits until the daemon has written a line with a text, which tells that it is ready.
func (p *Process) Says(ctx context.Context, text string) error {
	ended := func() bool {
		select {
		case <-p.ended:
			return true
		default:
			return false
		}
	}
	if err := p.journal.Until(ctx, func() bool { return p.journal.Has(0, text) || ended() }); err != nil {
		return fmt.Errorf("%s did not say %q: %w", p.cmd.Path, text, err)
	}
	if !p.journal.Has(0, text) {
		return fmt.Errorf("%s ended with status %d before it said %q", p.cmd.Path, p.status, text)
	}
	return nil
}

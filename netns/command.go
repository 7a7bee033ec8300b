package netns

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// A Cmd is a program that runs inside a host: an exec.Cmd whose methods that start it are replaced. The program is the
// leader of its own process group, is killed with the whole group when the context ends or the fabric is closed, and
// dies with this process.
type Cmd struct {
	*exec.Cmd

	// Mounts are what the program finds at other places than the rest of the machine does, in this order.
	Mounts []Mount

	host   *Host
	once   sync.Once     // for Wait
	result error         // of Wait
	over   chan struct{} // closed when the program was waited for
}

// A Mount puts a file or folder at the place At, which must exist; nobody but the program sees it there. Without From
// it is an empty folder in memory.
type Mount struct{ At, From string }

// Command prepares a program to run inside the host. Programs are looked for as exec.Command does.
func (h *Host) Command(ctx context.Context, name string, args ...string) *Cmd {
	c := &Cmd{Cmd: exec.CommandContext(ctx, name, args...), host: h, over: make(chan struct{})}
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	c.Cancel = c.kill
	// Descendants that keep the output open after their parent ended shall not keep Wait waiting for ever.
	c.WaitDelay = 2 * time.Second
	return c
}

// Start starts the program inside and returns.
func (c *Cmd) Start() error {
	started := make(chan error, 1)
	onThread(func() {
		// The thread is the program's for good. It must live as long as the program, which is killed when the
		// thread that started it ends; and as it has left its namespaces, it must then end.
		err := c.enter()
		if err == nil {
			err = c.launch()
		}
		started <- err
		if err == nil {
			<-c.over
		}
	})
	if err := <-started; err != nil {
		return fmt.Errorf("run %s in host %q: %w", c.Path, c.host.name, err)
	}
	return nil
}

// launch starts the program and enters it in the books, unless the fabric is closed.
func (c *Cmd) launch() error {
	f := c.host.fabric
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return errors.New("the fabric is closed")
	}
	if err := c.Cmd.Start(); err != nil {
		return err
	}
	f.cmds[c] = true
	return nil
}

// Wait waits until the program has ended; see exec.Cmd. It may be called more than once.
func (c *Cmd) Wait() error {
	c.once.Do(func() {
		c.result = c.Cmd.Wait()
		c.forget()
		close(c.over)
	})
	return c.result
}

// Run starts the program and waits for its end.
func (c *Cmd) Run() error {
	if err := c.Start(); err != nil {
		return err
	}
	return c.Wait()
}

// Output runs the program and returns what it wrote to its standard output. If it fails, and its standard error was
// not asked for, the error holds that.
func (c *Cmd) Output() ([]byte, error) {
	var out, complaint bytes.Buffer
	c.Stdout = &out
	if c.Stderr == nil {
		c.Stderr = &complaint
	}
	err := c.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		exit.Stderr = complaint.Bytes()
	}
	return out.Bytes(), err
}

// CombinedOutput runs the program and returns everything it wrote.
func (c *Cmd) CombinedOutput() ([]byte, error) {
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	err := c.Run()
	return out.Bytes(), err
}

// enter takes this thread into the host's namespace and, if there is something to mount, into a mount namespace.
func (c *Cmd) enter() error {
	if err := netns.Set(c.host.ns); err != nil {
		return fmt.Errorf("enter: %w", err)
	}
	if len(c.Mounts) == 0 {
		return nil
	}
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("make a mount namespace: %w", explain(err))
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make the mounts private: %w", err)
	}
	for _, m := range c.Mounts {
		var err error
		if m.From == "" {
			err = unix.Mount("tmpfs", m.At, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755")
		} else {
			err = unix.Mount(m.From, m.At, "", unix.MS_BIND|unix.MS_REC, "")
		}
		if err != nil {
			return fmt.Errorf("mount %q at %s: %w", m.From, m.At, err)
		}
	}
	return nil
}

// kill ends the program and what it started.
func (c *Cmd) kill() error {
	if err := unix.Kill(-c.Process.Pid, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) {
		return err
	}
	return nil
}

// forget takes the program out of the books.
func (c *Cmd) forget() {
	f := c.host.fabric
	f.mu.Lock()
	delete(f.cmds, c)
	f.mu.Unlock()
}

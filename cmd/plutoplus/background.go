package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"ikewit/impl/plutoplus"
)

// backgroundMark in the environment tells a process that it is the daemon: descriptor 3 is a pipe to the
// process that the user started.
const backgroundMark = "PLUTOPLUS_BACKGROUND"

// background starts this program again, as the leader of a session of its own, and waits until
// that has bound its port or has failed. A Go program cannot fork without exec.
func background(args []string) int {
	read, write, err := os.Pipe()
	if err != nil {
		return cannotStart(err)
	}
	defer read.Close()
	program, err := os.Executable()
	if err != nil {
		return cannotStart(err)
	}
	child := &exec.Cmd{
		Path:        program,
		Args:        append([]string{os.Args[0]}, args...),
		Env:         append(os.Environ(), backgroundMark+"=1"),
		Stderr:      os.Stderr, // until it is ready
		ExtraFiles:  []*os.File{write},
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	err = child.Start()
	write.Close()
	if err != nil {
		return cannotStart(err)
	}
	if word, _ := io.ReadAll(read); string(word) == "ready" {
		return plutoplus.StatusOK
	}
	child.Process.Kill() // it has ended, or let go of us without a word
	var exit *exec.ExitError
	if err := child.Wait(); err != nil && !errors.As(err, &exit) {
		return cannotStart(err)
	}
	return plutoplus.StatusUsage
}

func cannotStart(err error) int {
	fmt.Fprintf(os.Stderr, "plutoplus: start in the background: %v\n", err)
	return plutoplus.StatusUsage
}

// A parent is the process that waits for us to be ready.
type parent struct{ pipe *os.File }

// parentOf gives the parent of a process that background started, else nil.
func parentOf() *parent {
	if os.Getenv(backgroundMark) == "" {
		return nil
	}
	os.Unsetenv(backgroundMark)
	syscall.CloseOnExec(3)
	return &parent{os.NewFile(3, "parent")}
}

// settle leaves the directory that the user started us in.
func settle(o *plutoplus.Options) error {
	if err := o.Absolute(); err != nil {
		return err
	}
	return os.Chdir("/")
}

// release tells the parent that all is well, and lets go of its standard error if nothing more is to
// be written there.
func (p *parent) release(keepStderr bool) {
	if null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0); err == nil {
		defer null.Close()
		if !keepStderr {
			syscall.Dup3(int(null.Fd()), 2, 0)
		}
	}
	io.WriteString(p.pipe, "ready")
	p.pipe.Close()
}

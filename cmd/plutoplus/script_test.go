package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"ikewit/impl/ipseckey"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"plutoplus": main, "ipseckey": keyByHand})
}

// keyByHand is ipseckey without options but -f, numbers for names.
func keyByHand() {
	os.Exit(func() int {
		e, err := ipseckey.Open(os.Getenv(ipseckey.Variable))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer e.Close()
		p := ipseckey.New(ipseckey.Config{Options: ipseckey.Options{Numeric: true}, Engine: e, In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Names: &ipseckey.SystemNames{}})
		if len(os.Args) == 3 && os.Args[1] == "-f" {
			return p.File(os.Args[2])
		}
		return p.Command(os.Args[1:])
	}())
}

// ready is what a program says when it has begun.
var ready = map[string]string{"plutoplus": "listening on ", "ipseckey": "monitoring the PF_KEY socket."}

// The scripts of testdata run the program as a user does. Each has two UDP ports of its own, and the commands
//
//	exits status program [arg ...]        run it, and want this exit status
//	begins name program [arg ...]         run it beside the script; go on when it listens, or monitors
//	shows name text                       wait until its standard output has this text
//	ends name status [signal]             send the signal, wait, want the exit status; its output is in name.out and name.err
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               givePorts,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": exits, "begins": begins, "ends": ends, "shows": shows,
			"detaches": detaches, "stops": stops, "hangsup": hangsup,
		},
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits status program [arg ...]")
	}
	wantStatus(ts, args[0], ts.Exec(args[1], args[2:]...))
}

// wantStatus compares an exit status with what Wait of a command gave.
func wantStatus(ts *testscript.TestScript, want string, err error) {
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(got) != want {
		ts.Fatalf("exit status %d, want %s", got, want)
	}
}

// A process runs beside a script.
type process struct {
	cmd      *exec.Cmd
	out, err output
	wait     func() error
}

// processes are those of all scripts that run, by script and name.
var processes sync.Map

type processName struct {
	ts   *testscript.TestScript
	name string
}

func begins(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: begins name program [arg ...]")
	}
	p := &process{cmd: exec.Command(args[1], args[2:]...)}
	listens := p.out.wants(ready[args[1]])
	p.cmd.Path = lookPath(ts, args[1])
	p.cmd.Err = nil
	p.cmd.Dir, p.cmd.Env = ts.Getenv("WORK"), []string{"PATH=" + ts.Getenv("PATH"), "HOME=" + ts.Getenv("HOME"), ipseckey.Variable + "=" + ts.Getenv(ipseckey.Variable)}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.err
	ts.Check(p.cmd.Start())
	processes.Store(processName{ts, args[0]}, p)
	ended := make(chan struct{})
	var waited error
	go func() { waited = p.cmd.Wait(); close(ended) }()
	ts.Defer(func() { p.cmd.Process.Kill(); <-ended })
	p.wait = func() error { <-ended; return waited }
	select {
	case <-listens:
	case <-ended:
		ts.Fatalf("%s ended before it was ready: %v\n%s%s", args[0], waited, p.out.text(), p.err.text())
	}
}

func shows(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: shows name text")
	}
	p := running(ts, args[0])
	const patience = 20 * time.Second
	select {
	case <-p.out.wants(args[1]):
	case <-time.After(patience):
		ts.Fatalf("%s does not show %q:\n%s%s", args[0], args[1], p.out.text(), p.err.text())
	}
}

// running gives the process of a name.
func running(ts *testscript.TestScript, name string) *process {
	found, ok := processes.Load(processName{ts, name})
	if !ok {
		ts.Fatalf("nothing called %s runs", name)
	}
	return found.(*process)
}

func ends(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: ends name status [signal]")
	}
	p := running(ts, args[0])
	if len(args) > 2 {
		ts.Check(p.cmd.Process.Signal(map[string]os.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM}[args[2]]))
	}
	err := p.wait()
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".out"), []byte(p.out.text()), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".err"), []byte(p.err.text()), 0o600))
	ts.Logf("[%s stdout]\n%s[%s stderr]\n%s", args[0], p.out.text(), args[0], p.err.text())
	wantStatus(ts, args[1], err)
}

// lookPath finds a program where the script would.
func lookPath(ts *testscript.TestScript, name string) string {
	for _, dir := range strings.Split(ts.Getenv("PATH"), ":") {
		if info, err := os.Stat(dir + "/" + name); err == nil && info.Mode()&0o111 != 0 {
			return dir + "/" + name
		}
	}
	ts.Fatalf("no program %s", name)
	return ""
}

// An output collects what a process writes and tells when a text has come.
type output struct {
	mu     sync.Mutex
	all    bytes.Buffer
	wanted string
	came   chan struct{} // nil: nobody waits
}

// wants gives a channel that is closed when the text is there.
func (o *output) wants(text string) <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	came := make(chan struct{})
	o.wanted, o.came = text, came
	o.look()
	return came
}

func (o *output) look() {
	if o.came != nil && bytes.Contains(o.all.Bytes(), []byte(o.wanted)) {
		close(o.came)
		o.came = nil
	}
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all.Write(p)
	o.look()
	return len(p), nil
}

func (o *output) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.String()
}

// givePorts finds two ports that nobody has.
func givePorts(e *testscript.Env) error {
	for _, name := range []string{"PORT1", "PORT2"} {
		c, err := net.ListenPacket("udp", ":0")
		if err != nil {
			return err
		}
		defer c.Close()
		e.Setenv(name, strconv.Itoa(c.LocalAddr().(*net.UDPAddr).Port))
	}
	return nil
}

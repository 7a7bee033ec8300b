package main

import (
	"bufio"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"ikewit/impl/driver/none"
	"ikewit/impl/ipseckey"
	"ikewit/impl/pfserver"
	"ikewit/netns/guest"
)

func TestMain(m *testing.M) {
	guest.Init()
	testscript.Main(m, map[string]func(){
		"ipseckey":  asUser(0),
		"as-nobody": asUser(65534),
	})
}

// asUser is the program with names from the file that $HOSTS names, run by a user of this number if we are root.
func asUser(uid int) func() {
	return func() {
		if path := os.Getenv("HOSTS"); path != "" {
			names = hosts(path)
		}
		if uid != 0 {
			if err := syscall.Setuid(uid); err != nil {
				fmt.Fprintln(os.Stderr, "setuid:", err)
				os.Exit(99)
			}
		}
		main()
	}
}

// hosts are the names of a file like /etc/hosts.
type hosts string

func (h hosts) each(f func(address string, names []string)) {
	file, err := os.Open(string(h))
	if err != nil {
		panic(err)
	}
	defer file.Close()
	for s := bufio.NewScanner(file); s.Scan(); {
		if words := strings.Fields(s.Text()); len(words) > 1 {
			f(words[0], words[1:])
		}
	}
}

func (h hosts) Lookup(name string) (found []ipseckey.Found, err error) {
	h.each(func(address string, names []string) {
		for _, n := range names {
			if n != name {
				continue
			}
			if family, ok := strings.CutPrefix(address, "family"); ok {
				number, _ := strconv.Atoi(family)
				found = append(found, ipseckey.Found{Family: uint16(number)})
				continue
			}
			a := netip.MustParseAddr(address)
			f := ipseckey.Found{Family: ipseckey.FamilyInet, Addr: a}
			if a.Is6() {
				f.Family = ipseckey.FamilyInet6
			}
			found = append(found, f)
		}
	})
	if len(found) == 0 {
		return nil, ipseckey.ErrUnknownName
	}
	return found, nil
}

func (h hosts) Name(a netip.Addr) (name string) {
	h.each(func(address string, names []string) {
		if address == a.String() && name == "" {
			name = names[0]
		}
	})
	return name
}

// The scripts of testdata run the program as a user does, against a database of their own in user space. They hold the
// acceptance cases of the specification.
func TestScripts(t *testing.T) {
	testscript.Run(t, params("testdata", serve))
}

// params are those of scripts in a folder.
func params(dir string, setup func(*testscript.Env) error) testscript.Params {
	return testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setup,
		Condition: func(c string) (bool, error) {
			if c == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", c)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": exits, "start": start, "await": await, "interrupt": interrupt, "lines": lines, "mode": mode, "unpid": unpid,
		},
	}
}

// serve starts a key engine for one script.
func serve(e *testscript.Env) error {
	path := filepath.Join(e.WorkDir, "s")
	db := none.New(nil)
	service, err := pfserver.Start(path, pfserver.Config{Database: db})
	if err != nil {
		return err
	}
	e.Defer(func() {
		service.Close()
		db.Close()
	})
	e.Setenv("SOCKET", path)
	e.Setenv(ipseckey.Variable, "unix:"+path)
	e.Setenv("HOSTS", filepath.Join(e.WorkDir, "hosts"))
	e.Setenv("TZ", "UTC")
	e.Setenv("GORACE", "atexit_sleep_ms=0") // the race detector's second at each end
	e.Values["running"] = map[string]*exec.Cmd{}
	hosts := filepath.Join(e.WorkDir, "hosts")
	if _, err := os.Stat(hosts); err != nil {
		return os.WriteFile(hosts, nil, 0o600)
	}
	return nil
}

// exits runs a program and wants an exit status of it.
//
//	exits status program [arg ...]
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits status program [arg ...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// start runs a program in the background; what it says goes to NAME.out and NAME.err.
//
//	start name program [arg ...]
func start(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: start name program [arg ...]")
	}
	path, err := exec.LookPath(args[1])
	ts.Check(err)
	c := exec.Command(path, args[2:]...)
	for _, name := range []string{ipseckey.Variable, "HOSTS", "TZ", "PATH", "HOME", "GORACE"} {
		c.Env = append(c.Env, name+"="+ts.Getenv(name))
	}
	out, err := os.Create(ts.MkAbs(args[0] + ".out"))
	ts.Check(err)
	defer out.Close()
	errs, err := os.Create(ts.MkAbs(args[0] + ".err"))
	ts.Check(err)
	defer errs.Close()
	c.Stdout, c.Stderr, c.Dir = out, errs, ts.MkAbs(".")
	ts.Check(c.Start())
	ts.Value("running").(map[string]*exec.Cmd)[args[0]] = c
	ts.Defer(func() {
		if c.ProcessState == nil {
			c.Process.Kill()
			c.Wait()
		}
	})
}

// await waits until a file has a text that fits.
//
//	await file pattern
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await file pattern")
	}
	pattern := regexp.MustCompile("(?m)" + args[1])
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for range 2000 {
		if text, err := os.ReadFile(ts.MkAbs(args[0])); err == nil && pattern.Match(text) {
			return
		}
		<-ticker.C
	}
	ts.Fatalf("%s has no %q:\n%s", args[0], args[1], ts.ReadFile(args[0]))
}

// interrupt sends a signal to a program that was started, and wants an exit status of it.
//
//	interrupt name signal status
func interrupt(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: interrupt name signal status")
	}
	c := ts.Value("running").(map[string]*exec.Cmd)[args[0]]
	number, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(c.Process.Signal(syscall.Signal(number)))
	c.Wait()
	if got := strconv.Itoa(c.ProcessState.ExitCode()); got != args[2] {
		ts.Fatalf("%s: exit status %s, want %s", args[0], got, args[2])
	}
}

// lines wants so many lines of a file that fit.
//
//	lines count file pattern
func lines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: lines count file pattern")
	}
	found := regexp.MustCompile("(?m)"+args[2]).FindAllString(ts.ReadFile(args[1]), -1)
	if strconv.Itoa(len(found)) != args[0] {
		ts.Fatalf("%d lines of %s fit %q, want %s:\n%s", len(found), args[1], args[2], args[0], ts.ReadFile(args[1]))
	}
}

// mode wants the permission bits of a file.
//
//	mode bits file
func mode(ts *testscript.TestScript, neg bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := strconv.FormatUint(uint64(info.Mode().Perm()), 8); got != args[0] {
		ts.Fatalf("%s has mode %s, want %s", args[1], got, args[0])
	}
}

// unpid writes a file again as unpid.out, process numbers replaced.
//
//	unpid file
func unpid(ts *testscript.TestScript, neg bool, args []string) {
	text := regexp.MustCompile(`pid=\d+`).ReplaceAllString(ts.ReadFile(args[0]), "pid=PID")
	ts.Check(os.WriteFile(ts.MkAbs("unpid.out"), []byte(text), 0o600))
}

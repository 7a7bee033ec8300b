package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// detaches runs a program that goes into the background, and wants that the one we started exits with 0. The
// other is found by its arguments, which nobody else has: a port of the script is among them. stops
// ends it, hangsup sends it SIGHUP.
//
//	detaches name program arg ...
//	hangsup name
//	stops name
func detaches(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: detaches name program arg ...")
	}
	stderr, err := os.Create(ts.MkAbs(args[0] + ".err")) // a file: the daemon may keep it open
	ts.Check(err)
	defer stderr.Close()
	cmd := exec.Command(lookPath(ts, args[1]), args[2:]...)
	cmd.Args[0] = args[1]
	cmd.Dir, cmd.Env, cmd.Stderr = ts.Getenv("WORK"), []string{"PATH=" + ts.Getenv("PATH"), "HOME=" + ts.Getenv("HOME")}, stderr
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(stderr.Name())
		ts.Fatalf("%v\n%s", err, text)
	}
	pid := findProcess(args[1:])
	if pid == 0 {
		ts.Fatalf("no process in the background")
	}
	fd, err := unix.PidfdOpen(pid, 0)
	ts.Check(err)
	detached.Store(processName{ts, args[0]}, fd)
	ts.Defer(func() { unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0); unix.Close(fd) })
}

// detached are the processes in the background of all scripts, by descriptors that cannot come to mean another one.
var detached sync.Map

func hangsup(ts *testscript.TestScript, neg bool, args []string) {
	ts.Check(unix.PidfdSendSignal(descriptorOf(ts, neg, args), unix.SIGHUP, nil, 0))
}

// descriptorOf gives that of the process in the background that the one argument names.
func descriptorOf(ts *testscript.TestScript, neg bool, args []string) int {
	if neg || len(args) != 1 {
		ts.Fatalf("one name is wanted")
	}
	found, ok := detached.Load(processName{ts, args[0]})
	if !ok {
		ts.Fatalf("nothing called %s runs", args[0])
	}
	return found.(int)
}

func stops(ts *testscript.TestScript, neg bool, args []string) {
	fd := descriptorOf(ts, neg, args)
	ts.Check(unix.PidfdSendSignal(fd, unix.SIGTERM, nil, 0))
	const patience = 10_000 // milliseconds
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, patience)
	if n != 1 {
		ts.Fatalf("%s did not end: %v", args[0], err)
	}
}

// findProcess gives the process with these arguments, 0 if there is none.
func findProcess(args []string) int {
	want := []byte(strings.Join(args, "\x00") + "\x00")
	paths, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range paths {
		if line, err := os.ReadFile(path); err == nil && bytes.Equal(line, want) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			return pid
		}
	}
	return 0
}

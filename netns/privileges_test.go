package netns

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const nobodyID = 65534

// asNobody prepares this test program to run as user nobody, from a folder that nobody can read.
func asNobody(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	if os.Getuid() != 0 || os.Getenv(inside) != "" {
		t.Skip("only root can become nobody; these tests run without root as they are")
	}
	able(t)
	folder, err := os.MkdirTemp("", "ikewit-nobody-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	program := filepath.Join(folder, "netns.test")
	self, err := os.ReadFile("/proc/self/exe")
	if err := errors.Join(err, os.Chmod(folder, 0o755), os.WriteFile(program, self, 0o755)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "CI=true", "TMPDIR=/tmp"} // CI: skipping is failing
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobodyID, Gid: nobodyID}}
	return cmd
}

func TestEverythingWorksAsNobody(t *testing.T) {
	cmd := asNobody(t, "-test.v", "-test.run",
		"^(TestEveryTopology|TestNAT|TestDo|TestLeftovers|TestCommand|TestSettings|TestThreads|TestCloseIsTheEnd|TestLinkMTU)")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if n := bytes.Count(out, []byte("\n--- PASS: ")); n < 12 {
		t.Errorf("only %d tests passed:\n%s", n, out)
	}
	if bytes.Contains(out, []byte("--- SKIP")) {
		t.Errorf("skipped:\n%s", out)
	}
}

// In the user namespace this process is root, but not the root of the machine.
func TestWhoIsRoot(t *testing.T) {
	cmd := asNobody(t)
	cmd.Env = append(cmd.Env, roleVariable+"=say who you are")
	if out, err := cmd.Output(); err != nil || string(out) != "0 0 65534 1\n" {
		t.Errorf("got %q, %v", out, err)
	}
}

func TestStatusPassesThrough(t *testing.T) {
	cmd := asNobody(t)
	cmd.Env = append(cmd.Env, roleVariable+"=end with status 7")
	if err := cmd.Run(); cmd.ProcessState.ExitCode() != 7 {
		t.Errorf("ended with %v", err)
	}
}

func TestSignalsPassThrough(t *testing.T) {
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, unix.SIGHUP) // under nohup(1) the program would inherit that it is ignored
	defer signal.Stop(caught)
	for _, s := range []syscall.Signal{unix.SIGTERM, unix.SIGINT, unix.SIGHUP, unix.SIGKILL} {
		cmd := asNobody(t)
		cmd.Env = append(cmd.Env, roleVariable+"=wait for a signal")
		in, err1 := cmd.StdinPipe() // stays open: only the signal ends the program
		out, err2 := cmd.StdoutPipe()
		if err := errors.Join(err1, err2, cmd.Start()); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(out, make([]byte, len("ready\n"))); err != nil {
			t.Fatal(err)
		}
		cmd.Process.Signal(s)
		err := cmd.Wait()
		in.Close()
		if status := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != s {
			t.Errorf("signal %v: ended with %v", s, err)
		}
	}
}

// Each way in which the kernel refuses leads to a sentence that says what to look at.
func TestExplainNamesTheCause(t *testing.T) {
	for _, row := range []struct {
		err  error
		want string
	}{
		{unix.ENOSPC, "/proc/sys/user/max_"},
		{unix.EPERM, "sandbox"},
		{unix.EINVAL, "built without"},
	} {
		got := explain(row.err)
		if !errors.Is(got, row.err) || !strings.Contains(got.Error(), row.want) {
			t.Errorf("%v: %v", row.err, got)
		}
	}
	if explain(io.EOF) != io.EOF {
		t.Error("an error that says enough was changed")
	}
}

// Where user namespaces are turned off, the program ends with the setting that turned them off.
func TestNoUserNamespaces(t *testing.T) {
	cmd := asNobody(t)
	// The limits hold for a user namespace and what is below: a user namespace of its own keeps the change to itself.
	const script = `echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --reuid 65534 --regid 65534 --keep-groups "$@"`
	cmd.Args = append([]string{"sh", "-c", script, "sh", cmd.Path}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:                 unix.CLONE_NEWUSER | unix.CLONE_NEWNS,
		UidMappings:                []syscall.SysProcIDMap{{ContainerID: 0, HostID: 0, Size: 1}, {ContainerID: nobodyID, HostID: nobodyID, Size: 1}},
		GidMappings:                []syscall.SysProcIDMap{{ContainerID: 0, HostID: 0, Size: 1}, {ContainerID: nobodyID, HostID: nobodyID, Size: 1}},
		GidMappingsEnableSetgroups: true,
	}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "user/max_user_namespaces is 0: user namespaces are turned off") {
		t.Errorf("ended with %v:\n%s", err, out)
	}
}

package netns

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestCommandRunsInside(t *testing.T) {
	f := mustBuild(t, "pair")
	var inside string
	f.Host("bob").Do(func() (err error) {
		inside, err = os.Readlink("/proc/thread-self/ns/net")
		return err
	})
	out, err := f.Host("bob").Command(t.Context(), "readlink", "/proc/self/ns/net").Output()
	if err != nil || strings.TrimSpace(string(out)) != inside {
		t.Errorf("got %q, %v, want %s", out, err, inside)
	}
	if to, err := os.Readlink(f.Host("bob").Path()); err != nil || to != inside {
		t.Errorf("Path leads to %s, %v, want %s", to, err, inside)
	}
}

func TestCommandFails(t *testing.T) {
	f := mustBuild(t, "pair")
	alice := f.Host("alice")
	var exit *exec.ExitError
	_, err := alice.Command(t.Context(), "sh", "-c", "echo oh >&2; exit 3").Output()
	if !errors.As(err, &exit) || exit.ExitCode() != 3 || string(exit.Stderr) != "oh\n" {
		t.Errorf("got %v", err)
	}
	both, err := alice.Command(t.Context(), "sh", "-c", "echo one; echo two >&2; exit 1").CombinedOutput()
	if string(both) != "one\ntwo\n" || !errors.As(err, &exit) {
		t.Errorf("got %q, %v", both, err)
	}
	err = alice.Command(t.Context(), "/no/such/program").Run()
	if err == nil || !strings.Contains(err.Error(), `run /no/such/program in host "alice"`) {
		t.Errorf("got %v", err)
	}
	if left, err := f.Leftovers(); err != nil || len(left) > 0 {
		t.Errorf("left over: %q, %v", left, err)
	}
}

// A daemon gets a /run of its own, and files where it looks for them.
func TestCommandSeesItsMounts(t *testing.T) {
	f := mustBuild(t, "pair")
	own := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(own, []byte("mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile("/etc/hosts")
	c := f.Host("alice").Command(t.Context(), "sh", "-c", "echo x >/run/charon.pid; ls /run; cat /etc/hosts")
	c.Mounts = []Mount{{At: "/run"}, {At: "/etc/hosts", From: own}}
	out, err := c.CombinedOutput()
	if err != nil || string(out) != "charon.pid\nmine\n" {
		t.Errorf("got %q, %v", out, err)
	}
	if after, _ := os.ReadFile("/etc/hosts"); string(after) != string(before) {
		t.Error("the mount is seen outside")
	}
	if _, err := os.Stat("/run/charon.pid"); err == nil {
		t.Error("the file is seen outside")
	}
	c = f.Host("alice").Command(t.Context(), "true")
	c.Mounts = []Mount{{At: "/no/such/place", From: own}}
	if err := c.Run(); err == nil || !strings.Contains(err.Error(), "at /no/such/place: no such file") {
		t.Errorf("got %v", err)
	}
}

func TestCommandEndsWithItsContextAndTakesItsChildrenAlong(t *testing.T) {
	f := mustBuild(t, "pair")
	ctx, cancel := context.WithCancel(t.Context())
	c := f.Host("alice").Command(ctx, "sh", "-c", "sleep 1000 & echo $!; wait")
	out, in := io.Pipe()
	c.Stdout = in
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line == "\n" {
		t.Fatalf("got %q, %v", line, err)
	}
	if left, _ := f.Leftovers(); len(left) != 2 {
		t.Errorf("programs: %q", left)
	}
	cancel()
	if err := c.Wait(); err == nil {
		t.Error("killed and no error")
	}
	// Both have been sent the signal; the grandchild is gone when its pid is that of nobody or of a zombie.
	if left, err := f.Leftovers(); err != nil || len(left) > 0 {
		t.Errorf("left over: %q, %v", left, err)
	}
}

// Also when this process is killed and can clean up nothing, its programs end, and the namespaces with them.
func TestProgramsDieWithUs(t *testing.T) {
	able(t)
	us := exec.CommandContext(t.Context(), "/proc/self/exe")
	us.Env = append(os.Environ(), roleVariable+"=start a program and wait")
	in, err1 := us.StdinPipe()
	out, err2 := us.StdoutPipe()
	if err := errors.Join(err1, err2, us.Start()); err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var pid int
	if _, err := fmt.Fscan(out, &pid); err != nil {
		t.Fatal(err)
	}
	program, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(program)
	us.Process.Kill()
	us.Wait()
	const patience = 10000 // milliseconds
	if ready, err := unix.Poll([]unix.PollFd{{Fd: int32(program), Events: unix.POLLIN}}, patience); ready != 1 || err != nil {
		t.Errorf("program %d lives on: %v", pid, err)
		unix.Kill(pid, unix.SIGKILL)
	}
}

func TestKeepGivesANameThatIPKnows(t *testing.T) {
	f := mustBuild(t, "pair")
	name, err := f.Host("alice").Keep()
	if errors.Is(err, os.ErrPermission) {
		t.Skip("/run/netns cannot be written: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	path := "/run/netns/" + name
	defer func() {
		if err := errors.Join(unix.Unmount(path, unix.MNT_DETACH), os.Remove(path)); err != nil {
			t.Error(err)
		}
	}()
	var kept, inside unix.Stat_t
	if err := errors.Join(unix.Stat(path, &kept), unix.Stat(f.Host("alice").Path(), &inside)); err != nil || kept.Ino != inside.Ino {
		t.Errorf("%s is %d, the namespace %d; %v", path, kept.Ino, inside.Ino, err)
	}
	if _, err := f.Host("alice").Keep(); !errors.Is(err, os.ErrExist) {
		t.Errorf("a second time: %v", err)
	}
}

package host

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A user without privilege has all of this in a user namespace, but for TUN devices on some machines; a veth pair takes
// their place there.
func TestEverythingWorksAsNobody(t *testing.T) {
	if m, err := os.ReadFile("/proc/self/uid_map"); os.Getuid() != 0 || err != nil || !bytes.Contains(m, []byte("4294967295")) {
		t.Skip("only root of the machine can become nobody; without root, these tests run that way as they are")
	}
	folder, err := os.MkdirTemp("", "ikewit-nobody-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(folder)
	program := filepath.Join(folder, "host.test")
	self, err := os.ReadFile("/proc/self/exe")
	if err := errors.Join(err, os.Chmod(folder, 0o755), os.WriteFile(program, self, 0o755)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "-test.v", "-test.run", "^Test(UDP|Raw|Tunnel|OpenTunnel|Tap|Ping|Diversion)")
	cmd.Dir, cmd.Env = "/", []string{"PATH=" + os.Getenv("PATH"), "CI=true"}
	const nobody = 65534
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	// Nothing may be skipped but the TUN device.
	passed, skipped := bytes.Count(out, []byte("\n--- PASS: ")), bytes.Count(out, []byte("--- SKIP: "))
	if tun := bytes.Count(out, []byte("/tun (")); passed < 30 || skipped > tun {
		t.Errorf("passed %d, skipped %d:\n%s", passed, skipped, out)
	}
}

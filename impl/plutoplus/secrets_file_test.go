package plutoplus

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"ikewit/impl/conn"
	"ikewit/impl/secret"
)

var bob = netip.MustParseAddr("10.0.0.2")

// ask looks a secret up and gives it, or the error, in words.
func ask(s *secretsFile) string {
	key, err := s.PreShared(netip.Addr{}, bob, conn.Identity{})
	if err != nil {
		return err.Error()
	}
	return string(key.Octets())
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chmod(path, mode)); err != nil {
		t.Fatal(err)
	}
}

func TestSecretsAreReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "isakmp-secrets")
	var warnings []string
	s := &secretsFile{path: path, warn: func(format string, args ...any) {
		warnings = append(warnings, fmt.Sprintf(format, args...))
	}}
	if got, want := ask(s), "no secret for 10.0.0.2 in "+path; got != want {
		t.Errorf("missing file: %s, want %s", got, want)
	}
	if _, err := s.PreShared(netip.Addr{}, bob, conn.Identity{}); !errors.Is(err, secret.ErrNone) {
		t.Errorf("missing file: %v", err)
	}
	write(t, path, "10.0.0.2 one\nbad\n", 0o600)
	if got := ask(s); got != "one" {
		t.Error(got)
	}
	ask(s)
	if len(warnings) != 1 || warnings[0] != fmt.Sprintf("%q line 2: one field only: an entry is one or more peers and then the secret", path) {
		t.Errorf("warnings %q", warnings)
	}
	write(t, path, "10.0.0.2 two\n", 0o600)
	if got := ask(s); got != "two" {
		t.Errorf("after an edit: %s", got)
	}
	write(t, path, "10.0.0.3 three\n", 0o604)
	if got, want := ask(s), "no secret for 10.0.0.2 in "+path; got != want {
		t.Errorf("no entry: %s, want %s", got, want)
	}
	if len(warnings) != 2 || !strings.Contains(warnings[1], "others may read it") {
		t.Errorf("warnings %q", warnings)
	}
}

func TestUnsafeSecretsFilesAreRefused(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good")
	write(t, good, "10.0.0.2 good\n", 0o600)
	link := filepath.Join(dir, "link")
	if err := os.Symlink(good, link); err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	group, other := filepath.Join(dir, "group"), filepath.Join(dir, "other")
	write(t, group, "10.0.0.2 x\n", 0o620)
	write(t, other, "10.0.0.2 x\n", 0o602)
	for _, row := range []struct{ path, witDir, want string }{
		{good, "", "good"},
		{good, dir, "good"},
		{link, "", "good"},
		{link, filepath.Join(dir, "elsewhere"), "good"},
		{link, dir + "/.", link + ": refused: it is a symbolic link"},
		{group, "", group + ": refused: group or others may write it; chmod go-w"},
		{other, "", other + ": refused: group or others may write it; chmod go-w"},
		{pipe, "", pipe + ": refused: it is not a regular file"},
		{dir, "", dir + ": refused: it is not a regular file"},
	} {
		s := &secretsFile{path: row.path, witDir: row.witDir, warn: t.Logf}
		if got := ask(s); got != row.want {
			t.Errorf("%s in %s: %s, want %s", row.path, row.witDir, got, row.want)
		}
	}
}

func TestSecretsFileDoesNotPrint(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	write(t, path, "10.0.0.2 hunter2\n", 0o600)
	s := &secretsFile{path: path, warn: t.Logf}
	if ask(s) != "hunter2" {
		t.Fatal("no secret")
	}
	for _, verb := range []string{"%v", "%+v", "%s", "%x"} {
		if text := fmt.Sprintf(verb, s); strings.Contains(text, "hunter2") || strings.Contains(text, "68756e7465") {
			t.Errorf("%s: %s", verb, text)
		}
	}
}

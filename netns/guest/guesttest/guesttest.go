// Package guesttest lets a test that this kernel cannot serve run again in the guest.
package guesttest

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"ikewit/netns/guest"
)

// Again runs this test there, and nothing else of its program: guest.Init must come first in TestMain. The test has passed
// if the part of it that is named has ("": the whole). It is skipped with -short, without root, and, but in CI, where
// something is missing that a guest needs.
func Again(t *testing.T, part string) {
	t.Helper()
	switch {
	case testing.Short():
		t.Skip("a guest takes long to boot; -short was given")
	case os.Geteuid() != 0:
		t.Skip("needs root, to be root in the guest")
	case guest.Missing() != nil && os.Getenv("CI") != "true":
		t.Skip(guest.Missing())
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	status, err := guest.Run(ctx, guest.Config{Command: []string{program, "-test.run", "^" + t.Name() + "$", "-test.v"}, Stdout: &out})
	if err != nil || status != 0 || !strings.Contains(out.String(), "--- PASS: "+t.Name()+part) {
		t.Errorf("in the guest: status %d, %v\n%s", status, err, out.String())
	}
}

package main

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"ikewit/impl/ipseckey"
	"ikewit/netns/guest"
)

// The kernel's databases want a kernel that has them: where this one has no AF_KEY the test runs in the guest, whose
// databases it has for itself.
func TestKernel(t *testing.T) {
	if !guest.Inside() {
		inGuest(t)
		return
	}
	for _, choice := range []string{"xfrm", "pfkey"} {
		t.Run(choice, func(t *testing.T) {
			t.Run("scripts", func(t *testing.T) { // which are parallel, but within this
				testscript.Run(t, params("testdata/kernel", func(e *testscript.Env) error {
					if err := serve(e); err != nil {
						return err
					}
					e.Setenv(ipseckey.Variable, choice)
					return nil
				}))
			})
		})
	}
}

// inGuest runs the same test there.
func inGuest(t *testing.T) {
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
	if err != nil || status != 0 || !strings.Contains(out.String(), "--- PASS: "+t.Name()+"/pfkey/scripts/kernel") {
		t.Errorf("in the guest: status %d, %v\n%s", status, err, out.String())
	}
}

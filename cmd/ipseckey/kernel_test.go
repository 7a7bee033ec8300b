package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"ikewit/impl/ipseckey"
	"ikewit/netns/guest"
	"ikewit/netns/guest/guesttest"
)

// The kernel's databases want a kernel that has them: where this one has no AF_KEY the test runs in the guest, whose
// databases it has for itself.
func TestKernel(t *testing.T) {
	if !guest.Inside() {
		guesttest.Again(t, "/pfkey/scripts/kernel")
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

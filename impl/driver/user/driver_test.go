package user

import (
	"testing"

	"ikewit/impl/sadb"
	"ikewit/impl/sadb/sadbtest"
	"ikewit/netns"
)

func TestDriver(t *testing.T) {
	sadbtest.Run(t, func(t *testing.T) sadb.Driver {
		n := build(t, "pair", netns.Options{})
		d, err := New(Options{In: n.Host("alice").Do})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}, sadbtest.Options{})
}

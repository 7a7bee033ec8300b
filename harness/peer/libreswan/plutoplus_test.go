package libreswan

import (
	"context"
	"testing"

	"ikewit/harness/peer"
	"ikewit/harness/peer/peertest"
	"ikewit/harness/peer/preload"
	"ikewit/netns"
)

// plutoplus and libreswan's pluto, each as initiator and as responder.
func TestPlutoNegotiatesWithPlutoplus(t *testing.T) {
	needPluto(t, context.Background())
	library, err := preload.Build(context.Background(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	start := func(ctx context.Context, host *netns.Host, terms peer.Terms, dir string) (peer.Initiator, error) {
		return New(ctx, host, terms, dir, library)
	}
	peertest.WithPlutoplus(t, "pluto", start, []string{
		"-e 3 -a 3 -s -3 --group 5", "-e 3 -a 2 -3 -f --group 5", "-a 2 -t -3 --group 5", "-a 3 -f -s -3 --group 5", "-e 11 -a 3 -t -3 --group 5",
	})
}

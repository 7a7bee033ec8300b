package strongswan

import (
	"context"
	"testing"

	"ikewit/harness/peer"
	"ikewit/harness/peer/peertest"
	"ikewit/harness/peer/preload"
	"ikewit/netns"
)

// plutoplus and charon, each as initiator and as responder: the first foreign reading of our Main Mode and Quick Mode.
func TestCharonNegotiatesWithPlutoplus(t *testing.T) {
	needCharon(t)
	library, err := preload.Build(context.Background(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	start := func(_ context.Context, host *netns.Host, terms peer.Terms, dir string) (peer.Initiator, error) {
		return New(host, terms, Nowhere, dir, library)
	}
	peertest.WithPlutoplus(t, "charon", start, []string{
		"", "-e 3 -a 3 -s -3", "-e 3 -a 3 -s -3 -f", "-a 2 -t -3", "-a 3 -f", "-e 7 -k 16 -a 3 --group 5", "-e 11 -a 2 --group 1", "-e 2 -t -f",
	})
}

package strongswan

import (
	"context"
	"strings"
	"testing"

	"ikewit/harness/peer"
	"ikewit/harness/peer/peertest"
	"ikewit/impl/alg"
	"ikewit/impl/plutoplus"
	"ikewit/netns"
	"ikewit/netns/topo"
)

func starter(t *testing.T) peertest.Start {
	t.Helper()
	library := peertest.Need(t, Missing())
	return func(_ context.Context, host *netns.Host, terms peer.Terms, dir string) (peer.Foreign, error) {
		return New(host, terms, Nowhere, dir, library)
	}
}

func TestCharonNegotiatesWithItself(t *testing.T) {
	peertest.WithItself(t, starter(t), []string{"-e 3 -a 3 -s -3", "-a 2 -t", "-e 7 -k 16 -a 3 -f --group 5"})
}

// plutoplus and charon, each as initiator and as responder: the first foreign reading of our Main Mode and Quick Mode.
func TestCharonNegotiatesWithPlutoplus(t *testing.T) {
	peertest.WithPlutoplus(t, "charon", starter(t), []string{
		"", "-e 3 -a 3 -s -3", "-e 3 -a 3 -s -3 -f", "-a 2 -t -3", "-a 3 -f", "-e 7 -k 16 -a 3 --group 5", "-e 11 -a 2 --group 1", "-e 2 -t -f",
	})
}

func TestConfigNamesTheProposals(t *testing.T) {
	top, err := topo.ByName("pair")
	if err != nil {
		t.Fatal(err)
	}
	o, _, err := plutoplus.Parse([]string{"--wit", "-d", top.Addr("bob", "").String(), "-e", "3", "-a", "3", "-3", "-s", "-t"})
	if err != nil {
		t.Fatal(err)
	}
	ends, err := o.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := Config(peer.Terms{Conn: o.Connection(top.Addr("alice", ""), ends), Secret: alg.Key("secret")})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"proposals = 3des-sha1-modp1024", "esp_proposals = 3des-sha1", "mode = tunnel", "version = 1"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

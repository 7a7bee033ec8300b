package libreswan

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"ikewit/harness/peer"
	"ikewit/harness/peer/peertest"
	"ikewit/impl/engine/enginetest"
	"ikewit/impl/plutoplus"
	"ikewit/netns"
	"ikewit/netns/topo"
)

func starter(t *testing.T) peertest.Start {
	t.Helper()
	library := peertest.Need(t, Missing(t.Context()))
	return func(ctx context.Context, host *netns.Host, terms peer.Terms, dir string) (peer.Foreign, error) {
		return New(ctx, host, terms, dir, library)
	}
}

func TestPlutoNegotiatesWithItself(t *testing.T) {
	peertest.WithItself(t, starter(t), []string{"-e 3 -a 3 -s -3 --group 5", "-a 2 -t -3 --group 5 -f"})
}

// plutoplus and pluto, each as initiator and as responder.
func TestPlutoNegotiatesWithPlutoplus(t *testing.T) {
	peertest.WithPlutoplus(t, "pluto", starter(t), []string{
		"-e 3 -a 3 -s -3 --group 5", "-e 3 -a 2 -3 -f --group 5", "-a 2 -t -3 --group 5", "-a 3 -f -s -3 --group 5", "-e 11 -a 3 -t -3 --group 5",
	})
}

func TestConfigRefusesWhatTheBuildLacks(t *testing.T) {
	top, err := topo.ByName("pair")
	if err != nil {
		t.Fatal(err)
	}
	for options, want := range map[string]string{
		"-e 3 -a 3 -3":           "group modp1024",
		"-e 3 -a 3 --group 5":    "cipher des",
		"-e 7 -a 3 -3 --group 5": "cipher blowfish",
		"-e 3 -3 --group 5":      "without authentication",
	} {
		o, _, err := plutoplus.Parse(append([]string{"--wit", "-d", top.Addr("bob", "").String()}, strings.Fields(options)...))
		if err != nil {
			t.Fatal(err)
		}
		ends, err := o.Resolve(nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = Config(peer.Terms{Conn: o.Connection(top.Addr("alice", ""), ends)}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", options, err, want)
		}
	}
}

func TestConfigOfAnyPeer(t *testing.T) {
	c, err := enginetest.Profile{IKE: []string{"aes128-sha1-modp2048"}}.Connection("any", netip.MustParseAddr("192.0.2.2"), netip.Addr{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := Config(peer.Terms{Conn: c})
	if err != nil || !strings.Contains(text, "right=%any\n") || !strings.Contains(text, "left=192.0.2.2\n") {
		t.Errorf("%v in\n%s", err, text)
	}
}

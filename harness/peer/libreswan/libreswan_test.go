package libreswan

import (
	"context"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"ikewit/harness/peer"
	"ikewit/harness/peer/peertest"
	"ikewit/harness/peer/preload"
	"ikewit/impl/engine/enginetest"
	"ikewit/impl/plutoplus"
	"ikewit/netns"
	"ikewit/netns/topo"
)

func needPluto(t *testing.T, ctx context.Context) {
	t.Helper()
	err := Missing(ctx)
	if err == nil && os.Geteuid() != 0 {
		t.Skip("pluto needs root")
	}
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip(err)
	}
}

func TestPlutoNegotiatesWithItself(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	needPluto(t, ctx)
	library, err := preload.Build(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, options := range []string{"-e 3 -a 3 -s -3 --group 5", "-a 2 -t -3 --group 5 -f"} {
		t.Run(options, func(t *testing.T) {
			top, err := topo.ByName("pair")
			if err != nil {
				t.Fatal(err)
			}
			f, err := netns.Build(top, netns.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			var pair []*Peer
			for _, name := range []string{"alice", "bob"} {
				p, err := New(ctx, f.Host(name), peertest.Terms(t, top, name, options), t.TempDir(), library)
				if err != nil {
					t.Fatal(err)
				}
				defer func() {
					if err := p.Close(); err != nil {
						t.Error(err)
					}
				}()
				if err := p.Start(ctx); err != nil {
					t.Fatalf("%s: %v\n%v", name, err, p.Journal().Lines(0)[max(0, len(p.Journal().Lines(0))-3):])
				}
				pair = append(pair, p)
			}
			t.Log(pair[0].Version())
			if err := pair[0].Initiate(ctx); err != nil {
				for _, p := range pair {
					for _, l := range p.Journal().Lines(0) {
						t.Log(p.Host(), l.Text)
					}
				}
				t.Fatal(err)
			}
		})
	}
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

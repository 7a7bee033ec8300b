package strongswan

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"ikewit/harness/peer"
	"ikewit/harness/peer/peertest"
	"ikewit/harness/peer/preload"
	"ikewit/impl/alg"
	"ikewit/impl/plutoplus"
	"ikewit/netns"
	"ikewit/netns/topo"
)

func needCharon(t *testing.T) {
	t.Helper()
	err := Missing()
	if err == nil && os.Geteuid() != 0 {
		t.Skip("charon needs root")
	}
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip(err)
	}
}

func TestCharonNegotiatesWithItself(t *testing.T) {
	needCharon(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	library, err := preload.Build(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, options := range []string{"-e 3 -a 3 -s -3", "-a 2 -t", "-e 7 -k 16 -a 3 -f --group 5"} {
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
				p, err := New(f.Host(name), peertest.Terms(t, top, name, options), Nowhere, t.TempDir(), library)
				if err != nil {
					t.Fatal(err)
				}
				defer func() {
					if err := p.Close(); err != nil {
						t.Error(err)
					}
				}()
				if err := p.Start(ctx); err != nil {
					t.Fatalf("%s: %v\n%v", name, err, p.Journal().Lines(0))
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
			for _, p := range pair {
				if ok, err := p.Established(ctx); !ok || err != nil {
					t.Errorf("%s: established %v, %v", p.Host(), ok, err)
				}
			}
		})
	}
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

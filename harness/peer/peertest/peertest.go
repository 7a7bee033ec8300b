// Package peertest is what every foreign peer must do in tests: negotiate with itself, and with plutoplus in both roles.
package peertest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ikewit/harness/fabric"
	"ikewit/harness/peer"
	ours "ikewit/harness/peer/plutoplus"
	"ikewit/harness/peer/preload"
	"ikewit/impl/alg"
	"ikewit/impl/plutoplus"
	"ikewit/netns"
	"ikewit/netns/netnstest"
	"ikewit/netns/topo"
)

// Start makes a peer in a host; dir is a folder of its own.
type Start func(ctx context.Context, host *netns.Host, t peer.Terms, dir string) (peer.Foreign, error)

// Need skips a test where a peer's programs are not there or may not be run, and builds the library with which they negotiate on a
// kernel without ESP. In CI they are there.
func Need(t *testing.T, missing error) (library string) {
	t.Helper()
	switch {
	case missing != nil && os.Getenv("CI") == "true":
		t.Fatal(missing)
	case missing != nil:
		t.Skip(missing)
	case os.Geteuid() != 0:
		t.Skip("a foreign daemon needs root")
	}
	library, err := preload.Build(context.Background(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return library
}

// WithItself negotiates each line of options between two peers of the kind; both say that the connection stands, and what they are.
func WithItself(t *testing.T, start Start, lines []string) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	for _, options := range lines {
		t.Run(options, func(t *testing.T) {
			t.Parallel()
			top := netnstest.Topology(t, "pair")
			f, err := netns.Build(top, netns.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { f.Close() }) // pluto leaves policies behind
			var pair []peer.Foreign
			for _, name := range []string{"alice", "bob"} {
				p, err := start(ctx, f.Host(name), Terms(t, top, name, options), t.TempDir())
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() {
					if err := p.Close(); err != nil {
						t.Error(err)
					}
				})
				if err := p.Start(ctx); err != nil {
					tell(t, p)
					t.Fatalf("%s: %v", name, err)
				}
				pair = append(pair, p)
			}
			if err := pair[0].Initiate(ctx); err != nil {
				tell(t, pair[0], pair[1])
				t.Fatal(err)
			}
			for _, p := range pair {
				if ok, err := p.Established(ctx); !ok || err != nil || p.Pairs() != 1 || p.Version() == "" {
					t.Errorf("%s, %q: established %v, %v, %d pairs", p.Host(), p.Version(), ok, err, p.Pairs())
				}
			}
		})
	}
}

// tell shows what peers said.
func tell(t *testing.T, list ...peer.Peer) {
	for _, p := range list {
		for _, l := range p.Journal().Lines(0) {
			t.Log(p.Host(), l.Text)
		}
	}
}

// Terms translates a command line of plutoplus into what the peer at a host of the topology pair is configured for.
func Terms(t *testing.T, top topo.Topology, host, options string) peer.Terms {
	t.Helper()
	other := map[string]string{"alice": "bob", "bob": "alice"}[host]
	o, _, err := plutoplus.Parse(append([]string{"--wit", "-d", top.Addr(other, "").String()}, strings.Fields(options)...))
	if err != nil {
		t.Fatal(err)
	}
	ends, err := o.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return peer.Terms{Conn: o.Connection(top.Addr(host, ""), ends), Secret: alg.Key("a secret of peertest")}
}

// WithPlutoplus negotiates each line of options, the peer at bob once as responder and once as initiator.
func WithPlutoplus(t *testing.T, name string, start Start, lines []string) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel) // after the parallel ones
	for i, options := range lines {
		for _, role := range []string{"initiator", "responder"} {
			run := fmt.Sprintf("%s-%d-%s", name, i, role[:1])
			t.Run(role+" "+options, func(t *testing.T) {
				t.Parallel()
				negotiate(t, ctx, run, start, options, role == "initiator")
			})
		}
	}
}

// negotiate: initiator says whether plutoplus is it.
func negotiate(t *testing.T, ctx context.Context, run string, start Start, options string, initiator bool) {
	top, err := topo.ByName("pair")
	if err != nil {
		t.Fatal(err)
	}
	f, err := fabric.BuildNamespaces(top, run)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	terms := Terms(t, top, "bob", options)
	foreign, err := start(ctx, f.Host("bob"), terms, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer foreign.Close()
	if err := foreign.Start(ctx); err != nil {
		t.Fatal(err)
	}
	local := plutoplusAt(t, f, ctx, options, terms.Secret, initiator)
	defer local.Close()
	if !initiator {
		if err := foreign.Initiate(ctx); err != nil {
			t.Error(err)
		}
	}
	select {
	case <-local.Ended():
	case <-ctx.Done():
		t.Fatal(ctx.Err())
	}
	if local.Status() != plutoplus.StatusOK {
		t.Errorf("plutoplus ended with %d", local.Status())
	}
	if t.Failed() {
		tell(t, local, foreign)
	}
}

// plutoplusAt starts plutoplus at alice.
func plutoplusAt(t *testing.T, f *fabric.Namespaces, ctx context.Context, options string, secret alg.Key, initiator bool) *ours.Peer {
	t.Helper()
	secrets := filepath.Join(t.TempDir(), "secrets")
	if err := os.WriteFile(secrets, []byte("%any \""+string(secret.Octets())+"\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := append(strings.Fields(options), "--wit", "-d", f.Topology().Addr("bob", "").String(), "--kernel", "none",
		"--secretsfile", secrets, "--timeout", "3")
	if initiator {
		args = append(args, "-i")
	}
	p, err := ours.New(f, "alice", args, peer.NewEntropy(1, "alice"))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(ctx); err != nil {
		t.Fatal(err)
	}
	return p
}

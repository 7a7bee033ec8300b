// Package peertest is what every foreign peer must do in tests: negotiate with plutoplus, in both roles.
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
	"ikewit/impl/alg"
	"ikewit/impl/plutoplus"
	"ikewit/netns"
	"ikewit/netns/topo"
)

// Start makes a peer in a host; dir is a folder of its own.
type Start func(ctx context.Context, host *netns.Host, t peer.Terms, dir string) (peer.Initiator, error)

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
		for _, p := range []peer.Peer{local, foreign} {
			for _, l := range p.Journal().Lines(0) {
				t.Log(p.Host(), l.Text)
			}
		}
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

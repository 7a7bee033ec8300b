package world

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ikewit/harness/peer"
	"ikewit/harness/peer/strongswan"
	"ikewit/netns/netnstest"
)

// A peer that is missing, dies, hangs or talks nonsense: nothing was learnt about us, and nothing of it is left.
func TestBadPeersLeaveTheCaseUnresolved(t *testing.T) {
	netnstest.Need(t)
	if err := strongswan.Missing(); err != nil {
		t.Skip(err)
	}
	for _, row := range []struct{ name, script, says string }{
		{"missing", "", "no such file"},
		{"dies", "exit 3", "ended with status 3"},
		{"garbage", "head -c 100000 /dev/urandom; exit 1", "ended with status 1"},
		{"hangs", "exec sleep 600", "did not say"},
		{"without socket", "echo spawning 16 worker threads; exec sleep 600", "vici"},
	} {
		t.Run(row.name, func(t *testing.T) {
			program := filepath.Join(t.TempDir(), "charon")
			if row.script != "" {
				if err := os.WriteFile(program, []byte("#!/bin/sh\n"+row.script+"\n"), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			w := New(Settings{Fabric: "netns", Peer: "strongswan"}, "x", "x", nil, uint64(time.Now().UnixNano()))
			if err := w.UseTopology("pair"); err != nil {
				t.Fatal(err)
			}
			terms, err := w.termsOfOptions(theirs, "-3 -s")
			if err != nil {
				t.Fatal(err)
			}
			n, err := w.namespaces()
			if err != nil {
				t.Fatal(err)
			}
			w.hosts[theirs].plan = &plan{make: func(context.Context) (peer.Peer, error) {
				p, err := strongswan.New(n.Host(theirs), terms, strongswan.InKernel, t.TempDir(), "")
				p.Replace(program)
				return p, err
			}}
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			err = w.Start(ctx, theirs, false)
			var unresolved *Unresolved
			if !errors.As(err, &unresolved) || !strings.Contains(err.Error(), row.says) {
				t.Errorf("%v, want it unresolved, for %q", err, row.says)
			}
			if err := w.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
}

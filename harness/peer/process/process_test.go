package process

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"

	"ikewit/harness/peer"
	"ikewit/netns"
	"ikewit/netns/netnstest"
)

func TestMain(m *testing.M) { netnstest.Main(m) }

// start runs a shell script as a daemon that says "ready".
func start(t *testing.T, script string) (*Process, *peer.Journal) {
	t.Helper()
	f := netnstest.Build(t, netnstest.Topology(t, "pair"), netns.Options{})
	var j peer.Journal
	p, err := Start(f.Host("bob").Command(context.Background(), "/bin/sh", "-c", script), &j)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := p.Says(ctx, "ready"); err != nil {
		t.Fatal(err)
	}
	return p, &j
}

func gone(t *testing.T, p *Process) {
	t.Helper()
	if err := syscall.Kill(p.PID(), 0); err != syscall.ESRCH {
		t.Errorf("process %d: %v, want it gone", p.PID(), err)
	}
}

func TestCloseEndsADaemon(t *testing.T) {
	p, _ := start(t, `trap 'exit 7' TERM; echo ready; while :; do sleep 0.1; done`)
	if err := p.Close(); err != nil || p.Status() != 7 {
		t.Errorf("%v, status %d", err, p.Status())
	}
	gone(t, p)
}

func TestCloseKillsADaemonThatStays(t *testing.T) {
	p, _ := start(t, `trap '' TERM; echo ready; while :; do sleep 0.1; done`)
	p.patience = 50 * time.Millisecond
	if err := p.Close(); err == nil || !strings.Contains(err.Error(), "was killed") {
		t.Errorf("%v, want it told", err)
	}
	gone(t, p)
}

func TestGarbageIsLoggedAsText(t *testing.T) {
	p, j := start(t, `printf 'a\033[2Jb\000c\n'; head -c 200000 /dev/zero | tr '\0' x; echo; echo ready >&2; exit 3`)
	<-p.Ended()
	if p.Status() != 3 || !j.Has(peer.Out, "a?[2Jb?c") || !j.Has(peer.Err, "ready") {
		t.Errorf("status %d, %d lines", p.Status(), len(j.Lines(0)))
	}
	for _, l := range j.Lines(0) {
		if len(l.Text) > 64<<10 {
			t.Errorf("a line of %d octets", len(l.Text))
		}
	}
}

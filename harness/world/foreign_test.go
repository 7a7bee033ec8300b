package world

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ikewit/harness/peer"
	"ikewit/harness/peer/foreign"
	"ikewit/harness/peer/libreswan"
	"ikewit/harness/peer/strongswan"
	"ikewit/netns/netnstest"
)

// muteVariable makes this program a charon whose socket takes everything and answers nothing.
const muteVariable = "IKEWIT_TEST_MUTE"

func playMute() {
	l, err := net.Listen("unix", filepath.Join(filepath.Dir(os.Getenv("STRONGSWAN_CONF")), "vici"))
	if err != nil {
		os.Exit(1)
	}
	os.Stderr.WriteString("spawning 8 worker threads\n")
	for {
		if _, err := l.Accept(); err != nil {
			os.Exit(1)
		}
	}
}

// A peer that is missing, dies, hangs or talks nonsense: nothing was learnt about us, and nothing of it is left.
func TestBadPeersLeaveTheCaseUnresolved(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ peer, name, script, says string }{
		{"strongswan", "missing", "", "no such file"},
		{"strongswan", "dies", "exit 3", "ended with status 3"},
		{"strongswan", "garbage", "head -c 100000 /dev/urandom; exit 1", "ended with status 1"},
		{"strongswan", "hangs", "exec sleep 600", "did not say"},
		{"strongswan", "without socket", "echo spawning 16 worker threads; exec sleep 600", "vici"},
		{"strongswan", "mute", "export " + muteVariable + "=1; exec " + self, "load-shared: context deadline exceeded"},
		{"libreswan", "missing", "", "no such file"},
		{"libreswan", "dies", "exit 3", "ended with status 3"},
		{"libreswan", "garbage", "head -c 100000 /dev/urandom; exit 1", "ended with status 1"},
		{"libreswan", "hangs", "exec sleep 600", "did not say"},
		{"libreswan", "without connection", "echo loading secrets from nowhere; exec sleep 600", "does not take the connection"},
	} {
		t.Run(row.peer+" "+row.name, func(t *testing.T) {
			program := filepath.Join(t.TempDir(), "daemon")
			if row.script != "" {
				if err := os.WriteFile(program, []byte("#!/bin/sh\n"+row.script+"\n"), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			w := planBad(t, row.peer, program)
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			err := w.Start(ctx, theirs, false)
			if unresolved := (*Unresolved)(nil); !errors.As(err, &unresolved) || !strings.Contains(err.Error(), row.says) {
				t.Errorf("%v, want it unresolved, for %q", err, row.says)
			}
			pid := w.runs[0].(interface{ PID() int }).PID()
			if err := w.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
			if pid > 0 && syscall.Kill(pid, 0) == nil {
				t.Errorf("process %d is still there", pid)
			}
		})
	}
}

// planBad plans a program in the place of a foreign daemon at bob.
func planBad(t *testing.T, name, program string) *World {
	t.Helper()
	netnstest.Need(t)
	if _, err := foreign.Version(context.Background(), name); err != nil {
		t.Skip(err)
	}
	w := New(Settings{Fabric: "netns", Peer: name}, "x", "x", nil, uint64(time.Now().UnixNano()))
	if err := w.UseTopology("pair"); err != nil {
		t.Fatal(err)
	}
	terms, err := w.termsOfOptions(theirs, "-3 -s --group 5 -e 3 -a 3")
	if err != nil {
		t.Fatal(err)
	}
	n, err := w.namespaces()
	if err != nil {
		t.Fatal(err)
	}
	w.hosts[theirs].plan = &plan{make: func(ctx context.Context) (peer.Peer, error) {
		if name == "libreswan" {
			p, err := libreswan.New(ctx, n.Host(theirs), terms, t.TempDir(), "")
			p.Replace(program)
			return p, err
		}
		p, err := strongswan.New(n.Host(theirs), terms, strongswan.InKernel, t.TempDir(), "")
		p.Replace(program)
		return p, err
	}}
	return w
}

// A daemon that is killed while the scenario goes on is the reason of whatever fails then; one that does not end when it is asked to is
// killed, and the case is unresolved.
func TestPeersThatDieOrStayLeaveTheCaseUnresolved(t *testing.T) {
	for _, row := range []struct {
		name   string
		signal syscall.Signal
		says   string
	}{
		{"dies", syscall.SIGKILL, "died with status 137"},
		{"hangs", syscall.SIGSTOP, "did not end within"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := planBad(t, "strongswan", "")
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			if err := w.Start(ctx, theirs, false); err != nil {
				t.Fatal(err)
			}
			p := w.runs[0].(*strongswan.Peer)
			must(t, syscall.Kill(p.PID(), row.signal))
			var err error
			if row.signal == syscall.SIGKILL {
				<-p.Ended()
				err = errors.Join(w.Blame(errors.New("no answer")), w.Close())
			} else {
				err = w.Close()
			}
			if unresolved := (*Unresolved)(nil); !errors.As(err, &unresolved) || !strings.Contains(err.Error(), row.says) {
				t.Errorf("%v, want it unresolved, for %q", err, row.says)
			}
			if left := (*Mismatch)(nil); errors.As(err, &left) {
				t.Error(left)
			}
			if syscall.Kill(p.PID(), 0) == nil {
				t.Errorf("process %d is still there", p.PID())
			}
		})
	}
}

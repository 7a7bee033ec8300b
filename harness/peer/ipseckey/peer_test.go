package ipseckey

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ikewit/harness/peer"
	"ikewit/impl/sadb"
)

// here is the namespace of the test: a database in memory needs none of its own.
func here(f func() error) error { return f() }

func start(t *testing.T, kernel, dir string) *Peer {
	t.Helper()
	p := New("alice", here, kernel, dir)
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

const (
	key   = "0123456789abcdef"
	added = "add esp spi 0x1001 src 192.0.2.1 dst 192.0.2.2 encr_alg des encrkey " + key + "\n"
)

// number is how many SAs a peer says it has; -1: it says nothing.
func number(t *testing.T, p *Peer) int {
	t.Helper()
	list, ok, err := p.SAs()
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return -1
	}
	return len(list)
}

// What is typed reaches the database; status and output are those of the program; no key is in the journal.
func TestCommandsReachTheDatabase(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	p := start(t, "none", dir)
	r, err := p.File(added)
	if err != nil || r.Status != 0 || r.Out+r.Err != "" || number(t, p) != 1 {
		t.Fatalf("%+v, %v, %d SAs", r, err, number(t, p))
	}
	r, err = p.File(added)
	if err != nil || r.Status != 1 || !strings.Contains(r.Err, "already exists.") {
		t.Errorf("%+v, %v", r, err)
	}
	words := strings.Fields("get esp spi 0x1001 dst 192.0.2.2")
	r, err = p.Words("get …", words)
	if err != nil || r.Status != 0 || !strings.Contains(r.Out, "EKY: "+key+"/64") {
		t.Errorf("%+v, %v", r, err)
	}
	if !p.Journal().Has(peer.Out, "$ ipseckey get …") || !p.Journal().Has(peer.Err, "already exists.") || p.Journal().Has(0, key) {
		t.Errorf("the journal has %v", p.Journal().Lines(0))
	}
	for _, path := range []string{filepath.Join(dir, "commands-1"), Socket(dir)} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if err := p.Protect(sadb.Policy{Direction: sadb.Out, Do: sadb.Discard}); err != nil {
		t.Error(err)
	}
	if list, ok, err := p.Policies(); len(list) != 1 || !ok || err != nil {
		t.Errorf("policies %v, %v, %v", list, ok, err)
	}
}

// A monitor misses nothing of what is done after it was started, and tells what it printed in short.
func TestMonitorTells(t *testing.T) {
	p := start(t, "none", t.TempDir())
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := p.Monitor(ctx, "monitor"); err != nil {
		t.Fatal(err)
	}
	soon := "add ah spi 0x1002 dst 192.0.2.2 auth_alg md5 authkey 000102030405060708090a0b0c0d0e0f hard_addtime 1\n"
	if r, err := p.File(added + soon + "delete esp spi 0x1001 dst 192.0.2.2\nflush esp\n"); err != nil || r.Status != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	want := []string{"ADD ESP 0x1001", "ADD AH 0x1002", "DELETE ESP 0x1001", "FLUSH ESP", "EXPIRE AH 0x1002 hard"}
	told := func() []string { // a promiscuous listener sees requests and answers
		return slices.Compact(slices.DeleteFunc(p.Told(), func(x string) bool { return !slices.Contains(want, x) }))
	}
	if err := p.Journal().Until(ctx, func() bool { return slices.Contains(told(), want[len(want)-1]) }); err != nil {
		t.Error(err)
	}
	if got := told(); !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	if p.Journal().Has(0, key) {
		t.Error("the monitor shows a key")
	}
	if err := p.Monitor(ctx, "bogus"); err == nil || !strings.Contains(err.Error(), "ended at once") {
		t.Errorf("a monitor that is none: %v", err)
	}
}

// What is printed is read line by line: soft and hard belong to the message before them.
func TestTold(t *testing.T) {
	p := New("alice", here, "none", t.TempDir())
	for _, line := range []string{
		"Actively monitoring the PF_KEY socket.", "SA: SADB_ASSOC spi=0x1, replay=0, state=MATURE",
		"Base message (version 2) type EXPIRE, SA type ESP.", "SA: SADB_ASSOC spi=0x2112, replay=0, state=DYING", "SLT: Soft lifetime information:", "SLT: 0 seconds",
		"Base message (version 2) type EXPIRE, SA type AH.", "SA: SADB_ASSOC spi=0x7, replay=0, state=DEAD", "HLT: Hard lifetime information:",
		"Base message (version 2) type ADD, SA type ESP.", "SA: SADB_ASSOC spi=0x8, replay=0, state=MATURE", "HLT: Hard lifetime information:",
		"Base message (version 2) type FLUSH, SA type <unspecified/all>.",
	} {
		p.Journal().Write(peer.Out, line)
	}
	want := []string{"EXPIRE ESP 0x2112 soft", "EXPIRE AH 0x7 hard", "ADD ESP 0x8", "FLUSH <unspecified/all>"}
	if got := p.Told(); !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

// A peer at the socket of another key engine has what that has, and leaves it there.
func TestAnothersDatabase(t *testing.T) {
	owner := start(t, "none", t.TempDir())
	guest := New("bob", here, "unix:"+Socket(owner.dir), t.TempDir())
	if err := guest.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r, err := guest.File(added); err != nil || r.Status != 0 || number(t, owner) != 1 || number(t, guest) != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if err := guest.Close(); err != nil {
		t.Error(err)
	}
	if number(t, owner) != 1 || number(t, guest) != -1 {
		t.Errorf("after Close %d and %d SAs", number(t, owner), number(t, guest))
	}
	if guest.Kernel() != "unix:"+Socket(owner.dir) || !strings.HasPrefix(guest.Command(), "IPSECKEY_SADB=unix:") {
		t.Errorf("it is %s: %s", guest.Kernel(), guest.Command())
	}
}

// The end: monitors, socket and database, once; and nothing is left of a start that fails.
func TestEnd(t *testing.T) {
	p := start(t, "none", t.TempDir())
	if err := p.Monitor(t.Context(), "pmonitor"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.Ended():
		t.Error("it has ended")
	default:
	}
	p.End()
	<-p.Ended()
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(Socket(p.dir)); !os.IsNotExist(err) {
		t.Errorf("the socket is there: %v", err)
	}
	if _, err := p.Words("dump", []string{"dump"}); err == nil {
		t.Error("a command after the end")
	}
	if len(p.Journal().Lines(peer.Err)) > 0 {
		t.Errorf("the end was complained of: %v", p.Journal().Lines(peer.Err))
	}
	if err := os.WriteFile(Socket(p.dir), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := New("alice", here, "none", p.dir).Start(t.Context()); err == nil {
		t.Error("it starts where a file is in the way")
	}
	if err := New("alice", here, "abacus", p.dir).Start(t.Context()); err == nil || !strings.Contains(err.Error(), `"abacus"`) {
		t.Errorf("an unknown database: %v", err)
	}
}

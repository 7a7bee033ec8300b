package ipseckey

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ikewit/impl/driver/none"
	"ikewit/impl/pfserver"
	"ikewit/impl/wire/pfkey"
)

// An inProcess engine is ours, without a socket.
type inProcess struct {
	*pfserver.Port
	traits Traits
	db     *none.Driver
	server *pfserver.Server
}

func (e *inProcess) Traits() Traits { return e.traits }

func (e *inProcess) Receive(deadline time.Time) ([]byte, error) {
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	octets, err := e.Port.Receive(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = os.ErrDeadlineExceeded
	}
	return octets, err
}

func (e *inProcess) Close() error { return e.Port.Close() }

func newEngine(t testing.TB, now func() time.Time) *inProcess {
	t.Helper()
	db := none.New(now)
	s := pfserver.New(pfserver.Config{Database: db})
	p, err := s.Open(1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		db.Close()
		s.Close()
	})
	return &inProcess{Port: p, db: db, server: s}
}

// An echo answers every message with what a function makes of it: nothing for nil.
type echo struct {
	answer func(m *pfkey.Message) []*pfkey.Message
	queue  [][]byte
	err    error // of Receive when nothing is queued
	sent   []*pfkey.Message
	traits Traits
}

func (e *echo) Traits() Traits { return e.traits }
func (e *echo) Close() error   { return nil }

func (e *echo) Send(octets []byte) error {
	m, err := pfkey.Parse(octets)
	if err != nil {
		return err
	}
	e.sent = append(e.sent, m)
	for _, a := range e.answer(m) {
		e.queue = append(e.queue, a.Append(nil))
	}
	return nil
}

func (e *echo) Receive(time.Time) ([]byte, error) {
	if len(e.queue) == 0 {
		return nil, e.err
	}
	octets := e.queue[0]
	e.queue = e.queue[1:]
	return octets, nil
}

// noNames knows nobody.
type noNames struct{}

func (noNames) Lookup(string) ([]Found, error) { return nil, ErrUnknownName }
func (noNames) Name(netip.Addr) string         { return "" }

// A run is a program and what it said.
type run struct {
	*Program
	stdout, stderr bytes.Buffer
}

func newRun(t testing.TB, e Engine, o Options) *run {
	t.Helper()
	r := &run{}
	r.Program = New(Config{Options: o, Out: &r.stdout, Err: &r.stderr, Engine: e, Names: noNames{}})
	return r
}

// file executes commands as a file.
func (r *run) file(t testing.TB, commands string) int {
	t.Helper()
	path := filepath.Join(t.TempDir(), "commands")
	if err := os.WriteFile(path, []byte(commands), 0o600); err != nil {
		t.Fatal(err)
	}
	return r.File(path)
}

// want compares what was said on standard error, and forgets it.
func (r *run) want(t testing.TB, status, wanted int, said string) {
	t.Helper()
	if status != wanted {
		t.Errorf("status %d, want %d", status, wanted)
	}
	if got := r.stderr.String(); got != said {
		t.Errorf("said %q\nwant %q", got, said)
	}
	r.stderr.Reset()
}

func answered(m *pfkey.Message) *pfkey.Message {
	return &pfkey.Message{Version: pfkey.V2, Type: m.Type, SAType: m.SAType, Seq: m.Seq, PID: m.PID}
}

const md5Key = "0123456789abcdef0123456789abcdef"

// addAH is an add command.
func addAH(spi string) string {
	return "add ah spi " + spi + " dst 10.0.0.2 auth_alg md5 authkey " + md5Key
}

func lines(list ...string) string { return strings.Join(list, "\n") + "\n" }

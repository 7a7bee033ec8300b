package main

import (
	"bytes"
	"errors"
	"log/syslog"
	"net"
	"path/filepath"
	"strings"
	"testing"
)

func TestDaemonLogsToSyslog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var stderr bytes.Buffer
	log := newSystemLog(func() (sink, error) {
		return syslog.Dial("unixgram", path, syslog.LOG_AUTHPRIV|syslog.LOG_INFO, "plutoplus")
	}, &stderr)
	log.Error("while starting")
	if log.started() {
		t.Error("stderr is still wanted")
	}
	log.Info("an information")
	log.Warning("a warning")
	log.Error("an error")
	for _, want := range []struct{ priority, text string }{
		{"<83>", "while starting"}, {"<86>", "an information"}, {"<84>", "a warning"}, {"<83>", "an error"}, // facility 10
	} {
		p := make([]byte, 1000)
		n, err := c.Read(p)
		if line := string(p[:n]); err != nil || !strings.HasPrefix(line, want.priority) || !strings.HasSuffix(line, want.text+"\n") {
			t.Errorf("syslog got %q, %v; want %v", line, err, want)
		}
	}
	if stderr.String() != "plutoplus: while starting\n" {
		t.Errorf("stderr %q", stderr.String())
	}
}

// A fragile sink fails when it is told to.
type fragile struct {
	err  error
	text []string
}

func (f *fragile) Info(m string) error    { f.text = append(f.text, m); return f.err }
func (f *fragile) Warning(m string) error { return f.Info(m) }
func (f *fragile) Err(m string) error     { return f.Info(m) }

func TestDaemonLivesWithoutSyslog(t *testing.T) {
	var stderr bytes.Buffer
	log := newSystemLog(func() (sink, error) { return nil, errors.New("no socket") }, &stderr)
	if !log.started() {
		t.Error("stderr is not wanted")
	}
	log.Info("one")
	if want := "plutoplus: warning: no syslog (no socket): messages go to stderr\nplutoplus: one\n"; stderr.String() != want {
		t.Errorf("stderr %q, want %q", stderr.String(), want)
	}
}

func TestDaemonSurvivesTheEndOfSyslog(t *testing.T) {
	var stderr bytes.Buffer
	f := &fragile{}
	log := newSystemLog(func() (sink, error) { return f, nil }, &stderr)
	log.started()
	log.Info("one")
	f.err = errors.New("gone")
	log.Info("two")
	log.Info("three")
	f.err = nil
	log.Info("four")
	want := "plutoplus: warning: no syslog (gone): messages go to stderr\nplutoplus: two\nplutoplus: three\n"
	if stderr.String() != want || len(f.text) != 4 {
		t.Errorf("stderr %q, want %q; syslog %q", stderr.String(), want, f.text)
	}
}

package load

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"sync/atomic"

	"ikewit/impl/conn"
	"ikewit/impl/daemon"
	"ikewit/impl/plutoplus"
)

// Respond is our own responder: plutoplus in daemon mode, in the foreground, with SAs in memory only, at every address of
// the namespace that this process is in. What it has to say goes to w. It runs until a signal ends the process, and
// gives the exit status when it cannot begin.
func Respond(p Policy, secretsFile string, w io.Writer) int {
	args := []string{"--foreground", "--kernel", "none", "--secretsfile", secretsFile}
	o, _, err := plutoplus.Parse(append(args, p.Options...))
	var connections conn.Database
	if err == nil && p.Options == nil {
		var c *conn.Connection
		c, err = p.responder(netip.Addr{})
		connections = conn.List{c}
	}
	if err != nil {
		fmt.Fprintf(w, "the responder cannot begin: %v\n", err)
		return plutoplus.StatusUsage
	}
	return plutoplus.Execute(context.Background(), plutoplus.Config{
		Options: o, Log: &responderLog{w: w}, Host: &daemon.Host{}, Connections: connections,
	})
}

// A responderLog writes what is said until the responder listens, and a few complaints: what a log of thousands of
// negotiations costs is not to be paid by who reads it.
type responderLog struct {
	w          io.Writer
	listening  atomic.Bool
	complaints atomic.Int32
}

// maxComplaints is how many are written. Ours.
const maxComplaints = 100

// Info writes a line, until one says that the responder listens.
func (l *responderLog) Info(line string) {
	if !l.listening.Load() {
		fmt.Fprintln(l.w, line)
		l.listening.Store(strings.HasPrefix(line, listening))
	}
}

// Warning writes one of the first complaints.
func (l *responderLog) Warning(line string) { l.Error(line) }

// Error writes one of the first complaints.
func (l *responderLog) Error(line string) {
	if l.complaints.Add(1) <= maxComplaints {
		fmt.Fprintln(l.w, line)
	}
}

const listening = "listening on "

package main

import (
	"fmt"
	"io"
	"log/syslog"
	"sync"
)

// A systemLog is the log of daemon mode: syslog, facility authpriv. A line that syslog does not take goes to
// stderr, with a note; while the program starts, warnings and errors go there too.
type systemLog struct {
	stderr io.Writer

	mu       sync.Mutex
	sink     sink // nil: there was no syslog when we started
	failing  bool
	starting bool
}

// A sink is what we use of *syslog.Writer, which connects again by itself when syslog was away.
type sink interface {
	Info(m string) error
	Warning(m string) error
	Err(m string) error
}

func dialSyslog() (sink, error) {
	return syslog.New(syslog.LOG_AUTHPRIV|syslog.LOG_INFO, "plutoplus")
}

func newSystemLog(dial func() (sink, error), stderr io.Writer) *systemLog {
	l := &systemLog{stderr: stderr, starting: true}
	s, err := dial()
	if err != nil {
		l.note(err)
		return l
	}
	l.sink = s
	return l
}

// Info writes with priority info.
func (l *systemLog) Info(line string) { l.write(line, sink.Info, false) }

// Warning writes with priority warning.
func (l *systemLog) Warning(line string) { l.write(line, sink.Warning, true) }

// Error writes with priority err.
func (l *systemLog) Error(line string) { l.write(line, sink.Err, true) }

func (l *systemLog) write(line string, priority func(sink, string) error, urgent bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sink != nil {
		err := priority(l.sink, line)
		if err != nil && !l.failing {
			l.note(err)
		}
		l.failing = err != nil
	}
	if l.sink == nil || l.failing || l.starting && urgent {
		fmt.Fprintf(l.stderr, "plutoplus: %s\n", line)
	}
}

func (l *systemLog) note(err error) {
	fmt.Fprintf(l.stderr, "plutoplus: warning: no syslog (%v): messages go to stderr\n", err)
}

// started says that the program runs, and reports whether stderr is still wanted.
func (l *systemLog) started() (onStderr bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.starting = false
	return l.sink == nil
}

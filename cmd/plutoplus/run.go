package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"ikewit/impl/daemon"
	"ikewit/impl/plutoplus"
)

// run is the program. It gives the exit status.
func run(args []string) int {
	o, warnings, err := plutoplus.Parse(args)
	switch {
	case errors.Is(err, plutoplus.ErrHelp):
		plutoplus.Usage(os.Stdout)
		return plutoplus.StatusOK
	case errors.Is(err, plutoplus.ErrVersion):
		fmt.Println("plutoplus", plutoplus.Version)
		return plutoplus.StatusOK
	case err != nil:
		fmt.Fprintf(os.Stderr, "plutoplus: %v\n", err)
		plutoplus.Usage(os.Stderr)
		return plutoplus.StatusUsage
	}
	if o.Mode != plutoplus.Daemon {
		say(warnings)
		return execute(o, &plutoplus.Streams{Out: os.Stdout, Err: os.Stderr}, nil)
	}
	parent := parentOf()
	if parent == nil {
		say(warnings)
	}
	if !o.Foreground && parent == nil {
		return background(args)
	}
	log := newSystemLog(dialSyslog, os.Stderr)
	if parent != nil {
		if err := settle(o); err != nil {
			return cannotStart(err)
		}
	}
	return execute(o, log, func() {
		keepStderr := log.started()
		if parent != nil {
			parent.release(keepStderr)
		}
	})
}

// execute runs until the end, or a signal. ready is called when the sockets are bound.
func execute(o *plutoplus.Options, log plutoplus.Log, ready func()) int {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	if o.Mode == plutoplus.Daemon {
		signal.Ignore(syscall.SIGHUP) // secrets are read again anyway
	}
	go func() {
		s := (<-signals).(syscall.Signal)
		cancel(plutoplus.Interrupted{Signal: int(s), Name: signalName(s)})
	}()
	return plutoplus.Execute(ctx, plutoplus.Config{Options: o, Log: log, Host: &daemon.Host{}, Ready: ready})
}

func signalName(s syscall.Signal) string {
	if s == syscall.SIGINT {
		return "SIGINT"
	}
	return "SIGTERM"
}

func say(warnings []string) {
	for _, w := range warnings {
		fmt.Fprintf(os.Stderr, "plutoplus: warning: %s\n", w)
	}
}

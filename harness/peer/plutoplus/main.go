package plutoplus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"ikewit/impl/daemon"
	"ikewit/impl/plutoplus"
)

// ProcessVerb is the first argument with which this program is plutoplus and nothing else.
const ProcessVerb = "plutoplus"

// readyFile is the descriptor on which a child says that it listens.
const readyFile = 3

// Main is plutoplus as a process of its own: its streams, its signals, its exit status. It is what the
// child of a Child runs; whoever types wit plutoplus gets the same.
func Main(args []string) int {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		s := (<-signals).(syscall.Signal)
		cancel(plutoplus.Interrupted{Signal: int(s), Name: map[syscall.Signal]string{syscall.SIGINT: "SIGINT", syscall.SIGTERM: "SIGTERM"}[s]})
	}()
	ready := func() {
		if f := os.NewFile(readyFile, "ready"); os.Getenv(readyMark) != "" && f != nil {
			io.WriteString(f, "ready\n")
			f.Close()
		}
	}
	return execute(ctx, args, os.Stdout, os.Stderr, plutoplus.Config{Host: &daemon.Host{}, Ready: ready})
}

// readyMark in the environment says that descriptor 3 is there for us.
const readyMark = "WIT_PLUTOPLUS_READY"

// execute is the program from its command line to its exit status, as cmd/plutoplus has it in the modes that stay in
// the foreground.
func execute(ctx context.Context, args []string, out, errs io.Writer, cfg plutoplus.Config) int {
	o, warnings, err := plutoplus.Parse(args)
	switch {
	case errors.Is(err, plutoplus.ErrHelp):
		plutoplus.Usage(out)
		return plutoplus.StatusOK
	case errors.Is(err, plutoplus.ErrVersion):
		fmt.Fprintln(out, "plutoplus", plutoplus.Version)
		return plutoplus.StatusOK
	case err != nil:
		fmt.Fprintf(errs, "plutoplus: %v\n", err)
		plutoplus.Usage(errs)
		return plutoplus.StatusUsage
	}
	for _, w := range warnings {
		fmt.Fprintf(errs, "plutoplus: warning: %s\n", w)
	}
	cfg.Options, cfg.Log = o, &plutoplus.Streams{Out: out, Err: errs}
	return plutoplus.Execute(ctx, cfg)
}

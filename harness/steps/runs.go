package steps

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"syscall"
	"time"

	"ikewit/harness/world"
)

// runRows are the sentences about plutoplus: how it runs, who calls whom, and how it ends.
func runRows(s *scenario) []row {
	return append([]row{
		{"{host} runs plutoplus with {string}", arranges, "WIT mode towards the other host, with these options; it holds its SAs", func(host, options string) error {
			return s.w.Plan(host, unquote(options), false)
		}},
		{"both run plutoplus with {string}", arranges, "the same on both sides", func(options string) error {
			return s.both(func(host string) error { return s.w.Plan(host, unquote(options), false) })
		}},
		{"{host} runs plutoplus as {string}", arranges, "with exactly these options, beside where its files are; {bob} is bob's address", func(host, options string) error {
			return s.w.Plan(host, unquote(options), true)
		}},
		{"{host} runs plutoplus as a process with {string}", arranges, "as the first, but as a process of its own: what a user sees", func(host, options string) error {
			return s.w.PlanProcess(host, unquote(options))
		}},
		{"{host} listens", arranges, "as responder; nobody calls yet", func(ctx context.Context, host string) error { return s.w.Start(ctx, host, false) }},
		{"{host} gets {word}", arranges, "a signal: SIGINT or SIGTERM", func(host, name string) error {
			signal, ok := signals[name]
			if !ok {
				return fmt.Errorf("signal %q: there are SIGINT and SIGTERM", name)
			}
			return s.w.Signal(host, signal)
		}},
		{"nobody holds", arranges, "WIT runs end by themselves", func() error { return s.w.Alone() }},
		{"{host} initiates", arranges, "the others listen first; the negotiation comes to its end, good or bad", func(ctx context.Context, host string) error {
			return s.w.Initiate(ctx, host, false)
		}},
		{"{host} initiates alone", arranges, "nobody is there to answer", func(ctx context.Context, host string) error { return s.w.Initiate(ctx, host, true) }},
		{"{host} waits", arranges, "as responder, until it ends", func(ctx context.Context, host string) error { return s.w.Wait(ctx, host) }},
		{"{host} runs again as {string}", arranges, "another run, after the first was taken down", func(ctx context.Context, host, options string) error {
			return s.w.RunAgain(ctx, host, unquote(options))
		}},
		{"{host} is told to end", arranges, "as SIGTERM does", func(host string) error { return s.w.End(host) }},
	}, endRows(s)...)
}

func endRows(s *scenario) []row {
	return []row{
		{"{host} succeeds", proves, "it says SUCCESS, or has its SAs where it is not in WIT mode", func(ctx context.Context, host string) error { return s.w.Succeeded(ctx, host) }},
		{"both sides succeed", proves, "each says SUCCESS", func(ctx context.Context) error {
			return s.both(func(host string) error { return s.w.Succeeded(ctx, host) })
		}},
		{"{host} exits with {int}", proves, "its exit status", func(ctx context.Context, host string, status int) error { return s.w.Exits(ctx, host, status) }},
		{"both sides exit with {int}", proves, "the exit status of each", func(ctx context.Context, status int) error {
			return s.both(func(host string) error { return s.w.Exits(ctx, host, status) })
		}},
		{"neither side exits with 0", proves, "each ends, and not with success", func(ctx context.Context) error {
			return s.both(func(host string) error { return s.w.NotZero(ctx, host) })
		}},
		{"{host} is still running", checks, "it has not ended", func(host string) error { return s.w.StillRuns(host) }},
		{"{int} to {int} seconds have passed", checks, "since the first run started", func(least, most int) error { return s.passed(least, most) }},
	}
}

var signals = map[string]syscall.Signal{"SIGINT": syscall.SIGINT, "SIGTERM": syscall.SIGTERM}

// both does a thing for both peers.
func (s *scenario) both(f func(host string) error) error {
	top := s.w.Topology()
	if top.Name == "" {
		return errors.New(`no topology yet: begin with "two hosts" or "the topology ..."`)
	}
	for _, host := range top.Peers {
		if err := f(host); err != nil {
			return err
		}
	}
	return nil
}

func (s *scenario) passed(least, most int) error {
	d := s.w.Took()
	if d < time.Duration(least)*time.Second || d > time.Duration(most)*time.Second {
		return &world.Mismatch{Code: "time", What: "time that has passed", Expected: strconv.Itoa(least) + " to " + strconv.Itoa(most) + " s",
			Actual: fmt.Sprintf("%.2f s", d.Seconds())}
	}
	return nil
}

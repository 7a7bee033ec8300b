package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"ikewit/harness/report"
	"ikewit/harness/steps"
	"ikewit/harness/suite"
)

var runVerb = verb{
	name: "run", args: "[selector...]", help: "run scenarios and say for each how it ended",
	details: selectorHelp + `

Verdicts: pass, fail, xfail (a known failure), xpass (a known failure that passed), unsupported,
unresolved (the thing under test did not happen), skipped.`,
	run: program.run,
}

// reportWriters are the kinds of --report.
var reportWriters = map[string]func(io.Writer, report.Run) error{
	"json":  report.WriteJSON,
	"junit": report.WriteJUnit,
}

func (p program) run(s *settings) (int, error) {
	s.drawSeed()
	cases, err := s.pick()
	if err != nil {
		return pickStatus(err), err
	}
	if problems := suite.Lint(cases, steps.Match); len(problems) > 0 {
		return report.ExitUsage, usagef("the scenarios are not in order:\n%s", strings.Join(problems, "\n"))
	}
	if s.dryRun {
		return report.ExitGood, p.dryRun(s, cases)
	}
	if s.kernel == "guest" {
		return p.runInGuest(s)
	}
	files, err := openReports(s.reports)
	if err != nil {
		return report.ExitUsage, err
	}
	env, err := s.environment(cases)
	if err != nil {
		return report.ExitEnvironment, err
	}
	run := p.runCases(s, p.leaveKernelOut(s, cases), env)
	rememberBad(run.Results)
	for kind, f := range files {
		err = errors.Join(err, reportWriters[kind](f, run), f.Close())
	}
	if err != nil {
		return report.ExitEnvironment, fmt.Errorf("write reports: %w", err)
	}
	return p.enough(s, run), nil
}

// enough is the exit status: that of the results, and a failure where fewer cases were executed than there had to be.
func (p program) enough(s *settings, run report.Run) int {
	if n := report.Executed(run.Results); n < s.atLeast {
		fmt.Fprintf(p.out, "only %d cases were executed, and there had to be %d (--at-least)\n", n, s.atLeast)
		return report.ExitFailed
	}
	return report.ExitStatus(run.Results, s.bisect)
}

// runCases runs and tells on the way.
func (p program) runCases(s *settings, cases []suite.Case, env steps.Environment) report.Run {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o := suite.Options{Jobs: s.jobs, Repeat: s.repeat, Timeout: s.timeout, FailFast: s.failFast, Seed: s.seed}
	tty := isTerminal(p.out)
	text := &report.Text{W: p.out, Live: tty, Quiet: s.quiet, Paint: report.Paint{On: tty && os.Getenv("NO_COLOR") == ""}}
	total := len(cases) * s.repeat
	text.Begin(total, fmt.Sprintf("%d cases in %s%s, %d at a time, seed %d", total, place(env, cases), s.against(), s.jobs, s.seed))
	start := time.Now()
	results := suite.Run(ctx, cases, o, steps.Runner(env), text.Done)
	text.End()
	return report.Run{Start: start, Duration: time.Since(start), Seed: s.seed, Command: append([]string{"wit"}, s.raw...), Results: results}
}

// place says where a run takes place.
func place(env steps.Environment, cases []suite.Case) string {
	if env.Fabric == "sim" || !needsNamespaces(cases) {
		return "the simulator"
	}
	return "namespaces"
}

func (p program) dryRun(s *settings, cases []suite.Case) error {
	for _, c := range cases {
		fmt.Fprintf(p.out, "%s  %s\n", c.ID, c.Name)
		for _, st := range c.Steps {
			fmt.Fprintf(p.out, "    %s %s\n", st.Keyword, st.Text)
		}
	}
	_, err := fmt.Fprintf(p.out, "%d cases would run, seed %d\n", len(cases)*s.repeat, s.seed)
	return err
}

// openReports makes the files before anything runs: a name that cannot be written shows now.
func openReports(names map[string]string) (map[string]*os.File, error) {
	files := map[string]*os.File{}
	for kind, name := range names {
		f, err := os.Create(name)
		if err != nil {
			return nil, usagef("--report %s=%s: %v", kind, name, err)
		}
		files[kind] = f
	}
	return files, nil
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

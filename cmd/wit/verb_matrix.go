package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"ikewit/harness/matrix"
	"ikewit/harness/report"
	"ikewit/harness/steps"
	"ikewit/harness/suite"
	"ikewit/netns"
	"ikewit/netns/guest"
)

var matrixVerb = verb{
	name: "matrix", args: "--out DIR", help: "every implementation with every other, as a page and as JSON",
	details: `
Lets every one of ` + strings.Join(matrix.Names(), ", ") + ` negotiate with every other, in both roles, and
writes DIR/index.html and DIR/matrix.json; each trial links its evidence below DIR/cells. self is our daemon, plutoplus the
program around it. On a failing cell somebody is blamed: the same negotiation with our engine in the place of either.

  wit matrix --out /tmp/m
  wit matrix --out /tmp/m --cell strongswan/libreswan --seed 7
  wit matrix --out /tmp/m --kernel guest     with data in every cell

The status is 1 when a trial failed, and 4 when some were unresolved.`,
	run: program.matrix,
}

var matrixOptions = []option{
	{"matrix", "cell", "I/R", "only this initiator with this responder (may be repeated)", func(s *settings, v string) error {
		initiator, responder, ok := strings.Cut(v, "/")
		if !ok || !slices.Contains(matrix.Names(), initiator) || !slices.Contains(matrix.Names(), responder) {
			return usagef("write INITIATOR/RESPONDER, of %s", strings.Join(matrix.Names(), ", "))
		}
		s.cells = append(s.cells, v)
		return nil
	}},
}

func (p program) matrix(s *settings) (int, error) {
	if s.out == "" || len(s.args) > 0 {
		return report.ExitUsage, usagef("--out DIR says where the page goes; nothing else is asked")
	}
	s.drawSeed()
	if s.kernel == "guest" {
		return p.matrixInGuest(s)
	}
	if err := netns.EnsurePrivileges(); err != nil {
		return report.ExitEnvironment, fmt.Errorf("namespaces: %w (wit doctor tells more)", err)
	}
	if err := os.MkdirAll(s.out, 0o755); err != nil {
		return report.ExitEnvironment, fmt.Errorf("--out: %w", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var results []report.Result
	start := time.Now()
	trials := matrix.Run(ctx, matrix.Options{
		Options:     suite.Options{Jobs: s.jobs, Timeout: s.timeout, Seed: s.seed},
		Environment: steps.Environment{Fabric: "netns", Kernel: s.kernel, Out: filepath.Join(s.out, "cells"), Keep: s.keep, RunSeed: s.seed},
		Cells:       s.cells,
	}, func(r report.Result) { results = append(results, r) })
	m := matrix.Matrix{Start: start, Seed: s.seed, Names: matrix.Names(), Trials: trials}
	if err := m.Write(s.out); err != nil {
		return report.ExitEnvironment, err
	}
	p.matrixText(m, time.Since(start))
	if !guest.Inside() {
		fmt.Fprintf(p.out, "%s\n", filepath.Join(s.out, "index.html"))
	}
	return report.ExitStatus(results, false), nil
}

// matrixInGuest fills the same folder from under a kernel with IPsec, where every cell carries data.
func (p program) matrixInGuest(s *settings) (int, error) {
	status, err := p.runInGuest(s)
	if err == nil {
		fmt.Fprintf(p.out, "%s\n", filepath.Join(s.out, "index.html"))
	}
	return status, err
}

// matrixText is the matrix in words, and what did not go well.
func (p program) matrixText(m matrix.Matrix, took time.Duration) {
	fmt.Fprintf(p.out, "%-12s", "")
	for _, r := range m.Names {
		fmt.Fprintf(p.out, "%-13s", r)
	}
	fmt.Fprintln(p.out)
	for _, i := range m.Names {
		fmt.Fprintf(p.out, "%-12s", i)
		for _, r := range m.Names {
			fmt.Fprintf(p.out, "%-13s", m.Verdict(i, r))
		}
		fmt.Fprintln(p.out)
	}
	for _, t := range m.Trials {
		if t.Blame != "" {
			fmt.Fprintf(p.out, "%s -> %s, %s: %s: %s\n  blame: %s\n", t.Initiator, t.Responder, t.Negotiation, t.Verdict, t.Reason, t.Blame)
		}
	}
	fmt.Fprintf(p.out, "%d trials in %.1f s, seed %d\n", len(m.Trials), took.Seconds(), m.Seed)
}

package main

import (
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"ikewit/harness/suite"
	"ikewit/netns/guest"
)

// settings is a command line, taken apart.
type settings struct {
	args []string // what is no option; for negotiate also the options that plutoplus knows
	raw  []string // the command line as it was given

	help, json, steps                     bool
	dryRun, failed, failFast, keep, quiet bool
	exclude                               []suite.Selector
	peer, as, fabric, kernel              string
	jobs, repeat, guestCPUs, atLeast      int
	shard                                 suite.Shard
	order                                 string
	seed                                  uint64
	seeded                                bool
	timeout                               time.Duration
	out                                   string
	reports                               map[string]string // kind to file
	bisect                                bool
	keys                                  string
	topology, secret, configFor           string
	cells                                 []string
	ipv6                                  bool
	load                                  loadSettings
}

// An option is one row: what it is called, which verbs take it, and what it sets.
type option struct {
	verbs string // separated by blanks
	name  string
	value string // what its value is called; "": it takes none
	help  string
	set   func(s *settings, value string) error
}

const (
	defaultTimeout = 30 * time.Second
	jobsPerCore    = 6 // cases mostly wait
)

var options = append([]option{
	{"run list lint", "exclude", "SELECTOR", "leave out what this matches (may be repeated)", func(s *settings, v string) error {
		sel, err := suite.ParseSelector(v)
		s.exclude = append(s.exclude, sel)
		return err
	}},
	{"run list", "peer", "NAME", "who the other side is in the cases of @interop: " + strings.Join(peerNames(), ", ") + " (default: plutoplus)", oneOf(func(s *settings) *string { return &s.peer }, peerNames()...)},
	{"run list", "as", "ROLE", "only cases in which we are initiator, responder, or both", oneOf(func(s *settings) *string { return &s.as }, "initiator", "responder", "both")},
	{"run list", "fabric", "FABRIC", "where: netns (namespaces, default) or sim (the simulator; no root)", oneOf(func(s *settings) *string { return &s.fabric }, "netns", "sim")},
	{"run negotiate matrix", "kernel", "STACK", "where SAs go: auto (default), xfrm, user, none; guest (run and matrix): XFRM of a kernel in QEMU", oneOf(func(s *settings) *string { return &s.kernel }, "auto", "xfrm", "user", "none", "guest")},
	{"run matrix", "guest-cpus", "N", "processors of the guest of --kernel guest (default: " + strconv.Itoa(guest.DefaultCPUs) + "); two guests of one are faster than one of two", positive(func(s *settings) *int { return &s.guestCPUs })},
	{"run matrix", "jobs", "N", "cases at a time (default: " + strconv.Itoa(jobsPerCore) + " a core)", positive(func(s *settings) *int { return &s.jobs })},
	{"run list", "shard", "I/N", "only the I-th of N equal parts", func(s *settings, v string) (err error) {
		s.shard, err = suite.ParseShard(v)
		return err
	}},
	{"run list", "order", "ORDER", "defined (default), random or random:SEED", func(s *settings, v string) error {
		s.order = v
		_, err := suite.ParseOrder(v, 0)
		return err
	}},
	{"run negotiate matrix load", "seed", "N", "seed of every random choice (default: drawn, and printed)", func(s *settings, v string) (err error) {
		s.seeded = true
		s.seed, err = strconv.ParseUint(v, 10, 64)
		return err
	}},
	{"run list", "failed", "", "only the cases that were not good in the last run", flag(func(s *settings) *bool { return &s.failed })},
	{"run", "repeat", "N", "run every case N times, with other seeds", positive(func(s *settings) *int { return &s.repeat })},
	{"run", "at-least", "N", "fail when fewer cases than these were executed", positive(func(s *settings) *int { return &s.atLeast })},
	{"run", "fail-fast", "", "begin nothing more once a case has failed", flag(func(s *settings) *bool { return &s.failFast })},
	{"run negotiate matrix", "timeout", "DURATION", "the longest that one case may take (default " + defaultTimeout.String() + ")", func(s *settings, v string) (err error) {
		s.timeout, err = time.ParseDuration(v)
		if err == nil && s.timeout <= 0 {
			err = usagef("it has to be longer than nothing")
		}
		return err
	}},
	{"run", "dry-run", "", "print what would run, and run nothing", flag(func(s *settings) *bool { return &s.dryRun })},
	{"run negotiate matrix", "keep", "", "leave the namespaces of a failed case for ip netns exec", flag(func(s *settings) *bool { return &s.keep })},
	{"run negotiate matrix", "out", "DIR", "keep the evidence of every case there (default: of the bad ones, in a temporary folder)", text(func(s *settings) *string { return &s.out })},
	{"run", "report", "KIND=FILE", "also write a report: json=FILE or junit=FILE (may be repeated)", addReport},
	{"run", "quiet", "", "no line for a case that passed", flag(func(s *settings) *bool { return &s.quiet })},
	{"run", "bisect-exit", "", "exit 125 instead of 4, for git bisect run", flag(func(s *settings) *bool { return &s.bisect })},
	{"list decode negotiate doctor", "json", "", "as JSON", flag(func(s *settings) *bool { return &s.json })},
	{"list", "steps", "", "the sentences that a scenario can be made of, instead of cases", flag(func(s *settings) *bool { return &s.steps })},
	{"decode", "keys", "FILE", "decrypt with the keys of this file", text(func(s *settings) *string { return &s.keys })},
	{"negotiate", "topology", "NAME", "pair (default) or gateways, and with a 6 over IPv6", text(func(s *settings) *string { return &s.topology })},
	{"negotiate", "ipv6", "", "over IPv6", flag(func(s *settings) *bool { return &s.ipv6 })},
	{"negotiate", "secret", "TEXT", "the pre-shared secret of both (default: drawn)", text(func(s *settings) *string { return &s.secret })},
	{"run list lint config matrix decode negotiate doctor load", "help", "", "print this", flag(func(s *settings) *bool { return &s.help })},
}, append(append(configOptions, matrixOptions...), loadOptions...)...)

func (o option) belongsTo(verb string) bool { return slices.Contains(strings.Fields(o.verbs), verb) }

func flag(at func(*settings) *bool) func(*settings, string) error {
	return func(s *settings, _ string) error {
		*at(s) = true
		return nil
	}
}

func text(at func(*settings) *string) func(*settings, string) error {
	return func(s *settings, v string) error {
		if v == "" {
			return usagef("it needs a value")
		}
		*at(s) = v
		return nil
	}
}

func oneOf(at func(*settings) *string, words ...string) func(*settings, string) error {
	return func(s *settings, v string) error {
		if !slices.Contains(words, v) {
			return usagef("it is one of %s", strings.Join(words, ", "))
		}
		*at(s) = v
		return nil
	}
}

func positive(at func(*settings) *int) func(*settings, string) error {
	return func(s *settings, v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			return usagef("it is a number from 1")
		}
		*at(s) = n
		return nil
	}
}

func addReport(s *settings, v string) error {
	kind, file, ok := strings.Cut(v, "=")
	if _, known := reportWriters[kind]; !ok || !known || file == "" {
		return usagef("write json=FILE or junit=FILE")
	}
	s.reports[kind] = file
	return nil
}

// defaults are the settings of an empty command line.
func defaults() *settings {
	return &settings{
		peer: "plutoplus", as: "both", fabric: "netns", kernel: "auto", order: "defined", topology: "pair",
		jobs: jobsPerCore * runtime.NumCPU(), repeat: 1, timeout: defaultTimeout, reports: map[string]string{},
		load: loadDefaults,
	}
}

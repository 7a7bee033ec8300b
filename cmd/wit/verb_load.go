package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"ikewit/harness/load"
	"ikewit/harness/report"
	"ikewit/netns"
)

var loadVerb = verb{
	name: "load", args: "[plutoplus option...]", help: "many negotiations with one responder: rate, latency, CPU and memory",
	details: `
Starts a responder in a namespace and lets initiators loose on it from another, each new to it: Main Mode with a
pre-shared key, then Quick Mode. The responder is a process of its own, so that its CPU and memory are known apart. What is
negotiated is said by --ike and --esp, or by options of plutoplus for both sides: -e -a -k -f -t -3 -s --group. For example

  wit load                                                    1000 negotiations with our own responder
  wit load --peer strongswan --tuned --ike aes128-sha1-modp1024
  wit load --duration 30s --rate 500 --in-flight 200 -t -3 -s -e 3 -a 3 -f
  wit load --count 20000 --addresses 20000 --json load.json

The status is 0 when every negotiation succeeded, 1 when some did not, 4 when the responder died, 5 when it or the
namespaces are missing.`,
	run: program.load,
}

// loadSettings are the options of this verb.
type loadSettings struct {
	load.Options
	respond     bool
	secretsFile string
	json        string
}

var loadDefaults = loadSettings{Options: load.Options{
	Peer: "self", Addresses: 1000, Pace: load.Pace{InFlight: 20}, Policy: load.Policy{IKE: "aes128-sha1-modp2048", ESP: "aes128-sha1"},
}}

const defaultLoadCount = 1000

var loadOptions = []option{
	{"load", "peer", "NAME", "the responder: " + strings.Join(load.Peers(), ", ") + " (default: self)", oneOf(func(s *settings) *string { return &s.load.Peer }, load.Peers()...)},
	{"load", "tuned", "", "strongswan: with its fastest Diffie-Hellman (GMP, short exponents)", flag(func(s *settings) *bool { return &s.load.Tuned })},
	{"load", "in-flight", "N", "negotiations under way at a time, at most (default: 20)", positive(func(s *settings) *int { return &s.load.Pace.InFlight })},
	{"load", "rate", "N", "negotiations begun a second (default: as fast as others end)", func(s *settings, v string) (err error) {
		s.load.Pace.Rate, err = strconv.ParseFloat(v, 64)
		if err == nil && !(s.load.Pace.Rate > 0) {
			err = usagef("it is a number above 0")
		}
		return err
	}},
	{"load", "count", "N", fmt.Sprintf("how many are begun (default: %d, or as many as --duration allows)", defaultLoadCount), positive(func(s *settings) *int { return &s.load.Pace.Count })},
	{"load", "duration", "DURATION", "for how long they are begun: 30s, 5m", func(s *settings, v string) (err error) {
		s.load.Pace.Duration, err = time.ParseDuration(v)
		if err == nil && s.load.Pace.Duration <= 0 {
			err = usagef("it has to be longer than nothing")
		}
		return err
	}},
	{"load", "addresses", "N", "addresses of initiators, taken in turn (default: 1000)", positive(func(s *settings) *int { return &s.load.Addresses })},
	{"load", "ike", "PROPOSAL", "phase 1: cipher-hash-group (default: aes128-sha1-modp2048)", text(func(s *settings) *string { return &s.load.Policy.IKE })},
	{"load", "esp", "PROPOSAL", "phase 2: cipher-hash, with PFS cipher-hash-group (default: aes128-sha1)", text(func(s *settings) *string { return &s.load.Policy.ESP })},
	{"load", "delete", "", "let the responder delete SAs as soon as they stand", flag(func(s *settings) *bool { return &s.load.Delete })},
	{"load", "json", "FILE", "also write the summary there, as JSON", text(func(s *settings) *string { return &s.load.json })},
	{"load", "respond", "", "be our own responder, here, until a signal", flag(func(s *settings) *bool { return &s.load.respond })},
	{"load", "secretsfile", "FILE", "--respond: the pre-shared secrets", text(func(s *settings) *string { return &s.load.secretsFile })},
}

func (p program) load(s *settings) (int, error) {
	o := &s.load
	if err := o.settle(s); err != nil {
		return report.ExitUsage, err
	}
	if o.respond {
		return load.Respond(o.Policy, o.secretsFile, p.err), nil
	}
	s.drawSeed()
	o.Seed = s.seed
	if err := netns.EnsurePrivileges(); err != nil {
		return report.ExitEnvironment, fmt.Errorf("namespaces: %w (wit doctor tells more)", err)
	}
	self, err := os.Executable()
	if err != nil {
		return report.ExitEnvironment, err
	}
	o.Self = []string{self, "load", "--respond"}
	file, err := openSummary(o.json)
	if err != nil {
		return report.ExitUsage, err
	}
	defer file.Close()
	line := &progressLine{p: p, live: isTerminal(p.err)}
	o.Progress = line.show
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	summary, err := load.Run(ctx, o.Options)
	line.end()
	if err != nil {
		return report.ExitEnvironment, err
	}
	return loadStatus(summary), errors.Join(summary.Write(p.out), writeSummary(file, summary))
}

// settle puts the settings together and judges them.
func (o *loadSettings) settle(s *settings) error {
	words := slices.ContainsFunc(s.raw, func(a string) bool {
		name, _, _ := strings.Cut(a, "=")
		return name == "--ike" || name == "--esp"
	})
	if len(s.args) > 0 {
		if words {
			return usagef("%s is an option of plutoplus: either those or --ike and --esp say what is negotiated", s.args[0])
		}
		o.Policy = load.Policy{Options: s.args}
	}
	if o.Pace.Count == 0 && o.Pace.Duration == 0 {
		o.Pace.Count = defaultLoadCount
	}
	if o.respond != (o.secretsFile != "") {
		return usagef("--respond and --secretsfile belong together")
	}
	if o.Tuned && o.Peer != "strongswan" {
		return usagef("--tuned is for --peer strongswan")
	}
	if err := o.Check(); err != nil {
		return usagef("%v", err)
	}
	return nil
}

// loadStatus is the exit status that a summary means.
func loadStatus(s *load.Summary) int {
	switch {
	case s.Failed > 0:
		return report.ExitFailed
	case s.Trouble != "" || s.Established == 0:
		return report.ExitUnresolved
	}
	return report.ExitGood
}

// openSummary opens the file of --json before there is anything to write, so that nothing is measured in vain.
func openSummary(name string) (*os.File, error) {
	if name == "" {
		return nil, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, usagef("--json: %v", err)
	}
	return f, nil
}

func writeSummary(f *os.File, s *load.Summary) error {
	if f == nil {
		return nil
	}
	e := json.NewEncoder(f)
	e.SetIndent("", "  ")
	if err := e.Encode(s); err != nil {
		return err
	}
	if err := f.Close(); !errors.Is(err, fs.ErrClosed) {
		return err
	}
	return nil
}

// A progressLine is rewritten in place on a terminal; elsewhere a line is written now and then.
type progressLine struct {
	p     program
	live  bool
	shown bool
	last  time.Duration
}

// betweenLines is how often a line is written where it cannot be rewritten.
const betweenLines = 10 * time.Second

func (l *progressLine) show(g load.Progress) {
	text := fmt.Sprintf("%5.1f s  %d begun, %d established, %d failed, %d in flight, %.0f/s",
		g.Elapsed.Seconds(), g.Begun, g.Established, g.Failed, g.InFlight, g.Rate)
	switch {
	case l.live:
		fmt.Fprintf(l.p.err, "\r%s\x1b[K", text)
		l.shown = true
	case g.Elapsed-l.last >= betweenLines:
		fmt.Fprintln(l.p.err, text)
		l.last = g.Elapsed
	}
}

func (l *progressLine) end() {
	if l.shown {
		fmt.Fprint(l.p.err, "\r\x1b[K")
	}
}

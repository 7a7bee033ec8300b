package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"ikewit/harness/report"
	"ikewit/harness/world"
	"ikewit/impl/plutoplus"
	"ikewit/netns"
	"ikewit/netns/topo"
)

var negotiateVerb = verb{
	name: "negotiate", args: "[plutoplus option...]", help: "one negotiation between two hosts, everything checked and shown",
	details: `
Builds two hosts in namespaces, lets plutoplus --wit negotiate between them with the options given, sends traffic
through the SAs both ways, and holds every packet and every SA against what follows from the wire. The options are those of
plutoplus, for both sides: -e -a -k -v -f -t -3 -s --group -l -m -o -r -p. For example

  wit negotiate -e 3 -a 2 -t -f                  3DES with HMAC-MD5, tunnel mode, PFS
  wit negotiate -a 3 --ipv6                      AH with SHA over IPv6
  wit negotiate -t --topology gateways -e 7      Blowfish, from a host through the other's gateway
  wit negotiate --topology nat                   from behind a NAT: --natt on, unless the options say else`,
	run: program.negotiate,
}

func (p program) negotiate(s *settings) (int, error) {
	top, err := s.topologyOf()
	if err != nil {
		return report.ExitUsage, err
	}
	if err := checkOptions(s.args); err != nil {
		return report.ExitUsage, err
	}
	if err := netns.EnsurePrivileges(); err != nil {
		return report.ExitEnvironment, fmt.Errorf("namespaces: %w (wit doctor tells more)", err)
	}
	s.drawSeed()
	env := world.Settings{Fabric: "netns", Kernel: s.kernel, Out: s.out, Keep: s.keep, RunSeed: s.seed, Bad: fmt.Sprintf("%s/wit-%d", os.TempDir(), os.Getpid())}
	w := world.New(env, "negotiate", "wit "+strings.Join(s.raw, " "), []string{}, s.seed)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()

	start := time.Now()
	n := &negotiation{w: w, top: top, options: s.args, secret: s.secret}
	result := n.run(ctx)
	result.Duration, result.Seed = time.Since(start), s.seed
	if s.json {
		return status(result), n.writeJSON(p, result)
	}
	n.write(p, result)
	return status(result), nil
}

func status(r report.Result) int { return report.ExitStatus([]report.Result{r}, false) }

// topologyOf is --topology, in IPv6 with --ipv6.
func (s *settings) topologyOf() (topo.Topology, error) {
	name := s.topology
	if s.ipv6 && !strings.HasSuffix(name, "6") {
		name += "6"
	}
	top, err := topo.ByName(name)
	if err != nil {
		return top, usagef("--topology: %v", err)
	}
	return top, nil
}

// checkOptions lets plutoplus judge its options before anything is built.
func checkOptions(args []string) error {
	for _, taken := range []string{"-d", "-g", "-i", "--wit", "--debug"} {
		if slices.Contains(args, taken) {
			return usagef("%s: who negotiates with whom is said by --topology", taken)
		}
	}
	_, _, err := plutoplus.Parse(append([]string{"--wit", "-d", "192.0.2.1"}, args...))
	var usage *plutoplus.UsageError
	if errors.As(err, &usage) {
		return usagef("%s (an option of plutoplus; wit help negotiate)", usage.Text)
	}
	if err != nil {
		return usagef("%v", err)
	}
	return nil
}

// A negotiation is one run of this verb.
type negotiation struct {
	w       *world.World
	top     topo.Topology
	options []string
	secret  string

	ends    [2]string // of the traffic
	summary *world.Summary
	ladder  *report.Ladder
}

// run does everything and gives its result; what it found out is kept for the report.
func (n *negotiation) run(ctx context.Context) report.Result {
	step, err := n.steps(ctx)
	w := n.w
	if w.Topology().Name != "" {
		n.ladder = w.Ladder()
		n.summary, _ = w.Summary()
	}
	w.Snapshot()
	var kept []string
	if err != nil && w.Keep {
		var e error
		if kept, e = w.KeepNamespaces(); e != nil {
			kept = append(kept, e.Error())
		}
	}
	if e := w.Close(); e != nil && err == nil {
		step, err = "nothing is left behind", e
	}
	r := report.Result{ID: "negotiate", Name: w.Name, Feature: "negotiate", Verdict: report.Pass, Fabric: w.FabricName(), Kernel: w.KernelName()}
	if err != nil {
		r.Verdict, r.Reason = report.Fail, err.Error()
		r.Failure = w.Explain(err, step)
		r.Failure.Ladder = nil // it is shown anyway
		r.Failure.Next = strings.TrimSpace(r.Failure.Next + "\n" + strings.Join(kept, "\n"))
	}
	if err := w.KeepEvidence(&r); err != nil && r.Verdict == report.Pass {
		r.Verdict, r.Reason = report.Fail, err.Error()
	}
	return r
}

// steps is the negotiation as a scenario would tell it. The name of the step that failed comes with its error.
func (n *negotiation) steps(ctx context.Context) (string, error) {
	w, left, right := n.w, n.top.Peers[0], n.top.Peers[1]
	n.ends = n.top.Peers
	both := func(f func(host string) error) func() error {
		return func() error { return errors.Join(f(left), f(right)) }
	}
	list := []struct {
		name string
		do   func() error
	}{
		{"build the topology " + n.top.Name, func() error { return w.UseTopology(n.top.Name) }},
		{"plan", n.plan},
		{left + " initiates", func() error { return w.Initiate(ctx, left, false) }},
		{"both sides succeed", both(func(host string) error { return w.Succeeded(ctx, host) })},
		{"the SAs agree with the wire", w.SAsAgree},
		{"traffic passes in the SAs only", func() error { return n.traffic(ctx) }},
		{"what every scenario is checked for", func() error { return w.Judge(ctx) }},
		{"both sides exit with 0", both(func(host string) error { return w.Exits(ctx, host, 0) })},
	}
	for _, s := range list {
		if err := s.do(); err != nil {
			return s.name, err
		}
	}
	return "", nil
}

// plan says how both sides run. Behind a gateway, alice speaks for herself to the host behind bob; where a NAT is between them, and
// tunnel mode is not asked for, to bob.
func (n *negotiation) plan() error {
	w, left, right := n.w, n.top.Peers[0], n.top.Peers[1]
	if n.secret != "" {
		if err := errors.Join(w.Secret(left, n.secret), w.Secret(right, n.secret)); err != nil {
			return err
		}
	}
	text := strings.Join(n.options, " ")
	if len(n.top.NATs) > 0 && !slices.Contains(n.options, "--natt") {
		text += " --natt on"
	}
	if n.top.Ends == n.top.Peers || len(n.top.NATs) > 0 && !slices.Contains(n.options, "-t") {
		return errors.Join(w.Plan(left, text, false), w.Plan(right, text, false))
	}
	if !slices.Contains(n.options, "-t") {
		text += " -t"
	}
	n.ends = [2]string{left, n.top.Ends[1]}
	return errors.Join(
		w.Plan(left, fmt.Sprintf("--wit -g {%s} -d {%s} %s", right, n.ends[1], text), true),
		w.Plan(right, fmt.Sprintf("--wit -g {%s} -d %v %s", left, w.OwnAddr(left), text), true))
}

// traffic is pings both ways; where SAs are in no stack there is none, and that is told.
func (n *negotiation) traffic(ctx context.Context) error {
	err := n.w.Traffic(ctx, n.ends[0], n.ends[1])
	var unsupported *world.Unsupported
	if errors.As(err, &unsupported) && n.w.Kernel == "none" {
		return nil
	}
	return err
}

func (n *negotiation) writeJSON(p program, r report.Result) error {
	e := json.NewEncoder(p.out)
	e.SetIndent("", " ")
	e.SetEscapeHTML(false)
	return e.Encode(struct {
		report.Result
		Seconds float64        `json:"seconds"`
		Summary *world.Summary `json:"summary,omitempty"`
		Rungs   []string       `json:"messages,omitempty"`
	}{r, r.Duration.Seconds(), n.summary, n.rungs()})
}

// rungs are the messages in words: "alice -> bob MI1 HDR SA".
func (n *negotiation) rungs() []string {
	if n.ladder == nil {
		return nil
	}
	var list []string
	for _, r := range n.ladder.Rungs {
		from, to := n.top.Peers[0], n.top.Peers[1]
		if !r.ToRight {
			from, to = to, from
		}
		if !r.Local {
			list = append(list, fmt.Sprintf("%s -> %s %s %s", from, to, r.Name, r.Text))
		}
	}
	return list
}

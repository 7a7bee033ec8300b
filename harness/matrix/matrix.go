// Package matrix lets every implementation negotiate with every other, each in both roles, and says who is to blame
// where two do not come together.
package matrix

import (
	"context"
	"fmt"
	"slices"

	"ikewit/harness/peer/foreign"
	"ikewit/harness/report"
	"ikewit/harness/steps"
	"ikewit/harness/suite"
)

// Names are the implementations, in the order of rows and columns. The first is the one that others are compared with.
func Names() []string { return append([]string{"self", "plutoplus"}, foreign.Names()...) }

// A negotiation is what is tried in every cell, in options of plutoplus that every implementation still takes.
type negotiation struct{ Name, Options string }

var negotiations = []negotiation{
	{"ESP 3DES and SHA, transport", "-3 -s --group 5 -e 3 -a 3"},
	{"ESP 3DES and SHA, tunnel, PFS", "-3 -s --group 5 -e 3 -a 3 -t -f"},
	{"ESP NULL and SHA, tunnel", "-3 -s --group 5 -e 11 -a 3 -t"},
	{"AH SHA, transport", "-3 -s --group 5 -a 3"},
	{"MD5 in phase 1, ESP 3DES and MD5", "-3 --group 5 -e 3 -a 2"},
}

// A Trial is one negotiation of two implementations.
type Trial struct {
	Initiator   string         `json:"initiator"`
	Responder   string         `json:"responder"`
	Negotiation string         `json:"negotiation"`
	Verdict     report.Verdict `json:"verdict"`
	Reason      string         `json:"reason,omitempty"`
	Blame       string         `json:"blame,omitempty"` // whose fault a failure is, and why
	Peers       string         `json:"peers,omitempty"` // versions of the foreign ones
	Stack       string         `json:"stack"`           // where SAs of the initiator were; none: no data travelled
	Data        string         `json:"data,omitempty"`  // "carried": traffic both ways, judged
	Seconds     float64        `json:"seconds"`
	Seed        uint64         `json:"seed"`
	Bundle      string         `json:"bundle"`
}

// Options of a run.
type Options struct {
	suite.Options
	steps.Environment
	Cells []string // "strongswan/libreswan": only these; nil: all
}

// Run fills the matrix. done is told of every trial as it ends.
func Run(ctx context.Context, o Options, done func(report.Result)) []Trial {
	var cases []suite.Case
	var trials []Trial
	for _, i := range Names() {
		for _, r := range Names() {
			if o.Cells != nil && !slices.Contains(o.Cells, i+"/"+r) {
				continue
			}
			for n, what := range negotiations {
				cases = append(cases, scenario(i, r, n, what))
				trials = append(trials, Trial{Initiator: i, Responder: r, Negotiation: what.Name})
			}
		}
	}
	for n, r := range suite.Run(ctx, cases, o.Options, steps.Runner(o.Environment), done) {
		t := &trials[n]
		t.Verdict, t.Reason, t.Peers, t.Stack = r.Verdict, r.Reason, r.Peer, r.Kernel
		t.Data = r.Data
		t.Seconds, t.Seed, t.Bundle = r.Duration.Seconds(), r.Seed, r.Bundle
	}
	for n := range trials {
		if !good(trials[n].Verdict) {
			trials[n].Blame = blame(trials, trials[n])
		}
	}
	return trials
}

// scenario is the case of a trial.
func scenario(initiator, responder string, n int, what negotiation) suite.Case {
	c := suite.Case{
		ID:   fmt.Sprintf("matrix/%s-%s-%d", initiator, responder, n+1),
		Name: fmt.Sprintf("wit matrix --cell %s/%s", initiator, responder),
		File: "matrix.feature", Feature: what.Name, Tags: []string{"interop", "netns"},
	}
	for _, text := range []string{
		"two hosts",
		fmt.Sprintf("alice is %s and bob is %s, and both run with %q", initiator, responder, what.Options),
		"alice initiates",
		"both sides have made a pair of SAs",
	} {
		c.Steps = append(c.Steps, suite.Step{Keyword: "*", Text: text})
	}
	return c
}

func good(v report.Verdict) bool { return v == report.Pass || v == report.Unsupported }

// blame substitutes: the same negotiation, the initiator against our own engine, and our engine against the responder. Whoever
// fails there too is at fault.
func blame(all []Trial, t Trial) string {
	reference := Names()[0]
	if t.Verdict != report.Fail {
		return "nobody: nothing was learnt"
	}
	if t.Initiator == reference && t.Responder == reference {
		return "ours alone"
	}
	if t.Initiator == reference || t.Responder == reference {
		return blameByOthers(all, t)
	}
	asInitiator, one := find(all, t.Initiator, reference, t.Negotiation)
	asResponder, other := find(all, reference, t.Responder, t.Negotiation)
	switch {
	case !one || !other:
		return "not known: run the cells with " + reference + " too"
	case !good(asInitiator.Verdict) && good(asResponder.Verdict):
		return fmt.Sprintf("%s as initiator: it fails against %s too, and %s against %s does not", t.Initiator, reference, reference, t.Responder)
	case good(asInitiator.Verdict) && !good(asResponder.Verdict):
		return fmt.Sprintf("%s as responder: it fails against %s too, and %s against %s does not", t.Responder, reference, t.Initiator, reference)
	case good(asInitiator.Verdict):
		return "only these two together: each comes together with " + reference
	}
	return "both: neither comes together with " + reference
}

// blameByOthers: one of the two is our engine. It is at fault if the other comes together with anybody else.
func blameByOthers(all []Trial, t Trial) string {
	reference := Names()[0]
	other, passed := t.Initiator, ""
	if other == reference {
		other = t.Responder
	}
	for _, x := range all {
		same := x.Negotiation == t.Negotiation && x.Verdict == report.Pass
		if same && (t.Responder == reference && x.Initiator == other && x.Responder != reference ||
			t.Initiator == reference && x.Responder == other && x.Initiator != reference) {
			passed = x.Initiator + "/" + x.Responder
		}
	}
	if passed != "" {
		return fmt.Sprintf("%s: %s passes", reference, passed)
	}
	return fmt.Sprintf("%s: it comes together with nobody", other)
}

func find(all []Trial, initiator, responder, what string) (Trial, bool) {
	i := slices.IndexFunc(all, func(t Trial) bool {
		return t.Initiator == initiator && t.Responder == responder && t.Negotiation == what
	})
	if i < 0 {
		return Trial{}, false
	}
	return all[i], true
}

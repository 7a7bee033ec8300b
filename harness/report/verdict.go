package report

import "slices"

// A Verdict is how a case ended.
type Verdict string

// Every case ends in one of these.
const (
	Pass        Verdict = "pass"
	Fail        Verdict = "fail"
	XFail       Verdict = "xfail"       // failed, as a reviewed entry says it does
	XPass       Verdict = "xpass"       // passed, although a reviewed entry says that it fails
	Unsupported Verdict = "unsupported" // this peer, fabric or kernel cannot do it
	Unresolved  Verdict = "unresolved"  // the thing under test did not happen, so nothing was learnt
	Skipped     Verdict = "skipped"     // not run: the run was ended before
)

// Verdicts lists all, in the order in which they are counted out.
var Verdicts = []Verdict{Pass, Fail, XFail, XPass, Unsupported, Unresolved, Skipped}

// Exit statuses of the wit command.
const (
	ExitGood        = 0
	ExitFailed      = 1   // some case failed, or passed against expectation
	ExitUsage       = 2   // the command line makes no sense
	ExitNothing     = 3   // the selectors matched nothing
	ExitUnresolved  = 4   // nothing failed, but something was not resolved
	ExitEnvironment = 5   // this machine lacks something; it was named
	ExitBisectSkip  = 125 // instead of 4, for git bisect run
)

// Executed counts the results that come from running a case.
func Executed(results []Result) int {
	n := 0
	for _, r := range results {
		if r.Verdict != Skipped && r.Verdict != Unsupported {
			n++
		}
	}
	return n
}

// Count gives the number of results of each verdict; every verdict is a key.
func Count(results []Result) map[Verdict]int {
	m := map[Verdict]int{}
	for _, v := range Verdicts {
		m[v] = 0
	}
	for _, r := range results {
		m[r.Verdict]++
	}
	return m
}

// ExitStatus is what a run exits with, never a count. A run in which nothing was executed
// is unresolved: silence is no success.
func ExitStatus(results []Result, bisect bool) int {
	n := Count(results)
	switch {
	case len(results) == 0:
		return ExitNothing
	case n[Fail]+n[XPass] > 0:
		return ExitFailed
	case n[Unresolved] > 0 || Executed(results) == 0:
		if bisect {
			return ExitBisectSkip
		}
		return ExitUnresolved
	}
	return ExitGood
}

// wantsDetail reports whether a verdict has to be explained.
func (v Verdict) wantsDetail() bool { return slices.Contains([]Verdict{Fail, XPass, Unresolved}, v) }

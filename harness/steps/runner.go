package steps

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cucumber/godog"

	"ikewit/harness/peer"
	"ikewit/harness/report"
	"ikewit/harness/suite"
	"ikewit/harness/world"
)

// Environment is what all cases of a run have in common.
type Environment = world.Settings

// Runner runs cases, each in a world of its own.
func Runner(env Environment) suite.Runner {
	return func(ctx context.Context, c *suite.Case, seed uint64) report.Result {
		w := world.New(env, c.ID, c.Name, c.Tags, seed)
		o := runSteps(ctx, c, rows(&scenario{w: w}))
		return conclude(ctx, w, o)
	}
}

// An outcome is how the steps of a case ended.
type outcome struct {
	err   error
	step  suite.Step // that ended it
	guard bool       // it was a guard
	done  int        // steps that passed
}

// runSteps hands one case to godog, with the sentences bound to its scenario.
func runSteps(ctx context.Context, c *suite.Case, language []row) outcome {
	var o outcome
	at := 0
	initialize := func(sc *godog.ScenarioContext) {
		for i, r := range language {
			sc.Step(patterns[i], r.do)
		}
		sc.StepContext().After(func(ctx context.Context, st *godog.Step, status godog.StepResultStatus, err error) (context.Context, error) {
			switch {
			case o.err != nil:
			case err != nil || status != godog.StepPassed:
				o.step, o.guard, o.err = c.Steps[at], isGuard(st.Text), err
				if err == nil {
					o.err = fmt.Errorf("the step is %v", status)
				}
			default:
				o.done++
			}
			at++
			return ctx, nil
		})
	}
	status := godog.TestSuite{
		Name:                c.ID,
		ScenarioInitializer: initialize,
		Options: &godog.Options{
			Format: "progress", Output: io.Discard, NoColors: true, Strict: true, Concurrency: 1, DefaultContext: ctx,
			FeatureContents: []godog.Feature{{Name: c.File, Contents: []byte(c.Gherkin())}},
		},
	}.Run()
	if o.err == nil && (status != 0 || o.done != len(c.Steps)) {
		o.err = fmt.Errorf("godog ended with status %d after %d of %d steps", status, o.done, len(c.Steps))
	}
	return o
}

// conclude makes a verdict of the outcome, of the last checks, and of what was left behind, and keeps the evidence.
func conclude(ctx context.Context, w *world.World, o outcome) report.Result {
	if o.err == nil {
		if o.err = w.Judge(ctx); o.err != nil {
			o.step = suite.Step{Text: "what every scenario is checked for"}
		}
	}
	o.err = w.Blame(o.err)
	w.Snapshot()
	var kept []string
	if o.err != nil && w.Keep {
		var err error
		if kept, err = w.KeepNamespaces(); err != nil {
			kept = append(kept, err.Error())
		}
	}
	if err := w.Close(); err != nil && o.err == nil {
		o.err, o.step = err, suite.Step{Text: "nothing is left behind"}
	}
	r := report.Result{Verdict: report.Pass, Fabric: w.FabricName(), Kernel: w.KernelName(), Peer: w.PeerVersion(), Data: w.DataText()}
	if o.err != nil {
		r.Verdict, r.Reason = verdictOf(o), o.err.Error()
		r.Failure = w.Explain(o.err, stepText(o.step))
		r.Failure.Next = strings.TrimSpace(r.Failure.Next + "\n" + strings.Join(kept, "\n"))
	}
	if err := w.KeepEvidence(&r); err != nil && r.Verdict == report.Pass {
		r.Verdict, r.Reason = report.Fail, err.Error()
		r.Failure = &report.Failure{Code: "evidence", Cause: err.Error()}
	}
	return expected(w, r)
}

// expected compares a result with the known failures.
func expected(w *world.World, r report.Result) report.Result {
	k, known := peer.FindKnown(w.Known, w.ID, w.Name, time.Now())
	switch {
	case known && r.Verdict == report.Fail:
		r.Verdict, r.Failure = report.XFail, nil
		r.Reason = fmt.Sprintf("known: %s; %s", k.Reason, k.Link)
	case known && r.Verdict == report.Pass:
		r.Verdict, r.Reason = report.XPass, "it passes, although it is known to fail: "+k.Reason
		r.Failure = &report.Failure{Code: "xpass", Cause: r.Reason, Next: "take the line " + k.Glob + " out of the peer's known failures", Rerun: w.Rerun()}
	}
	return r
}

func verdictOf(o outcome) report.Verdict {
	var (
		unresolved  *world.Unresolved
		unsupported *world.Unsupported
	)
	switch {
	case errors.As(o.err, &unsupported):
		return report.Unsupported
	case errors.As(o.err, &unresolved), o.guard:
		return report.Unresolved
	}
	return report.Fail
}

func stepText(s suite.Step) string {
	if s.Line == 0 {
		return s.Text
	}
	return fmt.Sprintf("%s %s (line %d)", s.Keyword, s.Text, s.Line)
}

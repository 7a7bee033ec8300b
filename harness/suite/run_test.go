package suite

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"ikewit/harness/report"
)

func passes(context.Context, *Case, uint64) report.Result {
	return report.Result{Verdict: report.Pass}
}

func TestRunKeepsOrderAndTellsEach(t *testing.T) {
	cases := sampleCases(t)
	told := 0
	got := Run(t.Context(), cases, Options{Jobs: 4, Repeat: 3, Seed: 5}, passes, func(report.Result) { told++ })
	if len(got) != 3*len(cases) || told != len(got) {
		t.Fatalf("%d results, %d told", len(got), told)
	}
	for i, r := range got {
		c := cases[i%len(cases)]
		if r.ID != c.ID || r.Verdict != report.Pass || r.Seed != CaseSeed(5, c.ID, i/len(cases)) {
			t.Errorf("result %d: %+v", i, r)
		}
	}
	if got[0].Seed == got[len(cases)].Seed {
		t.Error("the second round has the seed of the first")
	}
}

func TestRunAtMostSoManyJobs(t *testing.T) {
	var now, most atomic.Int32
	gate := make(chan struct{}, 2)
	run := func(ctx context.Context, c *Case, seed uint64) report.Result {
		n := now.Add(1)
		defer now.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		gate <- struct{}{} // at most two are here at a time if two run at a time
		<-gate
		return report.Result{Verdict: report.Pass}
	}
	Run(t.Context(), sampleCases(t), Options{Jobs: 2, Repeat: 20}, run, nil)
	if most.Load() > 2 {
		t.Errorf("%d at a time, want at most 2", most.Load())
	}
}

func TestRunFailFastSkipsTheRest(t *testing.T) {
	run := func(_ context.Context, c *Case, _ uint64) report.Result {
		return report.Result{Verdict: report.Fail, Failure: &report.Failure{}}
	}
	got := Run(t.Context(), sampleCases(t), Options{Jobs: 1, FailFast: true}, run, nil)
	n := report.Count(got)
	if n[report.Fail] != 1 || n[report.Skipped] != len(got)-1 {
		t.Errorf("%v", n)
	}
}

func TestRunSurvivesPanicAndHang(t *testing.T) {
	cases := sampleCases(t)[:2]
	forever := make(chan struct{})
	defer close(forever)
	run := func(ctx context.Context, c *Case, _ uint64) report.Result {
		if c.ID == cases[0].ID {
			panic("boom")
		}
		<-forever
		return report.Result{}
	}
	got := Run(t.Context(), cases, Options{Jobs: 2, Timeout: time.Millisecond, Grace: time.Millisecond}, run, nil)
	if got[0].Verdict != report.Fail || got[0].Failure.Code != "panic" || got[1].Verdict != report.Fail || got[1].Failure.Code != "hang" {
		t.Errorf("%+v\n%+v", got[0], got[1])
	}
}

func TestRunFillsInTheRule(t *testing.T) {
	run := func(context.Context, *Case, uint64) report.Result {
		return report.Result{Verdict: report.Fail, Failure: &report.Failure{}}
	}
	got := Run(t.Context(), sampleCases(t)[1:2], Options{}, run, nil)
	if f := got[0].Failure; f.Clause != "RFC 2408 section 3.1 (IKE1-HDR-04)" || f.Level != "MUST" {
		t.Errorf("%+v", f)
	}
}

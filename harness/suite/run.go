package suite

import (
	"context"
	"fmt"
	"hash/fnv"
	"runtime/debug"
	"sync"
	"time"

	"ikewit/harness/report"
)

// A Runner runs one case to its verdict. It must end soon after the context does. It fills in
// Verdict, Reason, Failure and what it knows of where the case ran; the rest is filled in by Run.
type Runner func(ctx context.Context, c *Case, seed uint64) report.Result

// Options of a run. Their zero values mean one job, no limit, once.
type Options struct {
	Jobs     int
	Repeat   int           // how often each case runs, with another seed each time
	Timeout  time.Duration // for one case
	Grace    time.Duration // for its clearing up; 0: 10 s
	FailFast bool          // what has not begun when a case fails is skipped
	Seed     uint64
}

// Run runs the cases, several at a time, and gives their results in the order of the cases.
// done is told of each result as it comes, from one goroutine at a time; it may be nil.
func Run(ctx context.Context, cases []Case, o Options, run Runner, done func(report.Result)) []report.Result {
	type job struct {
		c    *Case
		at   int
		seed uint64
	}
	repeat := max(1, o.Repeat)
	results := make([]report.Result, len(cases)*repeat)
	jobs := make(chan job)
	stop, cancel := context.WithCancel(ctx)
	defer cancel()
	var (
		wg sync.WaitGroup
		mu sync.Mutex
	)
	for range max(1, o.Jobs) {
		wg.Go(func() {
			for j := range jobs {
				r := o.one(stop, ctx, j.c, j.seed, run)
				if o.FailFast && (r.Verdict == report.Fail || r.Verdict == report.XPass) {
					cancel()
				}
				mu.Lock()
				results[j.at] = r
				if done != nil {
					done(r)
				}
				mu.Unlock()
			}
		})
	}
	for round := range repeat {
		for i := range cases {
			at := round*len(cases) + i
			jobs <- job{&cases[i], at, CaseSeed(o.Seed, cases[i].ID, round)}
		}
	}
	close(jobs)
	wg.Wait()
	return results
}

// CaseSeed is the seed of one case: the same whichever other cases run, so that one case run alone
// does what it did among others. Round 0 with the seed of the run gives it back in a rerun.
func CaseSeed(seed uint64, id string, round int) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s %d", seed, id, round)
	return h.Sum64() >> 12 // fits a JSON number
}

// one runs a case, unless no more are to begin (stop), within its time, and survives its panic.
func (o Options) one(stop, ctx context.Context, c *Case, seed uint64, run Runner) report.Result {
	if stop.Err() != nil {
		return c.result(report.Result{Verdict: report.Skipped, Reason: "the run was ended before"}, 0, seed)
	}
	if o.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.Timeout)
		defer cancel()
	}
	start := time.Now()
	out := make(chan report.Result, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				out <- failed("panic", fmt.Sprintf("the harness panicked: %v", p), string(debug.Stack()))
			}
		}()
		out <- run(ctx, c, seed)
	}()
	grace := o.Grace
	if grace == 0 {
		grace = 10 * time.Second
	}
	var r report.Result
	select {
	case r = <-out:
	case <-late(ctx, grace):
		r = failed("hang", fmt.Sprintf("the case did not end within %v after its time was up (%v)", grace, context.Cause(ctx)), "")
	}
	return c.result(r, time.Since(start), seed)
}

// late closes its channel a while after the context ends.
func late(ctx context.Context, grace time.Duration) <-chan struct{} {
	c := make(chan struct{})
	context.AfterFunc(ctx, func() { time.AfterFunc(grace, func() { close(c) }) })
	return c
}

func failed(code, cause, actual string) report.Result {
	return report.Result{Verdict: report.Fail, Reason: cause, Failure: &report.Failure{Code: code, Cause: cause, Actual: actual}}
}

// result fills in what the case itself says.
func (c *Case) result(r report.Result, d time.Duration, seed uint64) report.Result {
	r.ID, r.Name, r.Feature, r.Tags = c.ID, c.Name, c.Feature, c.Tags
	r.Duration, r.Seed = d, seed
	if f := r.Failure; f != nil {
		if f.Clause == "" {
			f.Clause = clauseText(c)
		}
		if f.Level == "" {
			f.Level = c.levelText()
		}
	}
	return r
}

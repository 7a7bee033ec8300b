package main

import (
	"fmt"
	"runtime"
	"slices"

	"golang.org/x/sys/unix"

	"ikewit/harness/suite"
	"ikewit/harness/world"
)

// leaveKernelOut takes the cases that need a kernel with IPsec (@kernel) out of a run that named none, where this kernel has no ESP, and says so. What
// was asked for by name runs, and says itself that it cannot.
func (p program) leaveKernelOut(s *settings, cases []suite.Case) []suite.Case {
	needs := func(c suite.Case) bool { return c.HasTag("kernel") }
	if len(s.args) > 0 || s.failed || s.fabric != "netns" || !slices.ContainsFunc(cases, needs) || kernelHasIPsec() {
		return cases
	}
	left := slices.DeleteFunc(slices.Clone(cases), needs)
	if len(left) == 0 {
		return cases
	}
	fmt.Fprintf(p.out, "%d cases with @kernel left out: %s (make kernel runs them)\n", len(cases)-len(left), world.NeedsKernel)
	return left
}

// kernelHasIPsec asks in a namespace of its own, on a thread that ends with it. Where there is no telling, there is none.
func kernelHasIPsec() bool {
	answer := make(chan bool)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread is of no use to others
		if unix.Unshare(unix.CLONE_NEWNET) != nil {
			answer <- false
			return
		}
		has, err := world.KernelHasIPsec()
		answer <- has && err == nil
	}()
	return <-answer
}

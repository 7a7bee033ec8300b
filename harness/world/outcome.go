package world

import "fmt"

// Unresolved says that the thing under test did not happen, so that nothing was learnt.
type Unresolved struct{ Why string }

func (e *Unresolved) Error() string { return e.Why }

// Unsupported says that this fabric, kernel or peer cannot do what a scenario needs.
type Unsupported struct{ What string }

func (e *Unsupported) Error() string { return e.What }

// A Mismatch is a check that failed: what was expected and what came.
type Mismatch struct {
	Code     string // short name of the check: "exit-status", "notify"
	What     string // one sentence
	Expected string
	Actual   string
	Next     string // what to do now; ""
}

func (e *Mismatch) Error() string {
	if e.Expected == "" && e.Actual == "" {
		return e.What
	}
	return fmt.Sprintf("%s: expected %s, got %s", e.What, e.Expected, e.Actual)
}

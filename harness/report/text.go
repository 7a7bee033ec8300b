package report

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// A Text prints a run as it goes: a line a case where the output is a file or a pipe, a live
// counter and only the lines that matter on a terminal. The explanations come at the end.
type Text struct {
	W     io.Writer
	Live  bool // W is a terminal
	Paint Paint
	Quiet bool // no line for a pass
	Total int

	results []Result
	start   time.Time
}

// explained is how many cases are explained at the end: who has more to read begins with the first.
const explained = 10

// Begin prints what is about to run.
func (t *Text) Begin(total int, what string) {
	t.Total, t.start = total, time.Now()
	fmt.Fprintln(t.W, what)
}

// Done prints one result.
func (t *Text) Done(r Result) {
	t.results = append(t.results, r)
	if !t.Live && !(t.Quiet && r.Verdict == Pass) || r.Verdict.wantsDetail() {
		t.clear()
		t.line(r)
	}
	if t.Live {
		fmt.Fprintf(t.W, "\r%d/%d  %s", len(t.results), t.Total, t.counts())
	}
}

// End explains what was not good and counts everything.
func (t *Text) End() {
	t.clear()
	told, more := 0, 0
	for _, r := range t.results {
		switch {
		case !r.Verdict.wantsDetail():
		case told == explained:
			more++
		default:
			told++
			fmt.Fprintln(t.W)
			WriteFailure(t.W, r, t.Paint)
		}
	}
	if more > 0 {
		fmt.Fprintf(t.W, "\n%d more are not explained here: wit run --failed shows them in smaller numbers, their evidence lies beside that of the others\n", more)
	}
	fmt.Fprintf(t.W, "\n%s  of %d cases in %.1f s\n%s", t.counts(), len(t.results), time.Since(t.start).Seconds(), t.data())
}

// data says how many cases carried data, where some could not.
func (t *Text) data() string {
	carried, without, why := 0, 0, ""
	for _, r := range t.results {
		switch {
		case r.Data == Carried:
			carried++
		case r.Dataless():
			without, why = without+1, r.Data
		}
	}
	if without == 0 {
		return ""
	}
	return fmt.Sprintf("traffic: %d cases carried it; in %d it was an unsupported check: %s\n", carried, without, why)
}

func (t *Text) line(r Result) {
	line := fmt.Sprintf("%s %6.2fs  %s  %s", t.Paint.Verdict(r.Verdict, fmt.Sprintf("%-11s", r.Verdict)), r.Duration.Seconds(), r.ID, r.Name)
	if r.Reason != "" && !r.Verdict.wantsDetail() {
		line += "  (" + r.Reason + ")"
	}
	if r.Verdict == Pass && r.Dataless() {
		line += "  (traffic unsupported: " + r.Data + ")"
	}
	fmt.Fprintln(t.W, line)
}

func (t *Text) counts() string {
	n := Count(t.results)
	var list []string
	for _, v := range Verdicts {
		if n[v] > 0 || v == Pass {
			list = append(list, t.Paint.Verdict(v, fmt.Sprintf("%d %s", n[v], v)))
		}
	}
	return strings.Join(list, ", ")
}

func (t *Text) clear() {
	if t.Live {
		fmt.Fprint(t.W, "\r\x1b[K")
	}
}

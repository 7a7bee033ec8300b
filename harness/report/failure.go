package report

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// WriteFailure explains one result that is not good: verdict, scenario, clause and level; the
// cause; expected and actual; the messages; SA differences; what to do next; where the evidence is; the
// command that runs it again.
func WriteFailure(w io.Writer, r Result, paint Paint) {
	f := r.Failure
	if f == nil {
		f = &Failure{Cause: r.Reason}
	}
	fmt.Fprintf(w, "%s  %s\n", paint.Verdict(r.Verdict, strings.ToUpper(string(r.Verdict))), r.Name)
	fmt.Fprintf(w, "  at        %s\n", r.ID)
	field(w, "rule", strings.TrimSpace(f.Clause+" "+f.Level))
	field(w, "step", f.Step)
	cause := f.Cause
	if f.Code != "" {
		cause += " [" + f.Code + "]"
	}
	field(w, "cause", cause)
	field(w, "expected", f.Expected)
	field(w, "actual", f.Actual)
	if text := f.Ladder.String(); text != "" {
		fmt.Fprintf(w, "  messages\n%s", indent(text, "  "))
	}
	block(w, "SAs", f.SADiff)
	block(w, "said", f.Log)
	field(w, "next", f.Next)
	if r.Bundle != "" {
		field(w, "evidence", r.Bundle)
		field(w, "", strings.Join(names(f.Files), "  "))
	}
	field(w, "again", f.Rerun)
}

func field(w io.Writer, name, text string) {
	if text == "" {
		return
	}
	lines := strings.Split(text, "\n")
	fmt.Fprintf(w, "  %-9s %s\n", name, lines[0])
	for _, l := range lines[1:] {
		fmt.Fprintf(w, "            %s\n", l)
	}
}

func block(w io.Writer, name string, lines []string) {
	for i, l := range lines {
		if i > 0 {
			name = ""
		}
		fmt.Fprintf(w, "  %-9s %s\n", name, l)
	}
}

// names are the last elements of paths.
func names(paths []string) []string {
	var list []string
	for _, p := range paths {
		list = append(list, filepath.Base(p))
	}
	return list
}

func indent(text, by string) string {
	return by + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n"+by) + "\n"
}

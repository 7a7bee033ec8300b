package peer

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"time"
)

// A Known failure is one that was looked at and found to be the peer's own: it is expected, and its passing is news.
type Known struct {
	Glob    string // of scenario names, or of IDs like features/wit/*.feature:*
	Reason  string // the peer's behaviour
	Link    string // where more is said
	Expires time.Time
}

// ParseKnown reads a file of known failures: a line each, glob | reason | link | last day that it holds. Empty
// lines, and lines that begin with #, say nothing. The error names every line that makes no sense.
func ParseKnown(file, text string) ([]Known, error) {
	var (
		list []Known
		errs []error
	)
	for n, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		k, err := parseKnown(line)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s line %d: %w", file, n+1, err))
			continue
		}
		list = append(list, k)
	}
	return list, errors.Join(errs...)
}

func parseKnown(line string) (Known, error) {
	f := strings.Split(line, "|")
	if len(f) != 4 {
		return Known{}, fmt.Errorf("%d fields, there must be four: glob | reason | link | last day", len(f))
	}
	for i := range f {
		if f[i] = strings.TrimSpace(f[i]); f[i] == "" {
			return Known{}, fmt.Errorf("field %d is empty", i+1)
		}
	}
	if _, err := path.Match(f[0], ""); err != nil {
		return Known{}, fmt.Errorf("glob %q: %w", f[0], err)
	}
	day, err := time.Parse(time.DateOnly, f[3])
	if err != nil {
		return Known{}, fmt.Errorf("last day %q: write it like 2027-01-31", f[3])
	}
	return Known{f[0], f[1], f[2], day}, nil
}

// FindKnown gives the entry that is about a case today; false if there is none.
func FindKnown(list []Known, id, name string, today time.Time) (Known, bool) {
	for _, k := range list {
		if !today.Before(k.Expires.AddDate(0, 0, 1)) {
			continue
		}
		for _, text := range []string{name, id} {
			// A slash in a scenario's name is no separator.
			if ok, _ := path.Match(strings.ReplaceAll(k.Glob, "/", "\x00"), strings.ReplaceAll(text, "/", "\x00")); ok {
				return k, true
			}
		}
	}
	return Known{}, false
}

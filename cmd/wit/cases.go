package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"ikewit/features"
	"ikewit/harness/report"
	"ikewit/harness/suite"
)

// loadCases reads the features: those that are on disk where an argument names them, so that a
// scenario can be edited and run at once, and those inside the program else.
func loadCases(args []string) ([]suite.Case, error) {
	if root, ok := diskRoot(args); ok {
		return suite.Read(os.DirFS(root), path.Base(root))
	}
	return suite.Read(features.Files, "features")
}

// diskRoot finds the features folder on disk that the arguments point into. Feature files outside
// of a folder of that name are found by their own folder.
func diskRoot(args []string) (string, bool) {
	for _, a := range args {
		file, _, _ := strings.Cut(a, ".feature:")
		if file != a {
			file += ".feature"
		}
		if _, err := os.Stat(file); err != nil || !strings.ContainsRune(file, '/') && file != "features" {
			continue
		}
		for dir := filepath.Clean(file); dir != "." && dir != "/"; dir = filepath.Dir(dir) {
			if filepath.Base(dir) == "features" {
				return dir, true
			}
		}
	}
	return "", false
}

// pick gives the cases that a command line asks for. The error is a usage error, or errNothing.
func (s *settings) pick() ([]suite.Case, error) {
	cases, err := loadCases(s.args)
	if err != nil {
		return nil, fmt.Errorf("the features cannot be read:\n%w", err)
	}
	ch := suite.Choice{Exclude: s.exclude, Shard: s.shard}
	for _, a := range s.args {
		sel, err := suite.ParseSelector(a)
		if err != nil {
			return nil, usagef("%v", err)
		}
		ch.Select = append(ch.Select, sel)
	}
	cases = slices.DeleteFunc(cases, func(c suite.Case) bool { return !s.role(&c) || !s.concerns(&c) })
	if s.failed {
		if ch.IDs, err = lastBad(); err != nil {
			return nil, err
		}
	}
	if ch.Order, err = suite.ParseOrder(s.order, s.seed); err != nil {
		return nil, usagef("%v", err)
	}
	picked, unmatched := suite.Pick(cases, ch)
	for _, u := range unmatched {
		return nil, &nothingError{fmt.Sprintf("%q (understood as %s) matches none of %d cases; wit list shows them", u.Text, kindWords[u.Kind], len(cases))}
	}
	if len(picked) == 0 {
		return nil, &nothingError{fmt.Sprintf("no case is left of %d", len(cases))}
	}
	return picked, nil
}

// role reports whether a case is one of --as: tagged with that role, or with none because both sides are ours.
func (s *settings) role(c *suite.Case) bool {
	initiator, responder := c.HasTag("initiator"), c.HasTag("responder")
	switch s.as {
	case "initiator":
		return initiator || !responder
	case "responder":
		return responder || !initiator
	}
	return true
}

var kindWords = map[string]string{
	"path": "a path", "tags": "a tag expression", "clause": "an RFC clause", "requirement": "a requirement or feature",
	"name": "part of a scenario's name",
}

// A nothingError says that a selection is empty.
type nothingError struct{ text string }

func (e *nothingError) Error() string { return e.text }

// pickStatus is the exit status of an error of pick.
func pickStatus(err error) int {
	var nothing *nothingError
	if errors.As(err, &nothing) {
		return report.ExitNothing
	}
	return report.ExitGood // the kind of the error decides
}

// drawSeed sets the seed of the run, unless one was given.
func (s *settings) drawSeed() {
	if !s.seeded {
		s.seed = rand.Uint64() >> 40 // short enough to be typed again
	}
}

// The state of the last run, for --failed: the IDs of the cases that were not good, a line each.
func statePath() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "ikewit", "failed")
}

func lastBad() ([]string, error) {
	file := statePath()
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usagef("--failed: no run was remembered (%s)", file)
	}
	return append([]string{}, strings.Fields(string(b))...), err
}

// rememberBad writes the state; a machine where that cannot be just has no --failed.
func rememberBad(results []report.Result) {
	file := statePath()
	if os.MkdirAll(filepath.Dir(file), 0o700) != nil {
		return
	}
	var b strings.Builder
	for _, r := range results {
		if r.Verdict == report.Fail || r.Verdict == report.XPass || r.Verdict == report.Unresolved {
			b.WriteString(r.ID + "\n")
		}
	}
	os.WriteFile(file, []byte(b.String()), 0o600)
}

package suite

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"

	"ikewit/features/requirements"
)

// A Selector is one thing that was asked for on a command line.
type Selector struct {
	Text  string
	Kind  string // "path", "tags", "clause", "requirement", "name": how Text was understood
	match func(*Case) bool
}

// Match reports whether a case was asked for.
func (s Selector) Match(c *Case) bool { return s.match(c) }

// ParseSelector understands, in this order: a tag expression (it has a @), an RFC clause
// (rfc2409/5.4), a requirement, feature or group of them (IKE1-HDR-04, IKE1-HDR, PP), a path with or
// without :line (features/wit, wit/esp.feature:41), and else a glob on scenario names, or
// a part of a name where it has no *, ? or [.
func ParseSelector(text string) (Selector, error) {
	switch {
	case text == "":
		return Selector{}, fmt.Errorf("an empty selector selects nothing: leave it out to run everything")
	case strings.Contains(text, "@"):
		e, err := parseTagExpr(text)
		return Selector{text, "tags", e}, err
	case requirements.LooksLikeClause(text):
		return clauseSelector(text)
	case requirements.LooksLikeID(text):
		if _, ok := requirements.Lookup(text); !ok {
			return Selector{}, fmt.Errorf("there is no requirement or feature %s in the catalogue", text)
		}
		return Selector{text, "requirement", func(c *Case) bool { return c.HasTag(text) }}, nil
	case len(requirements.InGroup(text)) > 0:
		return Selector{text, "requirement", func(c *Case) bool { return hasTagOfGroup(c, text) }}, nil
	case text == "features", strings.ContainsRune(text, '/'), strings.Contains(text, ".feature"):
		return pathSelector(text)
	}
	return nameSelector(text)
}

func hasTagOfGroup(c *Case, group string) bool {
	for _, t := range c.Tags {
		if strings.HasPrefix(t, group+"-") && requirements.LooksLikeID(t) {
			return true
		}
	}
	return false
}

func clauseSelector(text string) (Selector, error) {
	want, err := requirements.ParseClause(text)
	return Selector{text, "clause", func(c *Case) bool {
		for _, cl := range c.Clauses() {
			if want.Covers(cl) {
				return true
			}
		}
		return false
	}}, err
}

var pathLine = regexp.MustCompile(`^(.*\.feature):([0-9]+)$`)

func pathSelector(text string) (Selector, error) {
	file, line := text, 0
	if m := pathLine.FindStringSubmatch(text); m != nil {
		n, err := strconv.Atoi(m[2])
		if err != nil || n == 0 {
			return Selector{}, fmt.Errorf("selector %q: %s is not a line number", text, m[2])
		}
		file, line = m[1], n
	} else if at := strings.LastIndex(text, ".feature:"); at >= 0 {
		return Selector{}, fmt.Errorf("selector %q: %q is not a line number", text, text[at+len(".feature:"):])
	}
	file = belowFeatures(path.Clean(file))
	return Selector{text, "path", func(c *Case) bool {
		return underPath(c.File, file) && (line == 0 || line == c.Line || coversLine(c, line))
	}}, nil
}

// belowFeatures gives the part of a path below the folder of features, wherever that is.
func belowFeatures(file string) string {
	if i := strings.LastIndex("/"+file, "/features/"); i >= 0 {
		return file[i+len("features/"):]
	}
	if path.Base(file) == "features" {
		return "features"
	}
	return file
}

// underPath reports whether a feature file is that path or lies below it.
func underPath(file, want string) bool {
	if want == "features" {
		return true
	}
	file = strings.TrimPrefix(file, "features/")
	return file == want || strings.HasPrefix(file, want+"/")
}

// coversLine reports whether a line lies in the scenario: a line of an example row is that
// example's alone, any other line of an outline belongs to all of them.
func coversLine(c *Case, line int) bool {
	if c.Outline == 0 {
		return c.Line <= line && line <= c.End
	}
	return c.Outline <= line && line < c.firstExample
}

func nameSelector(text string) (Selector, error) {
	pattern := strings.ToLower(text)
	if !strings.ContainsAny(text, "*?[") {
		return Selector{text, "name", func(c *Case) bool { return strings.Contains(strings.ToLower(c.Name), pattern) }}, nil
	}
	re, err := globPattern(pattern)
	if err != nil {
		return Selector{}, fmt.Errorf("selector %q: %w", text, err)
	}
	return Selector{text, "name", func(c *Case) bool { return re.MatchString(strings.ToLower(c.Name)) }}, nil
}

// globPattern is like path.Match, but * matches a slash too: scenario names are no paths.
func globPattern(glob string) (*regexp.Regexp, error) {
	if _, err := path.Match(glob, ""); err != nil {
		return nil, err
	}
	var b strings.Builder
	b.WriteString("^")
	for i := 0; i < len(glob); i++ {
		switch ch := glob[i]; ch {
		case '*':
			b.WriteString(".*")
		case '?':
			b.WriteString(".")
		case '[':
			end := i + strings.IndexByte(glob[i:], ']')
			b.WriteString(glob[i : end+1])
			i = end
		default:
			b.WriteString(regexp.QuoteMeta(string(ch)))
		}
	}
	return regexp.Compile(b.String() + "$")
}

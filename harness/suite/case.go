package suite

import (
	"fmt"
	"slices"
	"strings"

	"ikewit/features/requirements"
)

// A Case is one scenario, or one example of an outline: the unit that runs and has a verdict.
type Case struct {
	ID      string // features/wit/esp.feature:41, the line of the scenario or of the example row
	File    string // features/wit/esp.feature
	Line    int
	Outline int // line of the outline that this is an example of; 0: an ordinary scenario
	End     int // last line of the scenario or outline
	Feature string
	Name    string   // with the example's values in place
	Tags    []string // without @, of feature, rule, scenario and examples; each once, in order
	Steps   []Step   // those of the backgrounds first

	firstExample int // line of the outline's first example row
}

// A Step is one sentence of a case.
type Step struct {
	Keyword string // "Given", "When", "Then", "And", "But"
	Text    string
	Line    int
	Doc     string     // the doc string below it, if any
	Table   [][]string // the table below it, if any
}

// HasTag reports whether the case carries a tag.
func (c *Case) HasTag(tag string) bool { return slices.Contains(c.Tags, tag) }

// Requirements gives the catalogue rows that the tags name, in the order of the tags.
func (c *Case) Requirements() []requirements.Requirement {
	var list []requirements.Requirement
	for _, t := range c.Tags {
		if r, ok := requirements.Lookup(t); ok {
			list = append(list, r)
		}
	}
	return list
}

// Clauses gives the RFC clauses that a case is about: those of its own tags, then those that its
// requirements cite.
func (c *Case) Clauses() []requirements.Clause {
	var list []requirements.Clause
	add := func(cl requirements.Clause) {
		if !slices.Contains(list, cl) {
			list = append(list, cl)
		}
	}
	for _, t := range c.Tags {
		if cl, err := requirements.ParseClause(t); err == nil {
			add(cl)
		}
	}
	for _, r := range c.Requirements() {
		for _, cl := range r.Clauses() {
			add(cl)
		}
	}
	return list
}

// Level is the strongest level that a tag of the case says: must before should before may;
// "" where none does.
func (c *Case) Level() string {
	for _, level := range requirements.LevelTags {
		if c.HasTag(level) {
			return level
		}
	}
	return ""
}

// Gherkin writes the case as a feature of one scenario, which is what is run.
func (c *Case) Gherkin() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Feature: %s\n", c.Feature)
	fmt.Fprintf(&b, "  Scenario: %s\n", c.Name)
	for _, s := range c.Steps {
		fmt.Fprintf(&b, "    %s %s\n", s.Keyword, s.Text)
		if s.Doc != "" {
			b.WriteString("      \"\"\"\n")
			for line := range strings.SplitSeq(s.Doc, "\n") {
				b.WriteString("      " + strings.ReplaceAll(line, `"""`, `\"\"\"`) + "\n")
			}
			b.WriteString("      \"\"\"\n")
		}
		for _, row := range s.Table {
			b.WriteString("      |")
			for _, cell := range row {
				b.WriteString(" " + cellEscaper.Replace(cell) + " |")
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

var cellEscaper = strings.NewReplacer(`\`, `\\`, "|", `\|`, "\n", `\n`)

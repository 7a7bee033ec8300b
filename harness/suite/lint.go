package suite

import (
	"fmt"
	"slices"

	"ikewit/features/requirements"
)

// A Matcher says which step definitions fit a sentence: by name, with those that are guards.
type Matcher func(s Step) (definitions []string, guard bool)

// Lint says what is wrong with cases, in file order: tags that mean nothing, sentences that no step
// or several steps fit, names that stand twice, scenarios that could pass although nothing
// happened (no guard), tagged requirements without class. Each begins with file and line.
func Lint(cases []Case, match Matcher) []string {
	var problems []string
	names := map[string]string{}
	for i := range cases {
		c := &cases[i]
		say := func(line int, format string, args ...any) {
			p := fmt.Sprintf("%s:%d: %s", c.File, line, fmt.Sprintf(format, args...))
			if !slices.Contains(problems, p) {
				problems = append(problems, p)
			}
		}
		if first, ok := names[c.File+c.Name]; ok {
			say(c.Line, "the name %q is that of %s too: a case must be nameable", c.Name, first)
		}
		names[c.File+c.Name] = c.ID
		lintTags(c, say)
		lintSteps(c, match, say)
	}
	return problems
}

type sayer func(line int, format string, args ...any)

func lintTags(c *Case, say sayer) {
	for _, t := range c.Tags {
		if err := CheckTag(t); err != nil {
			say(c.scenarioLine(), "%v", err)
		}
	}
	needsClass := slices.ContainsFunc(c.Requirements(), func(r requirements.Requirement) bool { return !r.IsFeature() })
	if needsClass && !slices.ContainsFunc(requirements.ClassTags, c.HasTag) {
		say(c.scenarioLine(), "requirements are tagged, but no class (@positive, @negative, @behaviour, @crypto)")
	}
	if needsClass && c.Level() == "" {
		say(c.scenarioLine(), "requirements are tagged, but no level (@must, @should ...)")
	}
	if c.HasTag("sim") && c.HasTag("netns") {
		say(c.scenarioLine(), "@sim and @netns exclude each other")
	}
}

func lintSteps(c *Case, match Matcher, say sayer) {
	guarded := false
	for _, s := range c.Steps {
		defs, guard := match(s)
		guarded = guarded || guard
		switch {
		case len(defs) == 0:
			say(s.Line, "no step is defined for %q", s.Text)
		case len(defs) > 1:
			say(s.Line, "%q is ambiguous: %q", s.Text, defs)
		}
	}
	if !guarded {
		say(c.scenarioLine(), "no guard: no step says that the thing under test really happened")
	}
}

func (c *Case) scenarioLine() int {
	if c.Outline > 0 {
		return c.Outline
	}
	return c.Line
}

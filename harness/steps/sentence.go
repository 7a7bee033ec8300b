package steps

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"ikewit/harness/suite"
)

// kind says what a sentence is for.
type kind uint8

const (
	arranges kind = iota // sets things up or makes them happen
	checks               // holds or fails; may hold although nothing happened
	proves               // a check that cannot hold unless the thing under test happened
	guards               // says that the thing under test happened; else the scenario is unresolved
)

// A row is one sentence: do takes as many arguments as there are placeholders, of type string,
// int or time.Duration as they are, and one more (*godog.DocString or *godog.Table) where the step has one.
type row struct {
	text string
	kind kind
	help string
	do   any
}

// A Sentence is what people are told of a row.
type Sentence struct{ Text, Help string }

// Sentences lists the step language, by noun.
func Sentences() []Sentence {
	var list []Sentence
	for _, r := range language {
		list = append(list, Sentence{r.text, r.help})
	}
	return list
}

// Match gives the sentences that a step is, which should be one, and whether one of them proves
// that something happened.
func Match(s suite.Step) (sentences []string, proof bool) {
	for i, r := range language {
		if patterns[i].MatchString(s.Text) {
			sentences = append(sentences, r.text)
			proof = proof || r.kind == proves || r.kind == guards
		}
	}
	return sentences, proof
}

var (
	language = rows(nil)
	patterns = compile(language)
)

var placeholders = map[string]string{
	"{host}":   `(alice|bob|carol|dave)`,
	"{string}": `"((?:[^"\\]|\\.)*)"`,
	"{int}":    `(\d+)`,
	"{word}":   `(\S+)`,
	"{time}":   `(\d+(?:\.\d+)?(?:ms|s|m|h))`,
	"{text}":   `(\S.*)`,
}

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// compile makes the patterns. A placeholder that there is not is a mistake in the table.
func compile(list []row) []*regexp.Regexp {
	var all []*regexp.Regexp // (s) is a plural that may be left out
	for _, r := range list {
		var b strings.Builder
		rest := r.text
		for _, at := range placeholder.FindAllStringIndex(r.text, -1) {
			from := len(r.text) - len(rest)
			p, ok := placeholders[r.text[at[0]:at[1]]]
			if !ok {
				panic(fmt.Sprintf("steps: %q has no placeholder %s", r.text, r.text[at[0]:at[1]]))
			}
			b.WriteString(regexp.QuoteMeta(r.text[from:at[0]]) + p)
			rest = r.text[at[1]:]
		}
		b.WriteString(regexp.QuoteMeta(rest))
		all = append(all, regexp.MustCompile("^"+strings.ReplaceAll(b.String(), `\(s\)`, "s?")+"$"))
	}
	return all
}

// isGuard reports whether a step's failure means that nothing was learnt.
func isGuard(text string) bool {
	i := slices.IndexFunc(patterns, func(p *regexp.Regexp) bool { return p.MatchString(text) })
	return i >= 0 && language[i].kind == guards
}

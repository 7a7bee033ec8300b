package suite

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	gherkin "github.com/cucumber/gherkin/go/v26"
	messages "github.com/cucumber/messages/go/v21"
)

// Read gives the cases of every .feature file below a file system's root, by file name and then by
// line. prefix is put before the names: "features". All files are read; the error joins what
// was wrong with each.
func Read(fsys fs.FS, prefix string) ([]Case, error) {
	var (
		list []Case
		errs []error
	)
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".feature") {
			return err
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		cases, err := Parse(path.Join(prefix, name), text)
		list = append(list, cases...)
		errs = append(errs, err)
		return nil
	})
	return list, errors.Join(append(errs, err)...)
}

// Parse reads one feature file. The error names the file and the line.
func Parse(file string, text []byte) ([]Case, error) {
	id := (&messages.Incrementing{}).NewId
	doc, err := gherkin.ParseGherkinDocument(bytes.NewReader(text), id)
	if err != nil {
		return nil, fmt.Errorf("%s: %s", file, strings.Join(strings.Fields(err.Error()), " "))
	}
	if doc.Feature == nil {
		return nil, fmt.Errorf("%s: there is no Feature in it", file)
	}
	if doc.Feature.Language != "en" {
		return nil, fmt.Errorf("%s: language %q: features are written in English", file, doc.Feature.Language)
	}
	p := parser{file: file, feature: doc.Feature.Name, nodes: map[string]node{}}
	p.children(doc.Feature.Children)
	for _, pickle := range gherkin.Pickles(*doc, file, id) {
		p.add(pickle)
	}
	slices.SortStableFunc(p.cases, func(a, b Case) int { return a.Line - b.Line })
	return p.cases, errors.Join(p.errs...)
}

// A node is what a pickle points back to: a scenario, a step or an example row.
type node struct {
	line, end int
	keyword   string
	outline   bool
	first     int // line of an outline's first example
}

type parser struct {
	file    string
	feature string
	nodes   map[string]node
	cases   []Case
	errs    []error
}

func (p *parser) children(list []*messages.FeatureChild) {
	for _, c := range list {
		switch {
		case c.Background != nil:
			p.steps(c.Background.Steps)
		case c.Scenario != nil:
			p.scenario(c.Scenario)
		case c.Rule != nil:
			for _, rc := range c.Rule.Children {
				p.children([]*messages.FeatureChild{{Background: rc.Background, Scenario: rc.Scenario}})
			}
		}
	}
}

func (p *parser) scenario(s *messages.Scenario) {
	n := node{line: int(s.Location.Line), outline: len(s.Examples) > 0}
	n.end = max(n.line, p.steps(s.Steps))
	rows := 0
	for _, e := range s.Examples {
		for _, r := range e.TableBody {
			p.nodes[r.Id] = node{line: int(r.Location.Line)}
			n.end = max(n.end, int(r.Location.Line))
			if rows++; rows == 1 {
				n.first = int(r.Location.Line)
			}
		}
	}
	switch {
	case s.Description != "":
		// Gherkin takes any line before the first step for a description, also a step with a mistyped keyword.
		first, _, _ := strings.Cut(strings.TrimSpace(s.Description), "\n")
		p.errs = append(p.errs, fmt.Errorf("%s:%d: %q is no step; a remark in a scenario begins with #", p.file, n.line, first))
	case len(s.Steps) == 0:
		p.errs = append(p.errs, fmt.Errorf("%s:%d: scenario %q has no steps", p.file, n.line, s.Name))
	case s.Name == "":
		p.errs = append(p.errs, fmt.Errorf("%s:%d: scenario without a name", p.file, n.line))
	case rows == 0 && (n.outline || strings.Contains(s.Keyword, "Outline") || strings.Contains(s.Keyword, "Template")):
		p.errs = append(p.errs, fmt.Errorf("%s:%d: outline %q has no examples", p.file, n.line, s.Name))
	}
	p.nodes[s.Id] = n
}

// steps notes the steps and gives the last line that they take.
func (p *parser) steps(list []*messages.Step) (last int) {
	for _, s := range list {
		n := node{line: int(s.Location.Line), keyword: strings.TrimSpace(s.Keyword)}
		p.nodes[s.Id] = n
		last = n.line
		if s.DataTable != nil {
			last += len(s.DataTable.Rows)
		}
		if s.DocString != nil {
			last += strings.Count(s.DocString.Content, "\n") + 3
		}
	}
	return last
}

func (p *parser) add(pickle *messages.Pickle) {
	if len(pickle.Steps) == 0 {
		return // said already
	}
	scenario := p.nodes[pickle.AstNodeIds[0]]
	c := Case{File: p.file, Line: scenario.line, End: scenario.end, Feature: p.feature, Name: pickle.Name}
	if len(pickle.AstNodeIds) > 1 {
		c.Outline, c.firstExample = scenario.line, scenario.first
		c.Line = p.nodes[pickle.AstNodeIds[1]].line
	}
	c.ID = fmt.Sprintf("%s:%d", c.File, c.Line)
	for _, t := range pickle.Tags {
		if tag := strings.TrimPrefix(t.Name, "@"); !slices.Contains(c.Tags, tag) {
			c.Tags = append(c.Tags, tag)
		}
	}
	for _, s := range pickle.Steps {
		c.Steps = append(c.Steps, p.step(s))
	}
	p.cases = append(p.cases, c)
}

func (p *parser) step(s *messages.PickleStep) Step {
	n := p.nodes[s.AstNodeIds[0]]
	step := Step{Keyword: n.keyword, Text: s.Text, Line: n.line}
	if n.keyword == "*" {
		step.Keyword = "And"
	}
	if a := s.Argument; a != nil && a.DocString != nil {
		step.Doc = a.DocString.Content
	} else if a != nil && a.DataTable != nil {
		for _, row := range a.DataTable.Rows {
			var cells []string
			for _, c := range row.Cells {
				cells = append(cells, c.Value)
			}
			step.Table = append(step.Table, cells)
		}
	}
	return step
}

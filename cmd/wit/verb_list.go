package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"ikewit/harness/report"
	"ikewit/harness/steps"
)

var listVerb = verb{
	name: "list", args: "[selector...]", help: "the cases that run would run, with their tags",
	details: selectorHelp,
	run:     program.list,
}

// selectorHelp is what run, list and lint say about selectors.
const selectorHelp = `
A selector is one of
  features/wit              a folder or a .feature file, with :LINE for one scenario or example
  '@PP-12 and not @ipv6'    a tag expression
  rfc2409/5.4               an RFC clause: scenarios tagged with it, and those whose requirements cite it
  IKE1-HDR-04, IKE1-HDR     a requirement, a feature (PP-12), or a group of them
  'esp * tunnel*'           a glob on scenario names; without *, ? or [ a part of the name
Several selectors add up. None: everything.`

type listedCase struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Feature string   `json:"feature"`
	Tags    []string `json:"tags"`
}

func (p program) list(s *settings) (int, error) {
	if s.steps {
		return report.ExitGood, p.listSteps()
	}
	s.drawSeed()
	cases, err := s.pick()
	if err != nil {
		return pickStatus(err), err
	}
	if s.json {
		list := []listedCase{}
		for _, c := range cases {
			list = append(list, listedCase{c.ID, c.Name, c.Feature, append([]string{}, c.Tags...)})
		}
		e := json.NewEncoder(p.out)
		e.SetIndent("", " ")
		e.SetEscapeHTML(false)
		return report.ExitGood, e.Encode(list)
	}
	for _, c := range cases {
		fmt.Fprintf(p.out, "%s  %s", c.ID, c.Name)
		if len(c.Tags) > 0 {
			fmt.Fprintf(p.out, "  @%s", strings.Join(c.Tags, " @"))
		}
		fmt.Fprintln(p.out)
	}
	return report.ExitGood, nil
}

func (p program) listSteps() error {
	for _, s := range steps.Sentences() {
		if _, err := fmt.Fprintf(p.out, "%-64s %s\n", s.Text, s.Help); err != nil {
			return err
		}
	}
	return nil
}

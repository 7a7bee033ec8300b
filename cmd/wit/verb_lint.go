package main

import (
	"fmt"

	"ikewit/harness/report"
	"ikewit/harness/steps"
	"ikewit/harness/suite"
)

var lintVerb = verb{
	name: "lint", args: "[selector...]", help: "are tags, steps and guards of the scenarios in order? Runs nothing",
	details: selectorHelp,
	run:     program.lint,
}

func (p program) lint(s *settings) (int, error) {
	cases, err := s.pick()
	if err != nil {
		return pickStatus(err), err
	}
	problems := suite.Lint(cases, steps.Match)
	for _, text := range problems {
		fmt.Fprintln(p.out, text)
	}
	if len(problems) > 0 {
		fmt.Fprintf(p.out, "%d problems in %d cases\n", len(problems), len(cases))
		return report.ExitFailed, nil
	}
	fmt.Fprintf(p.out, "%d cases in order\n", len(cases))
	return report.ExitGood, nil
}

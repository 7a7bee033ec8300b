package main

import (
	"errors"
	"fmt"
	"strings"

	"ikewit/harness/peer/foreign"
	"ikewit/harness/report"
	"ikewit/harness/steps"
	"ikewit/harness/suite"
)

var configVerb = verb{
	name: "config", args: "--for PEER selector...", help: "the configuration of a foreign peer for scenarios of interoperation",
	details: `
Prints what the peer at bob is configured with in scenarios of @interop, as a file that one can run it with by hand:
swanctl.conf of strongSwan, ipsec.conf of libreswan. The secret is left out. For example

  wit config --for strongswan features/interop/quickmode.feature:20
  wit config --for libreswan 'ESP 3DES, HMAC_SHA, tunnel*'

The status is 1 when the peer can do none of what the scenarios ask for.` + "\n" + selectorHelp,
	run: program.config,
}

var configOptions = []option{
	{"config", "for", "PEER", "whose configuration: " + strings.Join(foreign.Names(), ", "), oneOf(func(s *settings) *string { return &s.configFor }, foreign.Names()...)},
}

func (p program) config(s *settings) (int, error) {
	if s.configFor == "" {
		return report.ExitUsage, usagef("--for says whose configuration: %s", strings.Join(foreign.Names(), ", "))
	}
	if len(s.args) == 0 {
		return report.ExitUsage, usagef("which scenario? wit list features/interop shows them")
	}
	cases, err := s.pick()
	if err != nil {
		return pickStatus(err), err
	}
	printed := 0
	for i := range cases {
		if !cases[i].HasTag("interop") {
			continue
		}
		text, err := configOf(s.configFor, &cases[i])
		if lacks := (*foreign.Lacks)(nil); errors.As(err, &lacks) || errors.Is(err, steps.ErrNoPeer) {
			fmt.Fprintf(p.err, "wit: %s: %v\n", cases[i].ID, err)
			continue
		}
		if err != nil {
			return report.ExitUsage, fmt.Errorf("%s: %w", cases[i].ID, err)
		}
		fmt.Fprintf(p.out, "# %s  %s\n%s\n", cases[i].ID, cases[i].Name, strings.TrimRight(text, "\n"))
		printed++
	}
	if printed == 0 {
		return report.ExitFailed, fmt.Errorf("%s has no configuration for any of %d cases", s.configFor, len(cases))
	}
	return report.ExitGood, nil
}

// configOf is the configuration for one case.
func configOf(name string, c *suite.Case) (string, error) {
	terms, err := steps.PeerTerms(c)
	if err != nil {
		return "", err
	}
	return foreign.Config(name, terms)
}

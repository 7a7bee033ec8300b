package main

import (
	"fmt"
	"os"

	"ikewit/harness/steps"
	"ikewit/harness/suite"
	"ikewit/netns"
)

// environment prepares what the cases need. Whoever is not root goes on in a user namespace: then this function
// does not return in the process that the user started.
func (s *settings) environment(cases []suite.Case) (steps.Environment, error) {
	known, err := s.knownFailures()
	if err != nil {
		return steps.Environment{}, err
	}
	env := steps.Environment{Peer: s.peer, Known: known, Fabric: s.fabric, Kernel: s.kernel, Out: s.out, Keep: s.keep, RunSeed: s.seed}
	if s.fabric == "netns" && needsNamespaces(cases) {
		if err := netns.EnsurePrivileges(); err != nil {
			return env, fmt.Errorf("namespaces: %w (wit doctor tells more; --fabric sim needs none)", err)
		}
	}
	if s.out == "" {
		env.Bad = badEvidence()
		return env, nil
	}
	if err := os.MkdirAll(s.out, 0o755); err != nil {
		return env, fmt.Errorf("--out: %w", err)
	}
	return env, nil
}

func needsNamespaces(cases []suite.Case) bool {
	for i := range cases {
		if !cases[i].HasTag("sim") {
			return true
		}
	}
	return false
}

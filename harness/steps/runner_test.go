package steps

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ikewit/harness/peer"
	"ikewit/harness/report"
	"ikewit/harness/suite"
	"ikewit/netns/netnstest"
)

// inSimulator runs a feature's cases in the simulator and gives their results.
func inSimulator(t *testing.T, env Environment, text string) []report.Result {
	t.Helper()
	cases, err := suite.Parse("features/x.feature", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if env.Fabric == "" {
		env.Fabric = "sim"
	}
	return suite.Run(t.Context(), cases, suite.Options{Jobs: 4, Timeout: 20 * time.Second, Seed: 1}, Runner(env), nil)
}

func TestVerdicts(t *testing.T) {
	for _, row := range []struct {
		steps string
		want  report.Verdict
		says  string
	}{
		{`
    Given alice and bob in the simulator
    When alice starts to negotiate
    Then both sides have an SA pair
    And the SAs agree with the wire`, report.Pass, ""},
		{`
    Given alice and bob in the simulator
    And alice uses "ike des-md5-modp768"
    When alice starts to negotiate
    Then both sides have an SA pair`, report.Fail, "SAs of alice: expected a pair, got 0"},
		{`
    Given alice and bob in the simulator
    And the link from alice to bob loses "MI1 MI1 MI1"
    When alice starts to negotiate
    Then alice and bob exchanged MR1`, report.Unresolved, "no MR1 was on the wire"},
		{`
    Given two hosts
    And both run plutoplus with ""
    When alice initiates
    Then both sides succeed
    And traffic passes in the SAs only`, report.Unsupported, "--kernel none"},
		{`
    Given two hosts
    And both run plutoplus with ""
    When alice initiates
    Then both sides succeed
    And the SAs agree with the wire
    And both sides exit with 0`, report.Pass, ""},
		{`
    Given two hosts
    And both run plutoplus with "--timeout 1"
    When alice initiates
    Then both sides exit with 2`, report.Fail, "exit status of alice: expected 2, got 0 (WIT: SUCCESS)"},
		{`
    Given two hosts
    When alice initiates
    Then both sides succeed`, report.Fail, "nothing was said of how alice runs"},
		{`
    Given the topology "moon"
    Then both sides succeed`, report.Fail, `no topology "moon"`},
		{`
    When alice initiates
    Then both sides succeed`, report.Fail, "no topology yet"},
		{`
    When plutoplus is run with "--wit"
    Then it exits with 0`, report.Fail, "expected 0, got 1"},
		{`
    When nobody defined this
    Then it exits with 0`, report.Fail, "undefined"},
	} {
		r := inSimulator(t, Environment{}, "Feature: x\n  Scenario: y"+row.steps+"\n")[0]
		if r.Verdict != row.want || !strings.Contains(r.Reason, row.says) {
			t.Errorf("%s\n%s: %q, want %s with %q", row.steps, r.Verdict, r.Reason, row.want, row.says)
		}
		if (r.Failure != nil) != (row.want != report.Pass) {
			t.Errorf("%s\nfailure %+v", row.steps, r.Failure)
		}
	}
}

// A failure that is known is expected; its passing is news; an entry whose time is over says nothing.
func TestKnownFailures(t *testing.T) {
	const good = "Feature: x\n  Scenario: y\n    When plutoplus is run with \"-h\"\n    Then it exits with 0\n"
	bad := strings.Replace(good, "with 0", "with 1", 1)
	known := func(glob string, days int) Environment {
		return Environment{Known: []peer.Known{{Glob: glob, Reason: "it is like that", Link: "docs", Expires: time.Now().AddDate(0, 0, days)}}}
	}
	for _, row := range []struct {
		text string
		env  Environment
		want report.Verdict
	}{
		{good, known("z", 1), report.Pass}, {bad, known("z", 1), report.Fail},
		{good, known("y", 1), report.XPass}, {bad, known("y", 1), report.XFail}, {bad, known("features/x.feature:*", 1), report.XFail},
		{good, known("y", -2), report.Pass}, {bad, known("y", -2), report.Fail},
	} {
		if r := inSimulator(t, row.env, row.text)[0]; r.Verdict != row.want {
			t.Errorf("%+v: %s, want %s", row.env.Known, r.Verdict, row.want)
		}
	}
}

// A failure says which step it was, shows the messages, and how to run it again.
func TestFailureIsExplained(t *testing.T) {
	dir := t.TempDir()
	r := inSimulator(t, Environment{Bad: dir, RunSeed: 77}, `Feature: x
  @IKE1-PRP-17 @negative @must
  Scenario: y
    Given two hosts
    And alice runs plutoplus with "-s"
    And bob runs plutoplus with ""
    When alice initiates
    Then both sides succeed
`)[0]
	var b strings.Builder
	report.WriteFailure(&b, r, report.Paint{})
	for _, want := range []string{
		"FAIL  y", "features/x.feature:3", "RFC 2408 section 5.4 (IKE1-PRP-17) MUST", "Then both sides succeed (line 8)",
		"alice negotiates [negotiation]", "expected  success", "NO-PROPOSAL-CHOSEN", "MI1  HDR SA", "proposal mismatch: hash",
		"wit run features/x.feature:3 --seed 77 --fabric sim", dir,
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	for _, name := range []string{"case.txt", "wire.pcapng", "alice-1.log", "bob-0.log", "sas-alice.txt"} {
		info, err := os.Stat(filepath.Join(r.Bundle, name))
		if err != nil || info.Size() == 0 {
			t.Errorf("bundle: %s: %v", name, err)
		}
	}
}

// The same seed gives the same cookies, nonces and SPIs; another seed gives others.
func TestSeedDecides(t *testing.T) {
	const text = `Feature: x
  Scenario: y
    Given two hosts
    And both run plutoplus with ""
    When alice initiates
    Then both sides succeed
`
	cases, err := suite.Parse("features/x.feature", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	sas := func(seed uint64) string {
		dir := t.TempDir()
		r := Runner(Environment{Fabric: "sim", Out: dir})(t.Context(), &cases[0], seed)
		b, err := os.ReadFile(filepath.Join(r.Bundle, "keys.json"))
		if err != nil {
			t.Fatalf("%s %v", r.Reason, err)
		}
		return string(b)
	}
	if a, b, c := sas(1), sas(1), sas(2); a != b || a == c {
		t.Errorf("one seed: %v, another: %v", a == b, a != c)
	}
}

// A case whose time is over ends, names what it waited for, and leaves nothing behind.
func TestTimeIsOver(t *testing.T) {
	cases, err := suite.Parse("features/x.feature", []byte(`Feature: x
  Scenario: y
    Given two hosts
    And bob runs plutoplus with ""
    When bob waits
    Then bob exits with 0
`))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	r := Runner(Environment{Fabric: "sim"})(ctx, &cases[0], 1)
	if r.Verdict != report.Fail || time.Since(start) > 5*time.Second {
		t.Errorf("%s after %v: %s", r.Verdict, time.Since(start), r.Reason)
	}
}

// Where nothing carries data the check of it is unsupported and the report says so; where a stack was asked for by name, the case is.
func TestTrafficThatCannotBeHadIsNeverPassed(t *testing.T) {
	netnstest.Need(t)
	const text = `Feature: x
  Scenario: x
    Given two hosts
    And both run plutoplus with "--kernel none"
    When alice initiates
    Then both sides succeed
    And traffic passes in the SAs only, where the peer carries data`
	for kernel, want := range map[string]report.Verdict{"auto": report.Pass, "user": report.Unsupported} {
		r := inSimulator(t, Environment{Fabric: "netns", Kernel: kernel}, text)[0]
		if r.Verdict != want || want == report.Pass && !r.Dataless() {
			t.Errorf("kernel %q: %s, data %q: %s", kernel, r.Verdict, r.Data, r.Reason)
		}
	}
}

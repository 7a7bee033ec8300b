package suite

import (
	"strings"
	"testing"
	"testing/fstest"
)

const sample = `@rfc2409/5.4 @ikev1
Feature: Sample

  Background:
    Given two hosts

  @IKE1-HDR-04 @positive @must
  Scenario: A plain one
    When alice initiates
    Then traffic passes

  @PP-12
  Scenario Outline: ESP with -e <e> | in <mode>
    When alice initiates with "-e <e>"
      | a\|b | c |
    Then traffic passes

    Examples: transport
      | e | mode      |
      | 1 | transport |
      | 2 | transport |

    @IPS-ESP-12
    Examples: tunnel
      | e | mode   |
      | 3 | tunnel |
`

func sampleCases(t *testing.T) []Case {
	t.Helper()
	cases, err := Read(fstest.MapFS{
		"wit/sample.feature": {Data: []byte(sample)},
		"wit/other.feature":  {Data: []byte("Feature: Other\n\n  Scenario: no tags at all\n    Then nothing\n")},
	}, "features")
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

func ids(cases []Case) string {
	var list []string
	for _, c := range cases {
		list = append(list, strings.TrimPrefix(c.ID, "features/wit/"))
	}
	return strings.Join(list, " ")
}

func TestReadExpandsOutlines(t *testing.T) {
	cases := sampleCases(t)
	if got, want := ids(cases), "other.feature:3 sample.feature:8 sample.feature:20 sample.feature:21 sample.feature:26"; got != want {
		t.Fatalf("cases %s, want %s", got, want)
	}
	c := cases[4]
	if c.Name != "ESP with -e 3 | in tunnel" || c.Outline != 13 || c.End != 26 {
		t.Errorf("%+v", c)
	}
	if got := strings.Join(c.Tags, " "); got != "rfc2409/5.4 ikev1 PP-12 IPS-ESP-12" {
		t.Errorf("tags %s", got)
	}
	if len(c.Steps) != 3 || c.Steps[0].Text != "two hosts" || c.Steps[1].Text != `alice initiates with "-e 3"` || c.Steps[1].Table[0][0] != "a|b" {
		t.Errorf("steps %+v", c.Steps)
	}
}

// What is handed to the runner reads back as the same case.
func TestGherkinReadsBack(t *testing.T) {
	for _, c := range sampleCases(t) {
		back, err := Parse("x.feature", []byte(c.Gherkin()))
		if err != nil || len(back) != 1 {
			t.Fatalf("%s: %v\n%s", c.ID, err, c.Gherkin())
		}
		if back[0].Name != c.Name || len(back[0].Steps) != len(c.Steps) {
			t.Errorf("%s: %+v", c.ID, back[0])
		}
		for i, s := range back[0].Steps {
			if s.Text != c.Steps[i].Text || len(s.Table) != len(c.Steps[i].Table) || len(s.Table) > 0 && s.Table[0][0] != c.Steps[i].Table[0][0] {
				t.Errorf("%s: step %+v, want %+v", c.ID, s, c.Steps[i])
			}
		}
	}
}

func TestReadNamesWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"Feature: x\n  Scenario: y\n    Gven nothing\n    Given all\n": "f.feature:2: \"Gven nothing\" is no step",
		"":                            "f.feature: there is no Feature",
		"Feature: x\n  Scenario: y\n": "f.feature:2: scenario \"y\" has no steps",
		"Feature: x\n  Scenario Outline: y\n    Given <a>\n":                             "f.feature:2: outline \"y\" has no examples",
		"Feature: x\n  Scenario Outline: y\n    Given <a>\n    Examples:\n      | a |\n": "f.feature:2: outline \"y\" has no examples",
		"# language: de\nFunktionalität: x\n  Szenario: y\n    Angenommen nichts\n":      "written in English",
		"Feature: x\n  Scenario:\n    Given nothing\n":                                   "f.feature:2: scenario without a name",
		"Feature: x\n  Scenario: y\n    Given a\n      | a |\n      | a | b |\n":         "inconsistent cell count",
		"Feature: x\n  @a b\n  Scenario: y\n    Given a\n":                               "whitespace",
		"Feature: x\n  Scenario: y\n    Given a\n      \"\"\"\n      never closed\n":     "f.feature: ",
	} {
		_, err := Parse("f.feature", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

func TestSelectors(t *testing.T) {
	cases := sampleCases(t)
	const all = "other.feature:3 sample.feature:8 sample.feature:20 sample.feature:21 sample.feature:26"
	const outline = "sample.feature:20 sample.feature:21 sample.feature:26"
	for text, want := range map[string]string{
		"features":                       all,
		"./features/wit":                 all,
		"wit/":                           all,
		"wit/sample.feature":             "sample.feature:8 " + outline,
		"features/wit/sample.feature:21": "sample.feature:21",
		"wit/sample.feature:15":          outline,
		"wit/sample.feature:13":          outline,
		"wit/sample.feature:9":           "sample.feature:8",
		"wit/sample.feature:4":           "",
		"nowhere/":                       "",
		"@PP-12":                         outline,
		"@PP-12 and not @IPS-ESP-12":     "sample.feature:20 sample.feature:21",
		"not (@PP-12 or @positive)":      "other.feature:3",
		"@positive, @IPS-ESP-12":         "sample.feature:8 sample.feature:26",
		"@PP-12 && ~@IPS-ESP-12":         "sample.feature:20 sample.feature:21",
		"not @PP-12 and @ikev1":          "sample.feature:8",
		"rfc2409/5.4":                    "sample.feature:8 " + outline,
		"rfc2409":                        "sample.feature:8 " + outline,
		"rfc2408/3.1":                    "sample.feature:8", // what IKE1-HDR-04 cites
		"rfc2409/5.5":                    "",
		"IKE1-HDR-04":                    "sample.feature:8",
		"IKE1-HDR":                       "sample.feature:8",
		"IKE1":                           "sample.feature:8",
		"PP":                             outline,
		"IKE1-HDR-05":                    "",
		"a plain":                        "sample.feature:8",
		"esp with * tunnel":              "sample.feature:26",
		"ESP with -e ? | in trans*":      "sample.feature:20 sample.feature:21",
		"*-e [23]*":                      "sample.feature:21 sample.feature:26",
		"plain*":                         "",
		"no-such-thing":                  "",
	} {
		s, err := ParseSelector(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got, unmatched := Pick(cases, Choice{Select: []Selector{s}})
		if ids(got) != want || (len(unmatched) == 1) != (want == "") {
			t.Errorf("%s (%s): %s, want %s", text, s.Kind, ids(got), want)
		}
	}
}

func TestSelectorsThatMakeNoSense(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "empty",
		"@":                      `"@" is not a tag`,
		"@PP-12 and":             "it ends where a tag is expected",
		"(@PP-12":                "not closed",
		"@PP-12 @PP-13":          `unexpected "@PP-13"`,
		"@PP-99":                 "@PP-99: no such requirement",
		"@postive":               "@postive: not a requirement",
		"PP-99":                  "no requirement or feature PP-99",
		"rfc2409/x":              `"rfc2409/x" is not an RFC clause`,
		"a[":                     "syntax error",
		"wit/sample.feature:0":   "not a line number",
		"wit/sample.feature:xyz": `"xyz" is not a line number`,
	} {
		if _, err := ParseSelector(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

func TestPickExcludesShardsAndShuffles(t *testing.T) {
	cases := sampleCases(t)
	sel := func(s string) []Selector {
		x, err := ParseSelector(s)
		if err != nil {
			t.Fatal(err)
		}
		return []Selector{x}
	}
	got, _ := Pick(cases, Choice{Select: sel("wit" + "/"), Exclude: sel("@PP-12")})
	if ids(got) != "other.feature:3 sample.feature:8" {
		t.Errorf("exclude: %s", ids(got))
	}
	seen := map[string]int{}
	for i := 1; i <= 3; i++ {
		part, _ := Pick(cases, Choice{Shard: Shard{i, 3}})
		for _, c := range part {
			seen[c.ID]++
		}
	}
	for _, c := range cases {
		if seen[c.ID] != 1 {
			t.Errorf("%s is in %d shards of three", c.ID, seen[c.ID])
		}
	}
	a, _ := Pick(cases, Choice{Order: Order{true, 7}})
	b, _ := Pick(cases, Choice{Order: Order{true, 7}})
	if ids(a) != ids(b) || ids(a) == ids(cases) || len(a) != len(cases) {
		t.Errorf("random order: %s and %s", ids(a), ids(b))
	}
	if got, _ := Pick(cases, Choice{IDs: []string{cases[1].ID}}); ids(got) != "sample.feature:8" {
		t.Errorf("by ID: %s", ids(got))
	}
}

func TestParseShardAndOrder(t *testing.T) {
	for _, bad := range []string{"", "1", "0/3", "4/3", "a/b", "1/0", "-1/3"} {
		if s, err := ParseShard(bad); err == nil {
			t.Errorf("shard %q: %v", bad, s)
		}
	}
	for _, bad := range []string{"", "rand", "random:x", "random:-1", "defined:1"} {
		if o, err := ParseOrder(bad, 1); err == nil {
			t.Errorf("order %q: %v", bad, o)
		}
	}
	if o, err := ParseOrder("random", 9); err != nil || o != (Order{true, 9}) {
		t.Errorf("random: %v %v", o, err)
	}
}

func TestLint(t *testing.T) {
	cases, err := Parse("f.feature", []byte(`Feature: x
  @PP-99 @oops @rfc2409/z
  Scenario: a
    Given known
  @IKE1-HDR-04
  Scenario: b
    Given unknown
  Scenario: b
    Given twice
    Then guard
`))
	if err != nil {
		t.Fatal(err)
	}
	got := Lint(cases, func(s Step) ([]string, bool) {
		switch s.Text {
		case "known":
			return []string{"known"}, false
		case "guard":
			return []string{"guard"}, true
		case "twice":
			return []string{"one", "two"}, false
		}
		return nil, false
	})
	for _, want := range []string{
		"f.feature:3: tag @PP-99: no such requirement", "f.feature:3: tag @oops:", "f.feature:3: tag @rfc2409/z:",
		"f.feature:3: no guard", "f.feature:6: requirements are tagged, but no class", "f.feature:6: requirements are tagged, but no level",
		`f.feature:7: no step is defined for "unknown"`, `f.feature:8: the name "b" is that of f.feature:6`, `f.feature:9: "twice" is ambiguous: ["one" "two"]`,
	} {
		found := false
		for _, g := range got {
			found = found || strings.HasPrefix(g, want)
		}
		if !found {
			t.Errorf("no problem %q in\n%s", want, strings.Join(got, "\n"))
		}
	}
	if len(got) != 10 { // the nine, and b's missing guard
		t.Errorf("%d problems:\n%s", len(got), strings.Join(got, "\n"))
	}
}

package steps

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ikewit/features"
	"ikewit/harness/deviation"
	"ikewit/harness/suite"
)

func allCases(t *testing.T) []suite.Case {
	t.Helper()
	cases, err := suite.Read(features.Files, "features")
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

// Tags that mean nothing, requirements that there are not, sentences that nobody defined, and scenarios that could pass
// although nothing happened: none of it in our own features.
func TestFeaturesAreInOrder(t *testing.T) {
	for _, problem := range suite.Lint(allCases(t), Match) {
		t.Error(problem)
	}
}

func TestFeaturesHoldWhatIsPromised(t *testing.T) {
	wit := 0
	acceptance := map[int]bool{}
	named := regexp.MustCompile(`^Case (\d+)\b`)
	for _, c := range allCases(t) {
		if strings.HasPrefix(c.File, "features/wit/") {
			wit++
		}
		if m := named.FindStringSubmatch(c.Name); m != nil {
			var n int
			fmt.Sscan(m[1], &n)
			acceptance[n] = true
			if !slices.ContainsFunc(c.Tags, func(tag string) bool { return strings.HasPrefix(tag, "PP-") }) {
				t.Errorf("%s %s: no @PP- tag", c.ID, c.Name)
			}
		}
	}
	if wit < 200 {
		t.Errorf("%d cases in features/wit, want at least 200", wit)
	}
	for n := 1; n <= 20; n++ {
		if !acceptance[n] {
			t.Errorf("acceptance case %d of plutoplus has no scenario", n)
		}
	}
}

// Every legal -e with every -a, in both modes, with and without PFS, from either side.
func TestMatrixIsComplete(t *testing.T) {
	have := map[string]bool{}
	line := regexp.MustCompile(`both run plutoplus with "(.*)"`)
	for _, c := range allCases(t) {
		if c.File != "features/wit/esp.feature" && c.File != "features/wit/ah.feature" {
			continue
		}
		var options, initiator string
		for _, s := range c.Steps {
			if m := line.FindStringSubmatch(s.Text); m != nil {
				options = m[1]
			}
			if host, ok := strings.CutSuffix(s.Text, " initiates"); ok {
				initiator = host
			}
		}
		have[strings.Join(strings.Fields(options+" "+initiator), " ")] = true
	}
	n := 0
	for _, e := range []string{"", "-e 1", "-e 2", "-e 3", "-e 4", "-e 5", "-e 7", "-e 11"} {
		for _, a := range []string{"", "-a 2", "-a 3"} {
			for _, mode := range []string{"", "-t"} {
				for _, pfs := range []string{"", "-f"} {
					for _, initiator := range []string{"alice", "bob"} {
						if e == "-e 11" && a == "" {
							continue // rule 15
						}
						n++
						want := strings.Join(strings.Fields(strings.Join([]string{e, a, mode, pfs, initiator}, " ")), " ")
						if !have[want] {
							t.Errorf("no case for %q", want)
						}
					}
				}
			}
		}
	}
	if n != 184 {
		t.Errorf("%d combinations, want 184", n)
	}
}

// A lie that no scenario tells proves nothing, and a scenario says which requirement the lie breaks.
func TestEveryLieIsTold(t *testing.T) {
	cases := allCases(t)
	for _, d := range deviation.All() {
		told := false
		for _, c := range cases {
			for _, s := range c.Steps {
				if strings.HasSuffix(s.Text, " lies: "+d.Name) {
					told = true
					if !c.HasTag(d.Breaks) {
						t.Errorf("%s: %s breaks %s, which is not among the tags", c.ID, d.Name, d.Breaks)
					}
				}
			}
		}
		if !told {
			t.Errorf("no scenario tells %s", d.Name)
		}
	}
}

// A sentence takes as many arguments as it has placeholders, of the kinds that godog converts.
func TestSentencesTakeWhatTheyName(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range language {
		if seen[r.text] {
			t.Errorf("%q stands twice", r.text)
		}
		seen[r.text] = true
		if r.help == "" {
			t.Errorf("%q has no help", r.text)
		}
		f := reflect.TypeOf(r.do)
		takes := 0
		for i := range f.NumIn() {
			switch f.In(i).Kind() {
			case reflect.String, reflect.Int:
				takes++
			case reflect.Interface, reflect.Pointer: // the context, a doc string or a table
			default:
				t.Errorf("%q takes a %v", r.text, f.In(i))
			}
		}
		if want := len(placeholder.FindAllString(r.text, -1)); takes != want {
			t.Errorf("%q takes %d arguments, it has %d placeholders", r.text, takes, want)
		}
		if strings.HasSuffix(r.text, ":") != (f.NumIn() > 0 && f.In(f.NumIn()-1).Kind() == reflect.Pointer) {
			t.Errorf("%q: a sentence ends in a colon if and only if something stands below it", r.text)
		}
	}
}

func TestMatchIsStrict(t *testing.T) {
	for text, want := range map[string]int{
		"two hosts":                            1,
		"Two hosts":                            0,
		"two hosts ":                           0,
		"two hosts over IPv6":                  1,
		"eve initiates":                        0,
		"alice initiates":                      1,
		"alice initiates alone":                1,
		"alice pings bob 1 time":               1,
		"alice pings bob 2 times":              1,
		"alice pings bob two times":            0,
		`alice runs plutoplus with "-a \"2\""`: 1,
		`alice runs plutoplus with "a" b"`:     0,
		"5m pass":                              1,
		"5 minutes pass":                       0,
	} {
		got, _ := Match(suite.Step{Text: text})
		if len(got) != want {
			t.Errorf("%q is %q, want %d sentences", text, got, want)
		}
	}
}

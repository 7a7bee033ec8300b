package matrix

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ikewit/harness/report"
	"ikewit/harness/steps"
	"ikewit/harness/suite"
)

// trials make a matrix of passes, but for the cells that are named.
func trials(failing ...string) []Trial {
	var all []Trial
	for _, i := range Names() {
		for _, r := range Names() {
			t := Trial{Initiator: i, Responder: r, Negotiation: "x", Verdict: report.Pass, Bundle: "/m/" + i + r}
			for _, f := range failing {
				if f == i+"/"+r {
					t.Verdict = report.Fail
				}
			}
			all = append(all, t)
		}
	}
	return all
}

func TestBlameBySubstitution(t *testing.T) {
	for _, row := range []struct {
		failing, want string
		also          string
	}{
		{"strongswan/libreswan", "only these two together", ""},
		{"strongswan/libreswan", "strongswan as initiator", "strongswan/self"},
		{"strongswan/libreswan", "libreswan as responder", "self/libreswan"},
		{"strongswan/libreswan", "both", "strongswan/self self/libreswan"},
		{"strongswan/self", "self: strongswan/", ""},
		{"self/strongswan", "strongswan: it comes together with nobody", "plutoplus/strongswan libreswan/strongswan strongswan/strongswan"},
		{"self/self", "ours alone", ""},
	} {
		all := trials(append(strings.Fields(row.also), row.failing)...)
		i, r, _ := strings.Cut(row.failing, "/")
		cell, ok := find(all, i, r, "x")
		if got := blame(all, cell); !ok || !strings.HasPrefix(got, row.want) {
			t.Errorf("%s failing, also %q: %q, want %q", row.failing, row.also, got, row.want)
		}
	}
}

func TestEveryCellIsOnThePage(t *testing.T) {
	dir := t.TempDir()
	m := Matrix{Names: Names(), Trials: trials("self/self")}
	for i := range m.Trials {
		m.Trials[i].Bundle = filepath.Join(dir, "cells", m.Trials[i].Initiator+m.Trials[i].Responder)
		m.Trials[i].Reason = "<script>"
	}
	m.Trials[3].Data = report.Carried
	if err := m.Write(dir); err != nil {
		t.Fatal(err)
	}
	html, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	page := string(html)
	if n := strings.Count(page, "<td class="); n != 16 || strings.Contains(page, "not run") || strings.Contains(page, "<script>") {
		t.Errorf("%d cells in\n%s", n, page)
	}
	if one, all := strings.Count(page, "data both ways"), strings.Count(page, "without data"); one != 1 || all != 15 {
		t.Errorf("%d cells with data and %d without", one, all)
	}
	if n := strings.Count(page, `<td class="fail">`); n != 1 {
		t.Errorf("%d failing cells", n)
	}
	if !strings.Contains(page, `href="cells/selfself/case.txt"`) {
		t.Error("no link to a bundle")
	}
	var back Matrix
	b, err := os.ReadFile(filepath.Join(dir, "matrix.json"))
	if err == nil {
		err = json.Unmarshal(b, &back)
	}
	if err != nil || len(back.Trials) != 16 {
		t.Errorf("%v, %d trials", err, len(back.Trials))
	}
}

func TestScenariosAreMadeOfSentences(t *testing.T) {
	var cases []suite.Case
	for _, i := range Names() {
		for n, what := range negotiations {
			c := scenario(i, "self", n, what)
			c.Name += what.Name
			cases = append(cases, c)
		}
	}
	for _, problem := range suite.Lint(cases, steps.Match) {
		t.Error(problem)
	}
}

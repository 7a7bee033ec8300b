package report

import (
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func result(v Verdict) Result {
	return Result{ID: "features/a.feature:3", Name: "a case", Feature: "A", Verdict: v, Duration: 1234567 * time.Microsecond, Reason: "because"}
}

func TestExitStatus(t *testing.T) {
	for _, row := range []struct {
		verdicts string
		bisect   bool
		want     int
	}{
		{"", false, ExitNothing},
		{"pass pass xfail unsupported", false, ExitGood},
		{"pass fail unresolved", false, ExitFailed},
		{"pass xpass", false, ExitFailed},
		{"pass unresolved", false, ExitUnresolved},
		{"pass unresolved", true, ExitBisectSkip},
		{"unsupported skipped", false, ExitUnresolved}, // nothing was executed: no success
		{"fail fail fail fail fail", true, ExitFailed},
	} {
		var list []Result
		for v := range strings.FieldsSeq(row.verdicts) {
			list = append(list, result(Verdict(v)))
		}
		if got := ExitStatus(list, row.bisect); got != row.want {
			t.Errorf("%s: exit %d, want %d", row.verdicts, got, row.want)
		}
	}
}

func TestJSONHasEveryVerdictAndField(t *testing.T) {
	var b strings.Builder
	if err := WriteJSON(&b, Run{Results: []Result{result(Pass), result(Fail)}}); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Summary map[string]int
		Cases   []map[string]any
	}
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Summary) != len(Verdicts) || got.Summary["pass"] != 1 || got.Summary["fail"] != 1 || got.Summary["xfail"] != 0 {
		t.Errorf("summary %v", got.Summary)
	}
	for _, key := range []string{"id", "name", "tags", "verdict", "seconds"} {
		if _, ok := got.Cases[0][key]; !ok {
			t.Errorf("case without %q: %v", key, got.Cases[0])
		}
	}
	if got.Cases[0]["seconds"] != 1.234 {
		t.Errorf("seconds %v", got.Cases[0]["seconds"])
	}
	b.Reset()
	if err := WriteJSON(&b, Run{}); err != nil || !strings.Contains(b.String(), `"cases": []`) {
		t.Errorf("no cases: %v %s", err, b.String())
	}
}

func TestJUnitCountsAndStaysXML(t *testing.T) {
	bad := result(Fail)
	bad.Failure = &Failure{Cause: "peer said \x00\x1b ]]> <b>"}
	var b strings.Builder
	if err := WriteJUnit(&b, Run{Results: []Result{result(Pass), bad, result(Unresolved), result(Unsupported), result(XFail)}}); err != nil {
		t.Fatal(err)
	}
	var got junitSuites
	if err := xml.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	if got.Tests != 5 || got.Failures != 1 || got.Errors != 1 || got.Skipped != 2 || len(got.Suites) != 1 {
		t.Errorf("%+v", got)
	}
}

func TestFailureIsToldInOrder(t *testing.T) {
	r := result(Fail)
	r.Bundle = "out/a"
	r.Failure = &Failure{
		Clause: "RFC 2409 section 5.5", Level: "MUST", Step: "Then the SAs agree", Cause: "keys differ", Code: "sa-keys",
		Expected: "01", Actual: "02", Ladder: &Ladder{Left: "alice", Right: "bob", Rungs: []Rung{{Name: "MI1", ToRight: true, Marked: true}}},
		SADiff: []string{"alice in: x"}, Next: "look", Rerun: "wit run x",
	}
	var b strings.Builder
	WriteFailure(&b, r, Paint{})
	at := 0
	for _, want := range []string{"FAIL", "a case", "features/a.feature:3", "RFC 2409 section 5.5 MUST", "Then the SAs agree", "keys differ [sa-keys]",
		"01", "02", "=>", "MI1", "alice in: x", "look", "out/a", "wit run x"} {
		i := strings.Index(b.String()[at:], want)
		if i < 0 {
			t.Fatalf("no %q after %q in\n%s", want, b.String()[:at], b.String())
		}
		at += i
	}
	if strings.Contains(b.String(), "\x1b") {
		t.Error("colour where none was asked for")
	}
}

func TestLadderLinesAlign(t *testing.T) {
	l := Ladder{Left: "alice 10.99.0.1", Right: "bob 10.99.0.2", Rungs: []Rung{
		{ToRight: true, Name: "MI1", Text: "HDR SA"},
		{At: 1500 * time.Millisecond, Name: "MR1", Text: strings.Repeat("long ", 40)},
		{At: 2 * time.Second, Name: "QR1", Marked: true, Note: "lost"},
		{Local: true, Text: "add esp in"}, {Local: true, ToRight: true, Text: "add esp in"},
	}}
	lines := strings.Split(strings.TrimSuffix(l.String(), "\n"), "\n")
	for _, line := range lines[1:] {
		line = strings.TrimSuffix(line, " lost")
		if n := utf8.RuneCountInString(line); n != utf8.RuneCountInString(lines[1]) {
			t.Errorf("%d characters, want %d: %s", n, utf8.RuneCountInString(lines[1]), line)
		}
	}
	if n := utf8.RuneCountInString(lines[0]); n != utf8.RuneCountInString(lines[1]) {
		t.Errorf("heading of %d characters over rungs of %d\n%s", n, utf8.RuneCountInString(lines[1]), l.String())
	}
	if (&Ladder{}).String() != "" || (*Ladder)(nil).String() != "" {
		t.Error("an empty ladder draws something")
	}
}

func TestTextQuietWhenPiped(t *testing.T) {
	var b strings.Builder
	text := &Text{W: &b}
	text.Begin(2, "2 cases")
	text.Done(result(Pass))
	text.Done(result(Fail))
	text.End()
	lines := strings.Split(b.String(), "\n")
	if len(lines) < 3 || !strings.HasPrefix(lines[1], "pass ") || !strings.HasPrefix(lines[2], "fail ") || strings.ContainsAny(b.String(), "\r\x1b") {
		t.Errorf("%s", b.String())
	}
	if !strings.Contains(b.String(), "1 pass, 1 fail  of 2 cases") {
		t.Errorf("no counts in\n%s", b.String())
	}
}

func TestTextLiveShowsOnlyWhatMatters(t *testing.T) {
	var b strings.Builder
	text := &Text{W: &b, Live: true, Paint: Paint{On: true}}
	text.Begin(2, "2 cases")
	text.Done(result(Pass))
	if strings.Contains(b.String(), "a case") {
		t.Errorf("a line for a pass: %q", b.String())
	}
	text.Done(result(Fail))
	if !strings.Contains(b.String(), "a case") || !strings.Contains(b.String(), "\r2/2") {
		t.Errorf("%q", b.String())
	}
}

func TestTextSaysWhatCarriedNoData(t *testing.T) {
	var b strings.Builder
	text := Text{W: &b}
	text.Begin(3, "three")
	for _, data := range []string{Carried, "", "no stack here"} {
		r := result(Pass)
		r.Data, r.Reason = data, ""
		text.Done(r)
	}
	text.End()
	if got := b.String(); strings.Count(got, "(traffic unsupported: no stack here)") != 1 || !strings.Contains(got, "traffic: 1 cases carried it; in 1 it was an unsupported check: no stack here\n") {
		t.Errorf("%s", got)
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ikewit/harness/suite"
)

// wit runs a command line in this process.
func wit(t *testing.T, args ...string) (exit int, out, complaint string) {
	t.Helper()
	t.Setenv("XDG_CACHE_HOME", filepath.Join(os.TempDir(), "wit-test-cache")) // --failed of the user stays as it is
	var o, e bytes.Buffer
	exit = program{strings.NewReader(""), &o, &e}.main(args)
	return exit, o.String(), e.String()
}

func TestExitStatuses(t *testing.T) {
	for _, row := range []struct {
		line string
		exit int
		says string // on standard output or standard error
	}{
		{"", 2, "wit negotiate"},
		{"help", 0, "wit help VERB"},
		{"--help", 0, "wit help VERB"},
		{"help run", 0, "--shard I/N"},
		{"run --help", 0, "--shard I/N"},
		{"help nonsense", 2, `unknown verb "nonsense"`},
		{"nonsense", 2, `unknown verb "nonsense"; there are negotiate, run, list, lint, config, matrix, decode, `},
		{"explain", 2, `"explain" is planned and not there yet`},
		{"matrix", 2, "--out DIR says where"},
		{"matrix --out x --cell self", 2, "write INITIATOR/RESPONDER"},
		{"run no-such-thing", 3, `"no-such-thing" (understood as part of a scenario's name) matches none`},
		{"run features/none", 3, "understood as a path"},
		{"run IKE1-CRT-01", 3, "understood as a requirement or feature"},
		{"run rfc2409/5.7.9", 3, "understood as an RFC clause"},
		{"run @PL-15", 3, "understood as a tag expression"},
		{"run PP-99", 2, "no requirement or feature PP-99"},
		{"run @nonsense", 2, "tag @nonsense"},
		{"run rfc2409/x", 2, `"rfc2409/x" is not an RFC clause`},
		{"run --nonsense", 2, "--nonsense: unknown option"},
		{"run --topology pair", 2, "--topology is an option of negotiate, not of run"},
		{"run --jobs 0", 2, `--jobs "0"`},
		{"run --jobs", 2, "--jobs needs a value: N"},
		{"run --dry-run=yes", 2, "--dry-run takes no value"},
		{"run --shard 3/2", 2, "i/n"},
		{"run --order backwards", 2, "order"},
		{"run --seed x", 2, `--seed "x"`},
		{"run --timeout 5", 2, "--timeout"},
		{"run --timeout -5s", 2, "longer than nothing"},
		{"run --fabric moon", 2, "netns, sim"},
		{"run --report html=x", 2, "json=FILE or junit=FILE"},
		{"run --report json=/nonexistent/x features/info", 2, "no such file"},
		{"run --exclude @nonsense", 2, "tag @nonsense"},
		{"run --exclude features", 3, "no case is left of"},
		{"lint", 0, "cases in order"},
		{"lint no-such-thing", 3, "matches none"},
		{"list features/info", 0, "features/info/delete.feature:16  alice ends everything"},
		{"list --steps", 0, "two hosts"},
		{"decode", 2, "decode what?"},
		{"decode /nonexistent.pcap", 2, "no such file"},
		{"doctor now", 2, `doctor takes no "now"`},
		{"negotiate -e 6", 2, `-e: invalid encryption algorithm "6"`},
		{"negotiate -d 192.0.2.1", 2, "who negotiates with whom is said by --topology"},
		{"negotiate --topology moon", 2, `no topology "moon"`},
	} {
		exit, out, complaint := wit(t, strings.Fields(row.line)...)
		if exit != row.exit || !strings.Contains(out+complaint, row.says) {
			t.Errorf("wit %s: exit %d, want %d and %q\n%s%s", row.line, exit, row.exit, row.says, out, complaint)
		}
		if row.exit != 0 && row.exit != 3 && out != "" && row.line != "" {
			t.Errorf("wit %s: standard output of a refused command line: %s", row.line, out)
		}
	}
}

func TestRunInSimulatorWritesReports(t *testing.T) {
	dir := t.TempDir()
	report, junit := filepath.Join(dir, "r.json"), filepath.Join(dir, "r.xml")
	exit, out, complaint := wit(t, "run", "features/info", "features/phase1", "--report", "json="+report, "--report", "junit="+junit, "--seed", "5")
	if exit != 0 {
		t.Fatalf("exit %d\n%s%s", exit, out, complaint)
	}
	var got struct {
		Summary map[string]int
		Cases   []struct {
			ID, Name, Verdict string
			Tags              []string
			Seconds           float64
		}
	}
	b, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Cases) < 40 || got.Summary["pass"] != len(got.Cases) || got.Summary["skipped"] != 0 {
		t.Errorf("%d cases, summary %v", len(got.Cases), got.Summary)
	}
	for i, c := range got.Cases {
		if c.ID == "" || c.Name == "" || c.Verdict != "pass" || len(c.Tags) == 0 {
			t.Errorf("case %+v", c)
		}
		if i > 0 && c.ID == got.Cases[i-1].ID {
			t.Errorf("%s stands twice", c.ID)
		}
	}
	if b, err := os.ReadFile(junit); err != nil || strings.Count(string(b), "<testcase ") != len(got.Cases) {
		t.Errorf("junit: %v, %d cases", err, strings.Count(string(b), "<testcase "))
	}
	if lines := strings.Count(out, "\npass "); lines != len(got.Cases) {
		t.Errorf("%d lines for %d cases in\n%s", lines, len(got.Cases), out)
	}
	if strings.ContainsAny(out, "\x1b\r") {
		t.Error("control characters where the output is no terminal")
	}
}

// Shards are parts of one whole: together they run everything once.
func TestShardsAndOrder(t *testing.T) {
	ids := regexp.MustCompile(`(?m)^(features/\S+:\d+) `)
	list := func(args ...string) []string {
		exit, out, complaint := wit(t, append([]string{"list", "features/info", "features/phase1"}, args...)...)
		if exit != 0 {
			t.Fatalf("%v: exit %d: %s", args, exit, complaint)
		}
		return ids.FindAllString(out, -1)
	}
	all := list()
	seen := map[string]bool{}
	for _, shard := range []string{"1/3", "2/3", "3/3"} {
		for _, id := range list("--shard", shard) {
			if seen[id] {
				t.Errorf("%s is in two shards", id)
			}
			seen[id] = true
		}
	}
	if len(seen) != len(all) || len(all) == 0 {
		t.Errorf("%d in three shards, %d in all", len(seen), len(all))
	}
	a, b := list("--order", "random:3"), list("--order", "random:3")
	if strings.Join(a, "") != strings.Join(b, "") || strings.Join(a, "") == strings.Join(all, "") {
		t.Error("random:3 is not a shuffle that repeats")
	}
	if got := list("--exclude", "features/phase1", "--exclude", "@negative"); len(got) == 0 || len(got) >= len(all) {
		t.Errorf("--exclude leaves %d of %d", len(got), len(all))
	}
}

// A case that says a role is one of that role; one that says none is of both.
func TestRoles(t *testing.T) {
	for _, row := range []struct {
		as, tags string
		want     bool
	}{
		{"both", "initiator", true}, {"initiator", "initiator", true}, {"initiator", "responder", false}, {"initiator", "", true},
		{"responder", "initiator", false}, {"responder", "initiator responder", true}, {"responder", "", true},
	} {
		if got := (&settings{as: row.as}).role(&suite.Case{Tags: strings.Fields(row.tags)}); got != row.want {
			t.Errorf("--as %s, tags %q: %v", row.as, row.tags, got)
		}
	}
}

func TestListJSON(t *testing.T) {
	_, out, _ := wit(t, "list", "--json", "IKE1-DEL-01")
	var got []struct {
		ID, Name, Feature string
		Tags              []string
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || len(got) < 2 || got[0].Tags[0] == "" {
		t.Errorf("%v %s", err, out)
	}
}

// A feature on disk is run as it stands there; what is wrong with it is told before anything runs.
func TestFeaturesOnDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "features", "mine")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(text string) string {
		file := filepath.Join(dir, "a.feature")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	good := write("Feature: mine\n  Scenario: one\n    When plutoplus is run with \"-h\"\n    Then it exits with 0\n")
	for _, selector := range []string{good, good + ":2", dir} {
		if exit, out, complaint := wit(t, "run", selector, "--fabric", "sim"); exit != 0 || !strings.Contains(out, "features/mine/a.feature:2") {
			t.Errorf("%s: exit %d\n%s%s", selector, exit, out, complaint)
		}
	}
	bad := write("Feature: mine\n  @PP-99\n  Scenario: one\n    When nobody knows this\n")
	exit, _, complaint := wit(t, "run", bad)
	for _, want := range []string{"a.feature:3: tag @PP-99", `a.feature:4: no step is defined for "nobody knows this"`, "no guard"} {
		if exit != 2 || !strings.Contains(complaint, want) {
			t.Errorf("exit %d, want 2 with %q in %s", exit, want, complaint)
		}
	}
	broken := write("Feature: mine\n  Scenario: one\n    Whn it is mistyped\n")
	if exit, _, complaint := wit(t, "run", broken); exit != 5 && exit != 2 || !strings.Contains(complaint, "a.feature:2") {
		t.Errorf("exit %d: %s", exit, complaint)
	}
}

// A failing case ends with 1, keeps its evidence, and is what --failed runs next time.
func TestFailedRunsAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "features")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "b.feature")
	text := "Feature: b\n  Scenario: good\n    When plutoplus is run with \"-h\"\n    Then it exits with 0\n  Scenario: bad\n    When plutoplus is run with \"-h\"\n    Then it exits with 1\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	exit, out, _ := wit(t, "run", file, "--fabric", "sim")
	if exit != 1 || !strings.Contains(out, "1 pass, 1 fail  of 2 cases") || !strings.Contains(out, "wit run features/b.feature:5 --seed ") {
		t.Errorf("exit %d\n%s", exit, out)
	}
	exit, out, _ = wit(t, "run", file, "--fabric", "sim", "--failed")
	if exit != 1 || !strings.Contains(out, "0 pass, 1 fail  of 1 cases") {
		t.Errorf("--failed: exit %d\n%s", exit, out)
	}
	exit, out, _ = wit(t, "run", file, "--fabric", "sim", "--fail-fast", "--jobs", "1", "--order", "random:1", "--repeat", "3")
	if exit != 1 || !strings.Contains(out, "1 fail") || !strings.Contains(out, "skipped") {
		t.Errorf("--fail-fast: exit %d\n%s", exit, out)
	}
	exit, out, _ = wit(t, "run", file, "--dry-run")
	if exit != 0 || !strings.Contains(out, "2 cases would run") || strings.Contains(out, "pass ") {
		t.Errorf("--dry-run: exit %d\n%s", exit, out)
	}
}

// What a run keeps can be read back: every message, opened and found right.
func TestBundleIsDecoded(t *testing.T) {
	dir := t.TempDir()
	exit, out, complaint := wit(t, "run", "Nothing in common", "The second transform", "--out", dir)
	if exit != 0 {
		t.Fatalf("exit %d\n%s%s", exit, out, complaint)
	}
	bundles, err := filepath.Glob(filepath.Join(dir, "*", "wire.pcapng"))
	if err != nil || len(bundles) != 2 {
		t.Fatalf("bundles %v %v", bundles, err)
	}
	for _, pcap := range bundles {
		keys := filepath.Join(filepath.Dir(pcap), "keys.json")
		args := []string{"decode", "--json", pcap}
		if _, err := os.Stat(keys); err == nil {
			args = append(args, "--keys", keys)
			if info, _ := os.Stat(keys); info.Mode().Perm() != 0o600 {
				t.Errorf("%s has mode %v", keys, info.Mode())
			}
		}
		exit, out, complaint := wit(t, args...)
		if exit != 0 || complaint != "" {
			t.Errorf("%s: exit %d: %s", pcap, exit, complaint)
		}
		for line := range strings.SplitSeq(strings.TrimSpace(out), "\n") {
			var m map[string]any
			if err := json.Unmarshal([]byte(line), &m); err != nil {
				t.Fatalf("%v in %s", err, line)
			}
			for _, field := range strings.Fields("frame icookie rcookie next_payload version exchange flags msgid length payloads") {
				if _, ok := m[field]; !ok {
					t.Errorf("%s: no %s in %s", pcap, field, line)
				}
			}
			if m["flags"] == 1.0 && m["decrypted"] == nil {
				t.Errorf("%s: not opened: %s", pcap, line)
			}
		}
	}
	if exit, out, _ := wit(t, "decode", bundles[0]); exit != 0 || !strings.Contains(out, "MI1  192.0.2.1:500 -> 192.0.2.2:500  HDR, SA") {
		t.Errorf("exit %d\n%s", exit, out)
	}
}

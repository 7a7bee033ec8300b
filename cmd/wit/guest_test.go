package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ikewit/harness/report"
)

func TestGuestGetsItsOwnCommandLine(t *testing.T) {
	args, back := guestArguments(strings.Fields("run --kernel=guest --guest-cpus 1 --report json=/tmp/r.json --out=/tmp/e --peer strongswan features/interop"))
	want := "run --kernel xfrm --report json=/out/report-json --out /out/evidence --peer strongswan features/interop"
	if got := strings.Join(args, " "); got != want {
		t.Errorf("%q\nwant %q", got, want)
	}
	if back["report-json"] != "/tmp/r.json" || back["evidence"] != "/tmp/e" || len(back) != 2 {
		t.Errorf("brings back %v", back)
	}
}

func TestEvidenceIsBroughtOverWhatIsThere(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	write := func(dir, name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(from, "cells/a/case.txt", "new")
	write(from, "index.html", "new and longer")
	write(to, "cells/a/case.txt", "old, and longer than that")
	write(to, "cells/b/case.txt", "of another run")
	for range 2 {
		if err := bring(from, to); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{"cells/a/case.txt": "new", "index.html": "new and longer", "cells/b/case.txt": "of another run"} {
		if got, err := os.ReadFile(filepath.Join(to, name)); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v, want %q", name, got, err, want)
		}
	}
	if err := bring(filepath.Join(from, "nothing"), to); err != nil {
		t.Errorf("what the guest did not make: %v", err)
	}
}

func TestTooFewExecutedCasesFail(t *testing.T) {
	var out strings.Builder
	p := program{out: &out}
	results := append(slices.Repeat([]report.Result{{Verdict: report.Pass}}, 29), slices.Repeat([]report.Result{{Verdict: report.Unsupported}}, 50)...)
	for atLeast, want := range map[int]int{0: report.ExitGood, 29: report.ExitGood, 30: report.ExitFailed} {
		if got := p.enough(&settings{atLeast: atLeast}, report.Run{Results: results}); got != want {
			t.Errorf("at least %d of 29 executed: exit %d, want %d", atLeast, got, want)
		}
	}
	if !strings.Contains(out.String(), "only 29 cases were executed") {
		t.Errorf("it says %q", out.String())
	}
}

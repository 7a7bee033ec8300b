package enginetest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what happens into the conversations of testdata")

// Each file of testdata is a script, a line of dashes, and what happens when it is played.
func TestConversations(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no conversations: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { converse(t, file) })
	}
}

func converse(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, want, ok := strings.Cut(string(text), "----\n")
	if !ok {
		t.Fatalf("%s has no line of dashes", file)
	}
	got := play(t, head)
	if again := play(t, head); again != got {
		t.Errorf("the second time it is another conversation:\n%s", firstDifference(got, again))
	}
	if *update {
		if err := os.WriteFile(file, []byte(head+"----\n"+got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != want {
		t.Errorf("%s\n(-update writes what happens into the file)", firstDifference(want, got))
	}
}

func play(t *testing.T, head string) string {
	t.Helper()
	script, err := Parse(head)
	if err != nil {
		t.Fatal(err)
	}
	_, lines, err := script.Play()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n") + "\n"
}

// firstDifference shows where two texts part.
func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		a, b := "(nothing)", "(nothing)"
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			return "want " + a + "\n got " + b
		}
	}
	return "no difference"
}

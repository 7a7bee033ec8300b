package peer

import (
	"strings"
	"testing"
	"time"
)

func TestKnownFailures(t *testing.T) {
	list, err := ParseKnown("known.txt", `# what the peer does otherwise
ESP * tunnel* | it has no tunnel mode | https://peer.example/1 | 2027-01-31

features/interop/*.feature:* | it is not finished | docs/peer.md | 2026-12-01
`)
	if err != nil || len(list) != 2 {
		t.Fatalf("%v %v", list, err)
	}
	day := func(text string) time.Time {
		d, err := time.Parse(time.DateTime, text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, row := range []struct {
		id, name, today string
		want            string
	}{
		{"features/wit/a.feature:1", "ESP 3DES, tunnel, PFS", "2026-11-30 12:00:00", "it has no tunnel mode"},
		{"features/wit/a.feature:1", "ESP 3DES, tunnel a/b", "2027-01-31 23:59:59", "it has no tunnel mode"},
		{"features/wit/a.feature:1", "ESP 3DES, tunnel", "2027-02-01 00:00:00", ""}, // its time is over
		{"features/wit/a.feature:1", "AH 3DES, tunnel", "2026-11-30 12:00:00", ""},
		{"features/interop/a.feature:77", "x", "2026-11-30 12:00:00", "it is not finished"},
	} {
		k, ok := FindKnown(list, row.id, row.name, day(row.today))
		if k.Reason != row.want || ok != (row.want != "") {
			t.Errorf("%s %s at %s: %q", row.id, row.name, row.today, k.Reason)
		}
	}
}

func TestKnownFailuresThatMakeNoSense(t *testing.T) {
	_, err := ParseKnown("known.txt", "a | b | c\n[ | b | c | 2027-01-31\na | | c | 2027-01-31\na | b | c | soon\n")
	for _, want := range []string{"line 1: 3 fields", "line 2: glob", "line 3: field 2 is empty", `line 4: last day "soon"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
}

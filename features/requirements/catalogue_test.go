package requirements

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite catalogue.tsv from the documents that it is made of")

// The documents that catalogue.tsv is made of stand beside the checkout.
const documents = "../../../shared"

func TestCatalogueIsWhatTheDocumentsSay(t *testing.T) {
	if _, err := os.Stat(filepath.Join(documents, "conformance")); err != nil {
		t.Skipf("the documents are not beside this checkout: %v", err)
	}
	want := "# id\tlevel\tclass\tmarks\trole\tsource\ttext\n" +
		requirementRows(t, "ikev1-core.md", "ikev1-extensions.md", "ipsec.md", "ikev2.md") + featureRows(t)
	if *update {
		if err := os.WriteFile("catalogue.tsv", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if table != want {
		t.Errorf("catalogue.tsv differs from the documents: run go test ./features/requirements -update and review the diff")
	}
}

func TestCatalogueCounts(t *testing.T) {
	want := map[string]int{"IKE1": 400, "EXT": 272, "IPS": 208, "IKE2": 351, "PP": 33, "PL": 69, "WH": 45, "IK": 45}
	total := 0
	for group, n := range want {
		if got := len(InGroup(group)); got != n {
			t.Errorf("%s: %d rows, want %d", group, got, n)
		}
		total += n
	}
	if len(rows) != total {
		t.Errorf("%d rows, want %d: some belong to no group", len(rows), total)
	}
	if len(byID) != len(rows) {
		t.Errorf("%d IDs in %d rows: one stands twice", len(byID), len(rows))
	}
}

func TestEveryRowIsWhole(t *testing.T) {
	for _, r := range rows {
		if !LooksLikeID(r.ID) || r.Text == "" || r.Source == "" {
			t.Errorf("%s: no ID, text or source: %+v", r.ID, r)
		}
		if r.IsFeature() {
			continue
		}
		if tag := r.Level.Tag(); !slices.Contains(LevelTags, tag) {
			t.Errorf("%s: level %q gives tag %q", r.ID, r.Level, tag)
		}
		if !slices.Contains(ClassTags, r.Class) {
			t.Errorf("%s: class %q", r.ID, r.Class)
		}
	}
}

func TestCheckTag(t *testing.T) {
	for tag, bad := range map[string]bool{
		"IKE1-HDR-04": false, "PP-33": false, "WH-01": false, "must": false, "wip": false, "rfc2409/5.4": false,
		"IKE1-HDR-99": true, "PP-34": true, "IKE1-HRD-04": true, "PP-1": true, "NUM-VID-01": true, "IKE1-HDR-04a": true,
	} {
		err := CheckTag(tag)
		if (err != nil) != bad {
			t.Errorf("CheckTag(%s) = %v", tag, err)
		}
		if err != nil && !strings.Contains(err.Error(), "@"+tag) {
			t.Errorf("CheckTag(%s) does not name the tag: %v", tag, err)
		}
	}
}

func TestClauses(t *testing.T) {
	for _, row := range []struct{ source, want string }{
		{"2408 §3.1, §5.2(3)", "rfc2408/3.1 rfc2408/5.2"},
		{"2409 §5.1-5.4", "rfc2409/5.1"},
		{"RFC 2406 §2.4, RFC 4303 §2.4", "rfc2406/2.4 rfc4303/2.4"},
		{"2408 §3.1, 2409 App.B", "rfc2408/3.1 rfc2409/App.B"},
		{"RFC 2409 App. B", "rfc2409/App.B"},
		{"xauth-02 §6 †", ""},
		{"RFC 3947 §3.1, mode-cfg-02 §2 †, §3", "rfc3947/3.1"},
		{"4109", "rfc4109"},
	} {
		var got []string
		for _, c := range (&Requirement{Source: row.source}).Clauses() {
			got = append(got, c.String())
			if back, err := ParseClause(c.String()); err != nil || back != c {
				t.Errorf("%s: ParseClause(%s) = %v, %v", row.source, c, back, err)
			}
		}
		if strings.Join(got, " ") != row.want {
			t.Errorf("%s: %v, want %s", row.source, got, row.want)
		}
	}
}

func TestClauseCovers(t *testing.T) {
	for _, row := range []struct {
		wide, narrow string
		want         bool
	}{
		{"rfc2409", "rfc2409/5.4", true},
		{"rfc2409/5", "rfc2409/5.4", true},
		{"rfc2409/5.4", "rfc2409/5.4", true},
		{"rfc2409/5.4", "rfc2409/5", false},
		{"rfc2409/5", "rfc2409/55", false},
		{"rfc2408/5", "rfc2409/5", false},
	} {
		w, _ := ParseClause(row.wide)
		n, _ := ParseClause(row.narrow)
		if got := w.Covers(n); got != row.want {
			t.Errorf("%s covers %s: %v", w, n, got)
		}
	}
	for _, bad := range []string{"rfc2409/", "rfc2409/x", "rfc", "rfc24", "2409/5", "rfc2409/5."} {
		if c, err := ParseClause(bad); err == nil {
			t.Errorf("ParseClause(%q) = %v", bad, c)
		}
	}
}

// requirementRows turns the tables of the conformance documents into rows.
func requirementRows(t *testing.T, files ...string) string {
	var out strings.Builder
	row := regexp.MustCompile(`^\|\s*[A-Z0-9]+-[A-Z0-9]+-[0-9]+\s*\|`)
	for _, file := range files {
		for line := range strings.SplitSeq(read(t, "conformance", file), "\n") {
			if !row.MatchString(line) {
				continue
			}
			f := cells(line) // ID, level, source, role, stimulus, verdict, class
			if len(f) != 7 {
				t.Fatalf("%s: %d columns in %q", file, len(f), line)
			}
			class, marks, _ := strings.Cut(f[6], " ")
			out.WriteString(strings.Join([]string{f[0], f[1], class, strings.Trim(marks, "()"), f[3], f[2], f[4] + " => " + f[5]}, "\t") + "\n")
		}
	}
	return out.String()
}

// featureRows turns the feature table of the specification map into rows.
func featureRows(t *testing.T) string {
	var out strings.Builder
	row := regexp.MustCompile(`^\|\s*(PP|PL|WH|IK)-[0-9]+\s*\|`)
	for line := range strings.SplitSeq(read(t, "spec", "README.md"), "\n") {
		if !row.MatchString(line) {
			continue
		}
		f := cells(line) // ID, capability, four seeds, where
		out.WriteString(strings.Join([]string{f[0], "", "feature", "", "", f[len(f)-1], f[1]}, "\t") + "\n")
	}
	return out.String()
}

func read(t *testing.T, elem ...string) string {
	b, err := os.ReadFile(filepath.Join(append([]string{documents}, elem...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func cells(line string) []string {
	f := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
	}
	return f
}

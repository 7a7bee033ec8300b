package main

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ikewit/features/requirements"
)

// untested are the rows of the catalogue that no test names, and why.
var untested = map[string]string{
	"IPS-CLI-05": "the manual that this program follows has no -c",
	"IPS-CLI-13": "the manual that this program follows has no words for NAT traversal and inner addresses",
}

// Every feature of ipseckey, and every requirement on it and on PF_KEYv2, is named by a script, a scenario or a test; and each
// name is in the catalogue.
func TestEveryRowIsNamedByATest(t *testing.T) {
	named := map[string]bool{}
	id := regexp.MustCompile(`\b(IK|IPS-PFK|IPS-CLI)-\d\d\b`)
	for _, pattern := range []string{
		"testdata/*.txt", "testdata/kernel/*.txt", "../../features/sadb/*.feature", "../../impl/pfserver/*_test.go", "../../impl/ipseckey/*_test.go",
		"../../impl/wire/pfkey/*_test.go", "../../impl/driver/pfkey/*_test.go", "../../cmd/plutoplus/testdata/*.txt",
	} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range id.FindAllString(string(text), -1) {
				named[name] = true
			}
		}
	}
	known := map[string]bool{}
	for _, group := range []string{"IK", "IPS"} {
		for _, r := range requirements.InGroup(group) {
			if !strings.HasPrefix(r.ID, "IK-") && !id.MatchString(r.ID) {
				continue
			}
			known[r.ID] = true
			if _, excused := untested[r.ID]; named[r.ID] == excused {
				t.Errorf("%s: named %t, excused %t: %s", r.ID, named[r.ID], excused, r.Text)
			}
		}
	}
	if len(known) != 45+40+16 {
		t.Errorf("%d rows, want 101", len(known))
	}
	for _, name := range slices.Sorted(maps.Keys(named)) {
		if !known[name] {
			t.Errorf("%s is in no catalogue", name)
		}
	}
}

package netns

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

// unable says why this machine cannot run the tests, if it cannot.
var unable error

func TestMain(m *testing.M) {
	unable = EnsurePrivileges()
	if unable != nil && os.Getenv("CI") == "true" {
		fmt.Fprintln(os.Stderr, unable)
		os.Exit(1)
	}
	if role := os.Getenv(roleVariable); role != "" && unable == nil {
		play(role)
	}
	os.Exit(m.Run())
}

// roleVariable makes this program one that a test watches from outside.
const roleVariable = "IKEWIT_TEST_ROLE"

func play(role string) {
	switch role {
	case "end with status 7":
		os.Exit(7)
	case "wait for a signal":
		fmt.Println("ready")
		io.Copy(io.Discard, os.Stdin)
	case "say who you are":
		uids, _ := os.ReadFile("/proc/self/uid_map")
		fmt.Println(os.Getuid(), strings.Join(strings.Fields(string(uids)), " "))
	}
	os.Exit(0)
}

// mustBuild builds a topology for one test and closes it, holding it to leaving nothing, when the test ends.
func mustBuild(t testing.TB, name string) *Fabric {
	t.Helper()
	able(t)
	return mustBuildOf(t, topology(t, name))
}

func able(t testing.TB) {
	t.Helper()
	if unable != nil {
		t.Skip("no network namespaces:", unable)
	}
}

package netns

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"ikewit/netns/topo"
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

// startAndWait says the pid of a program that it started in a host, and then lives on until it is killed.
func startAndWait() {
	f, err := Build(topo.All[0], Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	c := f.Hosts()[0].Command(context.Background(), "sleep", "1000")
	if err := c.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(c.Process.Pid)
	io.Copy(io.Discard, os.Stdin)
}

func play(role string) {
	switch role {
	case "end with status 7":
		os.Exit(7)
	case "wait for a signal":
		fmt.Println("ready")
		io.Copy(io.Discard, os.Stdin)
	case "start a program and wait":
		startAndWait()
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

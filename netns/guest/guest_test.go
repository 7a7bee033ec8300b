package guest

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	Init()
	os.Exit(m.Run())
}

// needGuest skips, and says why, where a guest cannot be had; in CI that is a failure.
func needGuest(t *testing.T) {
	t.Helper()
	if err := Missing(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	if testing.Short() {
		t.Skip("a boot takes seconds; -short was given")
	}
}

func TestRunGivesOutputAndStatusOfTheCommand(t *testing.T) {
	needGuest(t)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	var out bytes.Buffer
	dir := t.TempDir()
	status, err := Run(ctx, Config{
		Command: []string{"/bin/sh", "-c", "uname -r; cat /proc/modules | cut -d' ' -f1; cat /proc/uptime; echo kept > /out/file; echo lost > /etc/ikewit-lost; exit 7"},
		Stdout:  &out, Out: dir,
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if status != 7 {
		t.Errorf("status %d, want 7", status)
	}
	for _, want := range []string{"-amd64\n", "\nesp4\n", "\nah6\n", "\naf_key\n", "\nveth\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("output lacks %q:\n%s", want, out.String())
		}
	}
	if text, err := os.ReadFile(dir + "/file"); err != nil || string(text) != "kept\n" {
		t.Errorf("file of /out: %q, %v", text, err)
	}
	if _, err := os.Stat("/etc/ikewit-lost"); err == nil {
		t.Error("the guest wrote to this machine's /etc")
	}
	t.Log(out.String())
}

func TestRunTellsAGuestThatDies(t *testing.T) {
	needGuest(t)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	_, err := Run(ctx, Config{Command: []string{"/bin/sh", "-c", "echo 1 > /proc/sys/kernel/sysrq; echo o > /proc/sysrq-trigger; cat"}, Stdout: &bytes.Buffer{}})
	if err == nil {
		t.Fatal("no error from a guest that powered itself off")
	}
	t.Log(err)
}

func TestModuleOrderPutsDependenciesFirst(t *testing.T) {
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skip("no cache folder: ", err)
	}
	needGuest(t)
	k, err := findKernel(context.Background(), cache+"/ikewit/kernel")
	if err != nil {
		t.Fatal(err)
	}
	tree, err := readModules(k.Modules)
	if err != nil {
		t.Fatal(err)
	}
	list, err := tree.order([]string{"9p", "esp4"})
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) int {
		for i, path := range list {
			if strings.HasSuffix(path, "/"+name+".ko") {
				return i
			}
		}
		return -1
	}
	if at("9pnet") < 0 || at("9pnet") > at("9p") || at("esp4") < 0 {
		t.Errorf("order %v", list)
	}
}

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ikewit/harness/load"
	"ikewit/netns/netnstest"
)

// wit load starts this very program as its responder.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "load" {
		main()
	}
	os.Exit(m.Run())
}

func TestLoadRefusesWhatMakesNoSense(t *testing.T) {
	for _, row := range []struct{ line, says string }{
		{"--peer racoon", "self, strongswan, libreswan"},
		{"--in-flight 0", "a number from 1"},
		{"--in-flight 1000000", "1000000 in flight"},
		{"--rate 0", "above 0"},
		{"--rate NaN", "above 0"},
		{"--duration -1s", "longer than nothing"},
		{"--addresses 9999999", "9999999 addresses"},
		{"--ike aes128", "is not cipher-hash-group"},
		{"--esp rot13-md5", "something unknown"},
		{"--ike des-md5-modp768 -t", "either those or --ike and --esp"},
		{"-e 99", `-e: invalid encryption algorithm "99"`},
		{"-d 192.0.2.1", "-d: who negotiates"},
		{"--tuned", "--tuned is for --peer strongswan"},
		{"--respond", "--respond and --secretsfile belong together"},
		{"--secretsfile x", "--respond and --secretsfile belong together"},
		{"--json /nonexistent/x", "no such file"},
	} {
		exit, out, complaint := wit(t, append([]string{"load"}, strings.Fields(row.line)...)...)
		if exit != 2 || out != "" || !strings.Contains(complaint, row.says) {
			t.Errorf("wit load %s: exit %d, want 2 and %q\n%s%s", row.line, exit, row.says, out, complaint)
		}
	}
}

func TestLoadOnOurOwnResponder(t *testing.T) {
	netnstest.Need(t)
	for _, line := range []string{"--ike des-md5-modp768 --esp des-md5", "-t --group 1 -3 -s --rate 500"} {
		file := filepath.Join(t.TempDir(), "load.json")
		args := append([]string{"load", "--count", "50", "--addresses", "5", "--seed", "3", "--json", file}, strings.Fields(line)...)
		exit, out, complaint := wit(t, args...)
		if exit != 0 || !strings.Contains(out, "50 begun, 50 established, 0 failed") || !strings.Contains(out, "seed 3") || complaint != "" {
			t.Errorf("wit load %s: exit %d\n%s%s", line, exit, out, complaint)
		}
		var s load.Summary
		b, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(b, &s)
		}
		if err != nil || s.Established != 50 || s.Seed != 3 || s.ResponderCPU <= 0 {
			t.Errorf("%v in\n%s", err, b)
		}
	}
}

func TestLoadStatus(t *testing.T) {
	for _, row := range []struct {
		s    load.Summary
		want int
	}{
		{load.Summary{Established: 1}, 0},
		{load.Summary{Established: 9, Failed: 1}, 1},
		{load.Summary{Established: 9, Trouble: "the responder ended"}, 4},
		{load.Summary{}, 4},
	} {
		if got := loadStatus(&row.s); got != row.want {
			t.Errorf("%+v: exit %d, want %d", row.s, got, row.want)
		}
	}
}

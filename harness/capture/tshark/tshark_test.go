package tshark

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestLineSortsWhatTsharkSays(t *testing.T) {
	r := &Reading{Comments: map[int]string{}}
	for _, line := range []string{
		"1\t\t\t0\t0x10\t\t1,13\t\t\t\t\t\tMI1  good",
		"2\t1\t8388608\t\t\t\t\t\t\t\t\t\t",
		"3\t\t2097152\t1\t0x10\t\t\t\t\t\t\t\t",
		"4\t\t\t1\t0x10\taabb\t5,8\t\t\t\t\t\t",
		"5\t\t\t\t\t\t\t0x1000\t\t\t\t\t",
		"6\t\t\t\t\t\t\t0x1000\taabb\t1\t1\t0\t",
		"7\t\t\t\t\t\t\t0x1000\t\t\t0\t1\t",
		"8\t\t2097152,6291456\t\t\t\t\t\t\t\t\t\t",
	} {
		if err := r.line(line); err != nil {
			t.Fatal(err)
		}
	}
	for name, row := range map[string]struct{ got, want []int }{
		"malformed": {r.Malformed, []int{2}}, "warned": {r.Warned, []int{8}}, "encrypted": {r.Encrypted, []int{3, 4}}, "closed": {r.Closed, []int{3}},
		"ESP": {r.ESP, []int{5, 6, 7}}, "ESP closed": {r.ESPClosed, []int{5, 7}}, "good": {r.GoodICV, []int{6}}, "bad": {r.BadICV, []int{7}},
	} {
		if !slices.Equal(row.got, row.want) {
			t.Errorf("%s: %v, want %v", name, row.got, row.want)
		}
	}
	if r.Frames != 8 || r.Comments[1] != "MI1  good" {
		t.Errorf("%+v", r)
	}
	if got := strings.Join(r.Complaints(), "; "); got != "malformed: frames [2]; encrypted ISAKMP, not opened: frames [3]; ESP, not opened: frames [5 7]; ICV wrong: frames [7]" {
		t.Error(got)
	}
	if err := r.line("x"); err == nil {
		t.Error("a line of one column passes")
	}
}

func TestReadSaysWhyItCannot(t *testing.T) {
	if _, err := Find(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	path := filepath.Join(t.TempDir(), "no.pcap")
	if err := os.WriteFile(path, []byte("this is no capture, whatever its name says"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path, ""); err == nil || !strings.Contains(err.Error(), "no.pcap") {
		t.Errorf("%v", err)
	}
}

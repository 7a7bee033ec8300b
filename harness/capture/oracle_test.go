package capture

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"strings"
	"testing"

	"ikewit/harness/capture/pcapfile"
)

// captures finds the folder of captures of other projects, which is no part of this tree: beside the module, as
// shared/captures. Where it is missing the test is skipped, but not in CI. Their licences differ: they are read, never
// embedded.
func captures(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod above this test")
		}
		dir = filepath.Dir(dir)
	}
	folder := filepath.Join(filepath.Dir(dir), "shared", "captures")
	if _, err := os.Stat(folder); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no captures in %s", folder)
		}
		t.Skipf("no captures of other projects in %s", folder)
	}
	return folder
}

// eachCapture calls f with every capture that has a decode by tshark beside it.
func eachCapture(t *testing.T, f func(t *testing.T, name, path string, oracle []map[string]any)) {
	folder := captures(t)
	n := 0
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".jsonl") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		n++
		path = strings.TrimSuffix(path, ".jsonl")
		name, err := filepath.Rel(folder, path)
		t.Run(name, func(t *testing.T) { f(t, filepath.ToSlash(name), path, lines(t, b)) })
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 148 {
		t.Errorf("only %d captures", n)
	}
}

func lines(t *testing.T, b []byte) []map[string]any {
	t.Helper()
	var out []map[string]any
	s := bufio.NewScanner(bytes.NewReader(b))
	s.Buffer(nil, 1<<24)
	for s.Scan() {
		var x map[string]any
		if err := json.Unmarshal(s.Bytes(), &x); err != nil {
			t.Fatal(err)
		}
		out = append(out, x)
	}
	return out
}

// differ says where our reading is not tshark's, by file, frame and field, and why. "only we" and "only tshark" stand
// for a whole message. All are messages that are not whole, or that tshark does not know.
var differ = map[string]string{
	"zeek-spicy-ipsec/ipsec-ikev1-zero-length.pcap #1 only we": "Length is 0: tshark takes it for no ISAKMP, we show the header and say what is wrong",
	"tcpdump/isakmp-pointer-loop.pcap #1 only we":              "Length is 0: tshark takes it for no ISAKMP, we show the header and say what is wrong",

	"tcpdump/ikev1_id_ipv6_addr_subnet-oobr.pcap #1 only tshark": "a fragment that the capture cut: we wait for the whole datagram",
	"tcpdump/isakmp-ikev1_n_print-oobr.pcap #1 only tshark":      "a fragment that the capture cut: we wait for the whole datagram",
	"tcpdump/isakmp-ikev1_n_print-oobr.pcap #3 only tshark":      "a fragment that the capture cut: we wait for the whole datagram",
	"tcpdump/isakmp-delete-segfault.pcap #1 only tshark":         "UDP Length is 456 in an IP packet of 146: no host takes it in",

	"ike-scan/pkt-malformed.dat #1 exchange": "version 3.2: tshark reads no exchange type, the octet is there",
	"ike-scan/pkt-malformed.dat #1 length":   "version 3.2: tshark reads no length, the octets are there",

	"tcpdump/ISAKMP_sa_setup.pcap #3 payloads": "payload 15 is NAT-D of the first drafts; tshark takes it for a group key and stops at the first",
	"tcpdump/ISAKMP_sa_setup.pcap #4 payloads": "payload 15 is NAT-D of the first drafts; tshark takes it for a group key and stops at the first",
	"tcpdump/ISAKMP_sa_setup.pcap #3 detail":   "as its payloads",
	"tcpdump/ISAKMP_sa_setup.pcap #4 detail":   "as its payloads",

	"wireshark/ikev1-bug-12610.pcapng.gz #14 decrypted_detail": "identity 0.0.0.0/0: tshark leaves out the mask",
	"wireshark/ikev1-bug-12610.pcapng.gz #15 decrypted_detail": "identity 0.0.0.0/0: tshark leaves out the mask",
}

// compared are the fields that must agree; those in v1 only where the message is IKEv1.
var compared = []struct {
	field string
	v1    bool
}{
	{"src", false}, {"dst", false}, {"natt", false}, {"icookie", false}, {"rcookie", false}, {"next_payload", false},
	{"version", false}, {"exchange", false}, {"flags", false}, {"msgid", false}, {"length", false}, {"encrypted", false},
	{"payloads", false}, {"detail", true}, {"decrypted", true}, {"decrypted_detail", true},
}

// TestDecodeAgreesWithTshark holds every message of every capture, header, clear chain, payload fields and what is
// inside where keys are known, against the third reading.
func TestDecodeAgreesWithTshark(t *testing.T) {
	keys := filepath.Join(captures(t), "keys.json")
	seen, messages, opened := map[string]bool{}, 0, 0
	eachCapture(t, func(t *testing.T, name, path string, oracle []map[string]any) {
		var b bytes.Buffer
		if err := DecodeFile(path, keys, &b); err != nil && !errors.As(err, &Problems{}) {
			t.Fatal(err)
		}
		note := func(frame any, what, format string, args ...any) {
			key := fmt.Sprintf("%s #%v %s", name, frame, what)
			seen[key] = true
			if differ[key] == "" {
				t.Errorf("%s: %s", key, fmt.Sprintf(format, args...))
			}
		}
		ours := byFrame(lines(t, b.Bytes()))
		theirs := byFrame(oracle)
		for frame, list := range ours {
			if len(list) != len(theirs[frame]) {
				note(frame, "only we", "%v", list[0]["error"])
				continue
			}
			for i, x := range list {
				messages++
				y := theirs[frame][i]
				if x["decrypted"] != nil {
					opened++
				}
				for _, c := range compared {
					if c.v1 && x["version"] != "1.0" || c.field == "decrypted_detail" && y["decrypted_by"] == "script" {
						continue
					}
					if !reflect.DeepEqual(neutral(x[c.field]), neutral(y[c.field])) {
						note(frame, c.field, "%v, tshark %v", x[c.field], y[c.field])
					}
				}
			}
		}
		for frame := range theirs {
			if len(ours[frame]) == 0 {
				note(frame, "only tshark", "")
			}
		}
	})
	for key, why := range differ {
		if !seen[key] {
			t.Errorf("%s no longer differs (%s): take it off the list", key, why)
		}
	}
	t.Logf("%d messages compared, %d of IKEv1 opened", messages, opened)
	if messages < 810 || opened < 23 {
		t.Errorf("only %d messages compared, %d opened", messages, opened)
	}
}

// byFrame sorts the ISAKMP lines by their frame.
func byFrame(all []map[string]any) map[any][]map[string]any {
	out := map[any][]map[string]any{}
	for _, x := range all {
		if x["kind"] == "isakmp" {
			out[x["frame"]] = append(out[x["frame"]], x)
		}
	}
	return out
}

// neutral leaves out names of vendors, which everybody words otherwise, and errors, which tshark words elsewhere.
func neutral(v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	for _, x := range list {
		if m, ok := x.(map[string]any); ok {
			delete(m, "vid_name")
		}
	}
	return v
}

// TestBrokenCapturesSayWhichFrame reads what is broken in the captures on purpose.
func TestBrokenCapturesSayWhichFrame(t *testing.T) {
	folder := captures(t)
	for name, want := range map[string]string{
		"openswan/klips/ikeinit-sunrise-sunset-via-east.pcap": "frame 5: shorter than an ISAKMP header: 26 octets of 28",
		"tcpdump/esp_truncated.pcap":                          "frame 1: fragment 00001901: the capture lacks 38 octets",
		"tcpdump/heapoverflow-ip_demux_print.pcap":            "frame 2: AH Payload Len: 200 octets of header, there are 14",
		"tcpdump/ipcomp-heapoverflow.pcap":                    "frame 1: IPComp header: 0 octets, 4 are needed",
		"tcpdump/isakmp-3948-oobr-2.pcap":                     "frame 1: UDP Length: 12336 octets, the packet has 12316",
		"tcpdump/isakmp-delete-segfault.pcap":                 "frame 1: UDP Length: 456 octets, the packet has 146",
	} {
		err := DecodeFile(filepath.Join(folder, name), "", &bytes.Buffer{})
		if !errors.As(err, &Problems{}) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

// records reads a whole capture.
func records(t *testing.T, path string) []Record {
	t.Helper()
	f, err := pcapfile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []Record
	for r := range Decode(f, Options{}) {
		out = append(out, r)
	}
	return out
}

// TestDamagedCapturesNeverPanic flips octets of every capture, and cuts it, and decodes what is left with its keys. The
// seed is fixed; a failure names the file and the damage.
func TestDamagedCapturesNeverPanic(t *testing.T) {
	keys := filepath.Join(captures(t), "keys.json")
	const seed = 2408
	rng := rand.New(rand.NewPCG(seed, seed))
	rounds := 8
	if testing.Short() {
		rounds = 1
	}
	eachCapture(t, func(t *testing.T, name, path string, _ []map[string]any) {
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		set, err := LoadKeys(keys, path)
		if err != nil {
			t.Fatal(err)
		}
		for round := range rounds {
			b := bytes.Clone(whole)
			for range 1 + len(b)/100 {
				b[rng.IntN(len(b))] ^= byte(1 << rng.IntN(8))
			}
			b = b[:len(b)-rng.IntN(1+len(b)/(round+1))]
			src, err := pcapfile.NewReader(bytes.NewReader(b))
			if err != nil {
				continue
			}
			func() {
				defer func() {
					if p := recover(); p != nil {
						t.Fatalf("seed %d, round %d: %v\n%s", seed, round, p, debug.Stack())
					}
				}()
				c, _ := read(src)
				c.open(set)
				if err := c.writeText(io.Discard); err != nil {
					t.Error(err)
				}
				for _, m := range c.messages {
					if err := m.WriteJSON(io.Discard); err != nil {
						t.Error(err)
					}
				}
			}()
		}
	})
}

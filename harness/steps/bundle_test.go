package steps

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ikewit/harness/capture/tshark"
	"ikewit/harness/peer/plutoplus"
	"ikewit/harness/report"
	"ikewit/harness/suite"
	"ikewit/netns/netnstest"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == plutoplus.ProcessVerb {
		os.Exit(plutoplus.Main(os.Args[2:]))
	}
	netnstest.Enter()
	os.Exit(m.Run())
}

// kept runs cases and gives their bundles.
func kept(t *testing.T, selectors ...string) []report.Result {
	t.Helper()
	var ch suite.Choice
	for _, text := range selectors {
		s, err := suite.ParseSelector(text)
		if err != nil {
			t.Fatal(err)
		}
		ch.Select = append(ch.Select, s)
	}
	cases, unmatched := suite.Pick(allCases(t), ch)
	if len(unmatched) > 0 {
		t.Fatalf("%q matches nothing", unmatched[0].Text)
	}
	env := Environment{Fabric: "netns", Out: t.TempDir()}
	results := suite.Run(t.Context(), cases, suite.Options{Jobs: 4, Timeout: 30 * time.Second, Seed: 1}, Runner(env), nil)
	for _, r := range results {
		if r.Verdict != report.Pass {
			t.Errorf("%s %s: %s: %s", r.ID, r.Name, r.Verdict, r.Reason)
		}
	}
	return results
}

// A third reading: tshark finds nothing malformed in our captures and opens every encrypted message with the tables of
// the bundle, and every ESP packet whose cipher it knows.
func TestTsharkReadsOurBundles(t *testing.T) {
	if _, err := tshark.Find(); errors.Is(err, tshark.ErrMissing) {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	results := kept(t,
		"3DES with HMAC_MD5, transport, no PFS, alice initiates", "DES with HMAC_SHA, tunnel, PFS, bob initiates",
		"NULL with HMAC_MD5, transport, PFS, alice initiates", "AH with HMAC_SHA, tunnel, no PFS, bob initiates",
		"RC5 with HMAC_MD5, tunnel, PFS, alice initiates", "IPv6: -e 3 -a 3 -f", "IPv6: -a 2, alice", "Main Mode with -3 --group 5 -s -f",
		"features/info", "Case 12", "aes256-sha256-modp2048") // no copies: tshark takes the IV of a copy for the next in the chain
	opened := 0
	for _, r := range results {
		reading, err := tshark.Read(filepath.Join(r.Bundle, "wire.pcapng"), filepath.Join(r.Bundle, "wireshark"))
		if err != nil {
			t.Fatalf("%s: %v", r.Name, err)
		}
		if lie := strings.Contains(r.Name, "8-octets"); (len(reading.Malformed) > 0) != lie {
			t.Errorf("%s: malformed: frames %v of %s", r.Name, reading.Malformed, r.Bundle)
		}
		if len(reading.Closed) > 0 || len(reading.Encrypted) == 0 {
			t.Errorf("%s: not decrypted: frames %v of %d encrypted", r.Name, reading.Closed, len(reading.Encrypted))
		}
		if len(reading.BadICV) > 0 {
			t.Errorf("%s: bad ICV: frames %v", r.Name, reading.BadICV)
		}
		if known := !strings.Contains(r.Name, "RC5"); known && len(reading.ESPClosed) > 0 {
			t.Errorf("%s: ESP not decrypted: frames %v", r.Name, reading.ESPClosed)
		}
		for n := range reading.Frames {
			if !slices.Contains(reading.ESP, n+1) {
				continue
			}
			opened++
			if reading.Comments[n+1] == "" {
				t.Errorf("%s: frame %d has no comment", r.Name, n+1)
			}
		}
	}
	if opened == 0 {
		t.Error("no ESP packet in any bundle")
	}
}

// Nothing that holds a key or a secret can be read by others, and nothing of it stands where it was not asked for.
func TestBundlesKeepSecrets(t *testing.T) {
	for _, r := range kept(t, "Case 10", "Different secrets: MI3") {
		err := filepath.WalkDir(r.Bundle, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			text, err := os.ReadFile(path)
			open := info.Mode().Perm()&0o077 != 0
			if strings.Contains(string(text), "a secret of") && open {
				t.Errorf("%s with mode %v shows the pre-shared secret", path, info.Mode())
			}
			if slices.Contains([]string{"keys.json", "esp_sa", "ikev1_decryption_table"}, d.Name()) && open {
				t.Errorf("%s has mode %v", path, info.Mode())
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

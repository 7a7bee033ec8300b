package capture

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"ikewit/harness/capture/tshark"
)

var update = flag.Bool("update", false, "write the golden files")

const goldens = "../../pcaps"

// Our own captures say today what they said when they were made; and a third party reads them as we do.
func TestOurOwnCaptures(t *testing.T) {
	captures, err := filepath.Glob(filepath.Join(goldens, "*", "wire.pcapng"))
	if err != nil || len(captures) < 7 {
		t.Fatalf("%d captures in %s, %v", len(captures), goldens, err)
	}
	for _, path := range captures {
		dir := filepath.Dir(path)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			var got bytes.Buffer
			if err := DecodeFileText(path, filepath.Join(dir, "keys.json"), &got); err != nil {
				t.Error(err)
			}
			golden := filepath.Join(dir, "wire.txt")
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("the decode differs from %s; -update writes what it is now", golden)
			}
			for _, wrong := range []string{"is wrong", "is not right", "cannot"} {
				if bytes.Contains(got.Bytes(), []byte(wrong)) {
					t.Errorf("the decode says %q", wrong)
				}
			}
			readByTshark(t, path, filepath.Join(dir, "wireshark"))
		})
	}
}

func readByTshark(t *testing.T, path, tables string) {
	t.Helper()
	if _, err := tshark.Find(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Log("not read by tshark: ", err)
		return
	}
	reading, err := tshark.Read(path, tables)
	if err != nil {
		t.Fatal(err)
	}
	if len(reading.Encrypted) == 0 {
		t.Error("tshark sees no encrypted message")
	}
	for _, complaint := range reading.Complaints() {
		t.Error("tshark: ", complaint)
	}
}

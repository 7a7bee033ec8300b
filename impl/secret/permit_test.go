package secret

import (
	"io/fs"
	"strings"
	"testing"
)

func TestPermit(t *testing.T) {
	for _, row := range []struct {
		mode          fs.FileMode
		warning, fail string
	}{
		{0o600, "", ""},
		{0o640, "", ""},
		{0o604, "others may read it", ""},
		{0o644, "others may read it", ""},
		{0o620, "", "group or others may write"},
		{0o602, "", "group or others may write"},
		{0o666, "", "group or others may write"},
		{0o600 | fs.ModeSymlink, "", "symbolic link"},
		{0o600 | fs.ModeNamedPipe, "", "not a regular file"},
		{0o600 | fs.ModeDir, "", "not a regular file"},
	} {
		warning, err := Permit(moded{mode: row.mode})
		if (err != nil) != (row.fail != "") || err != nil && !strings.Contains(err.Error(), row.fail) {
			t.Errorf("%v: error %v, want %q", row.mode, err, row.fail)
		}
		if (warning != "") != (row.warning != "") || !strings.Contains(warning, row.warning) {
			t.Errorf("%v: warning %q, want %q", row.mode, warning, row.warning)
		}
	}
}

// moded is a file's information with another mode.
type moded struct {
	fs.FileInfo
	mode fs.FileMode
}

func (m moded) Mode() fs.FileMode { return m.mode }

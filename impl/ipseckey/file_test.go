package ipseckey

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// Files with keys that others may read, or see pass: IK-41. Root's and one's own are good, with no permission for others.
func TestWarningsOfFiles(t *testing.T) {
	const insecure, travels = "ipseckey: Config file f has insecure permissions.\n", "ipseckey: Config file f is on a network file system.\n"
	own, stranger := uint32(os.Geteuid()), uint32(os.Geteuid()+1)
	for _, row := range []struct {
		uid, mode uint32
		fsys      int64
		said      string
	}{
		{own, 0o600, unix.EXT4_SUPER_MAGIC, ""},
		{0, 0o400, unix.TMPFS_MAGIC, ""},
		{stranger, 0o600, 0, insecure},
		{own, 0o640, 0, insecure},
		{own, 0o604, 0, insecure},
		{own, 0o620, 0, insecure},
		{own, 0o600, unix.NFS_SUPER_MAGIC, travels},
		{own, 0o600, unix.SMB2_SUPER_MAGIC, travels},
		{own, 0o600, unix.CIFS_SUPER_MAGIC, travels},
		{own, 0o644, unix.CEPH_SUPER_MAGIC, insecure + travels},
	} {
		r := newRun(t, newEngine(t, nil), Options{})
		r.warnOf("f", &unix.Stat_t{Uid: row.uid, Mode: unix.S_IFREG | row.mode}, &unix.Statfs_t{Type: row.fsys})
		if got := r.stderr.String(); got != row.said {
			t.Errorf("%+v: said %q", row, got)
		}
	}
}

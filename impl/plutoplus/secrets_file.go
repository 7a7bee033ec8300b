package plutoplus

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"ikewit/impl/alg"
	"ikewit/impl/conn"
	"ikewit/impl/secret"
)

// maxSecretsFile is the size of a secrets file that we still read, in octets. Ours.
const maxSecretsFile = 16 << 20

// A secretsFile is the secrets file of a run mode. It is read again before each use, so that edits
// take effect; what is wrong with it is told once for each new content.
type secretsFile struct {
	path   string
	witDir string                         // symbolic links in here are refused; "": none are
	lookup func(host string) []netip.Addr // may be nil
	own    func(netip.Addr) bool          // may be nil
	warn   func(format string, args ...any)

	mu   sync.Mutex
	sum  [sha256.Size]byte // of the text of the file that stands below
	file *secret.File
}

var _ secret.Finder = (*secretsFile)(nil)

// PreShared reads the file, if it changed, and asks it.
func (s *secretsFile) PreShared(local, remote netip.Addr, remoteID conn.Identity) (alg.Key, error) {
	f, err := s.read()
	if missing(err) {
		return nil, secret.None(remote, s.path)
	}
	if err != nil {
		return nil, err
	}
	return f.PreShared(local, remote, remoteID)
}

// read gives the file as it is now.
func (s *secretsFile) read() (*secret.File, error) {
	text, warning, err := s.load()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := sha256.Sum256([]byte(text))
	if s.file != nil && s.sum == sum {
		return s.file, nil
	}
	if warning != "" {
		s.warn("%s: %s", s.path, warning)
	}
	f, errs := secret.Read(s.path, text, s.lookup)
	for _, err := range errs {
		s.warn("%v", err)
	}
	f.Own = s.own
	s.sum, s.file = sum, f
	return f, nil
}

// missing reports whether an error says that there is no file, or no directory where it could be.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// load opens the file, judges what it opened, and reads it.
func (s *secretsFile) load() (text, warning string, err error) {
	flags := os.O_RDONLY | syscall.O_NONBLOCK // a pipe must not hold us up
	if s.witDir != "" && filepath.Clean(filepath.Dir(s.path)) == filepath.Clean(s.witDir) {
		flags |= syscall.O_NOFOLLOW
	}
	f, err := os.OpenFile(s.path, flags, 0)
	switch {
	case errors.Is(err, syscall.ELOOP) && flags&syscall.O_NOFOLLOW != 0:
		return "", "", fmt.Errorf("%s: refused: it is a symbolic link", s.path)
	case err != nil:
		return "", "", fmt.Errorf("read secrets: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", "", fmt.Errorf("read secrets: %w", err)
	}
	if warning, err = secret.Permit(info); err != nil {
		return "", "", fmt.Errorf("%s: %w", s.path, err)
	}
	octets, err := io.ReadAll(io.LimitReader(f, maxSecretsFile+1))
	switch {
	case err != nil:
		return "", "", fmt.Errorf("read secrets: %w", err)
	case len(octets) > maxSecretsFile:
		return "", "", fmt.Errorf("%s: refused: it has more than %d octets", s.path, maxSecretsFile)
	}
	return string(octets), warning, nil
}

package libreswan

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

const debianPackage = "libreswan"

// Root gives the folder into which Debian's package is unpacked, and unpacks it the first time.
func Root(ctx context.Context) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("cache folder for libreswan (set XDG_CACHE_HOME): %w", err)
	}
	root := filepath.Join(cache, "ikewit", "libreswan")
	if _, err := os.Stat(pluto(root)); err == nil {
		return root, nil
	}
	if err := os.MkdirAll(filepath.Dir(root), 0o755); err != nil {
		return "", fmt.Errorf("cache folder for libreswan: %w", err)
	}
	work, err := os.MkdirTemp(filepath.Dir(root), "unpack-")
	if err != nil {
		return "", fmt.Errorf("cache folder for libreswan: %w", err)
	}
	defer os.RemoveAll(work)
	if err := run(ctx, work, "apt-get", "-q", "download", debianPackage); err != nil {
		return "", err
	}
	debs, _ := filepath.Glob(filepath.Join(work, "*.deb"))
	if len(debs) != 1 {
		return "", fmt.Errorf("apt-get download %s left %d packages", debianPackage, len(debs))
	}
	unpacked := filepath.Join(work, "root")
	if err := run(ctx, work, "dpkg-deb", "-x", debs[0], unpacked); err != nil {
		return "", err
	}
	if err := os.Rename(unpacked, root); err != nil && !errors.Is(err, os.ErrExist) {
		if _, there := os.Stat(pluto(root)); there != nil {
			return "", fmt.Errorf("cache folder for libreswan: %w", err)
		}
	}
	return root, nil
}

// Missing tells what libreswan's programs lack on this machine, nil when nothing: the libraries that its package depends on, and NSS's
// certutil. What was there once is not looked for again in this process: to ask is to run pluto.
func Missing(ctx context.Context) error {
	there.Lock()
	defer there.Unlock()
	if there.all {
		return nil
	}
	err := missing(ctx)
	there.all = err == nil
	return err
}

var there struct {
	sync.Mutex
	all bool
}

func missing(ctx context.Context) error {
	if _, err := exec.LookPath("certutil"); err != nil {
		return fmt.Errorf("%w: apt-get install libnss3-tools", err)
	}
	root, err := Root(ctx)
	if err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, pluto(root), "--version").CombinedOutput(); err != nil {
		return fmt.Errorf("libreswan does not run: %w: %s: apt-get install libcurl3-nss libevent-pthreads-2.1-7 libldns3 libunbound8 libcap-ng0",
			err, strings.TrimSpace(string(out)))
	}
	return nil
}

func pluto(root string) string { return filepath.Join(root, "usr/libexec/ipsec/pluto") }

func run(ctx context.Context, dir, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}

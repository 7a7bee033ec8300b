package guest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// A kernel is Debian's kernel, unpacked.
type kernel struct {
	Version string // "6.1.0-56-amd64"
	Image   string // path of the uncompressed vmlinux
	Modules string // path of lib/modules/Version
}

// metaPackage depends on the newest kernel of the Debian release that is installed. Not the cloud flavour:
// it has no 9p.
const metaPackage = "linux-image-amd64"

var imagePackage = regexp.MustCompile(`linux-image-(\d\S*-amd64)\b`)

// Unpacked gives the version of the kernel that is in the cache folder already; "" if it has to be fetched first.
func Unpacked() string {
	c := Config{Command: []string{"none"}}
	if c.fill() != nil {
		return ""
	}
	found, _ := filepath.Glob(filepath.Join(c.Cache, "*-amd64", "vmlinux"))
	if len(found) == 0 {
		return ""
	}
	return filepath.Base(filepath.Dir(found[len(found)-1]))
}

// findKernel gives the kernel from the cache folder, which it fills from Debian's package the first time. It
// takes the newest that is there, so that a machine without network goes on with what it has.
func findKernel(ctx context.Context, cache string) (kernel, error) {
	found, _ := filepath.Glob(filepath.Join(cache, "*-amd64", "vmlinux"))
	if len(found) == 0 {
		if err := fetchKernel(ctx, cache); err != nil {
			return kernel{}, err
		}
		found, _ = filepath.Glob(filepath.Join(cache, "*-amd64", "vmlinux"))
	}
	if len(found) == 0 {
		return kernel{}, fmt.Errorf("no kernel in %s after unpacking %s", cache, metaPackage)
	}
	image := found[len(found)-1]
	version := filepath.Base(filepath.Dir(image))
	return kernel{
		Version: version, Image: image,
		Modules: filepath.Join(filepath.Dir(image), "lib/modules", version),
	}, nil
}

// fetchKernel downloads the package and unpacks it to cache/VERSION. The folder appears whole or not at all.
func fetchKernel(ctx context.Context, cache string) error {
	for _, program := range []string{"apt-get", "apt-cache", "dpkg-deb"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("%s is needed to fetch Debian's kernel: %w", program, err)
		}
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return fmt.Errorf("kernel cache (set XDG_CACHE_HOME to move it): %w", err)
	}
	work, err := os.MkdirTemp(cache, "unpack-")
	if err != nil {
		return fmt.Errorf("kernel cache: %w", err)
	}
	defer os.RemoveAll(work)

	depends, err := output(ctx, work, "apt-cache", "depends", metaPackage)
	if err != nil {
		return err
	}
	match := imagePackage.FindStringSubmatch(depends)
	if match == nil {
		return fmt.Errorf("apt-cache depends %s names no kernel; run apt-get update", metaPackage)
	}
	version := match[1]
	if _, err := output(ctx, work, "apt-get", "-q", "download", "linux-image-"+version); err != nil {
		return err
	}
	debs, _ := filepath.Glob(filepath.Join(work, "*.deb"))
	if len(debs) != 1 {
		return fmt.Errorf("apt-get download linux-image-%s left %d packages", version, len(debs))
	}
	root := filepath.Join(work, "root")
	if _, err := output(ctx, work, "dpkg-deb", "-x", debs[0], root); err != nil {
		return err
	}
	if err := extractImage(filepath.Join(root, "boot", "vmlinuz-"+version), filepath.Join(root, "vmlinux")); err != nil {
		return err
	}
	if err := os.Rename(root, filepath.Join(cache, version)); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("kernel cache: %w", err)
	}
	return nil
}

// output runs a program and gives what it printed; an error carries what it complained of.
func output(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(complaint.String()))
	}
	return string(out), nil
}

// Package preload builds the library that lets a daemon negotiate on a kernel with XFRM but without ESP: the kernel's
// refusals become success. Nothing is installed and no data flows.
package preload

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

//go:embed xfrmshim.c.txt
var source []byte

// Build compiles the library into a folder and gives its path.
func Build(ctx context.Context, dir string) (string, error) {
	compiler, err := exec.LookPath("cc")
	if err != nil {
		return "", fmt.Errorf("a C compiler is needed for the preload library: %w: apt-get install gcc libc6-dev", err)
	}
	text, library := filepath.Join(dir, "xfrmshim.c"), filepath.Join(dir, "xfrmshim.so")
	if err := os.WriteFile(text, source, 0o600); err != nil {
		return "", err
	}
	out, err := exec.CommandContext(ctx, compiler, "-shared", "-fPIC", "-O2", "-o", library, text, "-ldl").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("compile the preload library: %w: %s", err, out)
	}
	return library, nil
}

// Cached gives the library from the user's cache folder, and builds it there the first time.
func Cached(ctx context.Context) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("cache folder for the preload library (set XDG_CACHE_HOME): %w", err)
	}
	sum := sha256.Sum256(source)
	library := filepath.Join(cache, "ikewit", "preload", fmt.Sprintf("xfrmshim-%x.so", sum[:8]))
	if _, err := os.Stat(library); err == nil {
		return library, nil
	}
	if err := os.MkdirAll(filepath.Dir(library), 0o755); err != nil {
		return "", fmt.Errorf("cache folder for the preload library: %w", err)
	}
	work, err := os.MkdirTemp(filepath.Dir(library), "build-")
	if err != nil {
		return "", fmt.Errorf("cache folder for the preload library: %w", err)
	}
	defer os.RemoveAll(work)
	built, err := Build(ctx, work)
	if err != nil {
		return "", err
	}
	if err := os.Rename(built, library); err != nil {
		return "", fmt.Errorf("cache folder for the preload library: %w", err)
	}
	return library, nil
}

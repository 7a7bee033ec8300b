package guest

import (
	"debug/elf"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/cavaliergopher/cpio"
)

// writeInitramfs packs the program as /init with the libraries it is linked to, and the modules as
// /modules/NNN-name in the order of loading.
func writeInitramfs(w io.Writer, program string, modules []string) error {
	archive := cpio.NewWriter(w)
	for _, dir := range []string{"modules", "proc", "sys", "dev", "host", "memory", "newroot"} {
		if err := archive.WriteHeader(&cpio.Header{Name: dir, Mode: cpio.TypeDir | 0o755}); err != nil {
			return err
		}
	}
	if err := addFile(archive, "init", program, 0o755); err != nil {
		return err
	}
	libraries, err := linked(program)
	if err != nil {
		return err
	}
	for _, path := range libraries {
		if err := addParents(archive, path); err != nil {
			return err
		}
		if err := addFile(archive, path[1:], path, 0o755); err != nil {
			return err
		}
	}
	for i, path := range modules {
		name := fmt.Sprintf("modules/%03d-%s", i, filepath.Base(path))
		if err := addFile(archive, name, path, 0o644); err != nil {
			return err
		}
	}
	return archive.Close()
}

func addFile(archive *cpio.Writer, name, path string, mode cpio.FileMode) error {
	octets, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("initramfs: %w", err)
	}
	header := cpio.Header{Name: name, Mode: cpio.TypeReg | mode, Size: int64(len(octets))}
	if err := archive.WriteHeader(&header); err != nil {
		return fmt.Errorf("initramfs: %s: %w", name, err)
	}
	_, err = archive.Write(octets)
	return err
}

// addParents makes the folders above an absolute path; the kernel takes one that is there already.
func addParents(archive *cpio.Writer, path string) error {
	dir := filepath.Dir(path)
	if dir == "/" {
		return nil
	}
	if err := addParents(archive, dir); err != nil {
		return err
	}
	return archive.WriteHeader(&cpio.Header{Name: dir[1:], Mode: cpio.TypeDir | 0o755})
}

var libraryFolders = []string{"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib"}

// linked lists the loader and the libraries of a program, with those that they need; nil for a static one.
func linked(program string) ([]string, error) {
	f, err := elf.Open(program)
	if err != nil {
		return nil, fmt.Errorf("initramfs: %w", err)
	}
	defer f.Close()
	var paths []string
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			name := make([]byte, p.Filesz-1)
			if _, err := p.ReadAt(name, 0); err != nil {
				return nil, fmt.Errorf("initramfs: loader of %s: %w", program, err)
			}
			paths = append(paths, string(name))
		}
	}
	if paths == nil {
		return nil, nil
	}
	seen := map[string]bool{}
	return paths, addLibraries(program, seen, &paths)
}

func addLibraries(program string, seen map[string]bool, paths *[]string) error {
	f, err := elf.Open(program)
	if err != nil {
		return fmt.Errorf("initramfs: %w", err)
	}
	defer f.Close()
	names, err := f.ImportedLibraries()
	if err != nil {
		return fmt.Errorf("initramfs: libraries of %s: %w", program, err)
	}
	for _, name := range names {
		if seen[name] {
			continue
		}
		seen[name] = true
		path, err := findLibrary(name)
		if err != nil {
			return err
		}
		*paths = append(*paths, path)
		if err := addLibraries(path, seen, paths); err != nil {
			return err
		}
	}
	return nil
}

func findLibrary(name string) (string, error) {
	for _, dir := range libraryFolders {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("initramfs: library %s not found in %v", name, libraryFolders)
}

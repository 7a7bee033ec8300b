package libreswan

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// database is an empty NSS database, made once by certutil and copied for every pluto: where a program takes long to start,
// certutil takes longer than the negotiation.
var database struct {
	sync.Mutex
	files map[string][]byte // by name; nil: not made yet
}

// emptyDatabase fills a folder with an empty NSS database.
func emptyDatabase(ctx context.Context, dir string) error {
	database.Lock()
	defer database.Unlock()
	if database.files == nil {
		files, err := makeDatabase(ctx)
		if err != nil {
			return err
		}
		database.files = files
	}
	for name, octets := range database.files {
		if err := os.WriteFile(filepath.Join(dir, name), octets, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func makeDatabase(ctx context.Context) (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", "wit-nss-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := run(ctx, dir, "certutil", "-N", "-d", "sql:"+dir, "--empty-password"); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, e := range entries {
		if files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			return nil, err
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("certutil -N made no files")
	}
	return files, nil
}

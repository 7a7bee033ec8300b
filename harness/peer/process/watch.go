package process

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// A watch tells when something in a folder was made or moved.
type watch struct {
	Changed chan struct{}
	file    *os.File
}

func watchFolder(path string) (*watch, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("watch for %s: %w", path, err)
	}
	w := &watch{Changed: make(chan struct{}, 1), file: os.NewFile(uintptr(fd), "watch")}
	if _, err := unix.InotifyAddWatch(fd, filepath.Dir(path), unix.IN_CREATE|unix.IN_MOVED_TO|unix.IN_ATTRIB); err != nil {
		w.Close()
		return nil, fmt.Errorf("watch for %s: %w", path, err)
	}
	go func() {
		buffer := make([]byte, 4096)
		for {
			if _, err := w.file.Read(buffer); err != nil {
				return
			}
			select {
			case w.Changed <- struct{}{}:
			default:
			}
		}
	}()
	return w, nil
}

// Close ends the watch.
func (w *watch) Close() { w.file.Close() }

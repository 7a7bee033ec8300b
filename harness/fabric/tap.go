package fabric

import (
	"errors"
	"fmt"
	"sync"

	"ikewit/harness/capture/pcapfile"
	"ikewit/impl/host"
)

// A tap keeps what crosses the wire. Both ends are watched for what they send, never for what they receive: a kernel that
// takes a packet out of a tunnel shows the packet from inside, in clear, as if it had come by the wire.
//
// Frames wait in memory that the kernel shares until they are asked for; there is room for some thousands.
type tap struct {
	tap  *host.Tap
	name string // of the link, for the frames

	mu     sync.Mutex
	frames []pcapfile.Frame
	err    error
	closed bool
}

// openTap starts to watch the link of two ends.
func openTap(name string, ends ...host.TapEnd) (*tap, error) {
	inner, err := host.OpenTap(ends...)
	if err != nil {
		return nil, err
	}
	return &tap{tap: inner, name: name}, nil
}

// Frames gives all that was sent until now, or until the tap was closed.
func (t *tap) Frames() ([]pcapfile.Frame, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.drain()
	return append([]pcapfile.Frame(nil), t.frames...), t.err
}

// drain takes what is there already.
func (t *tap) drain() {
	for f, ok := t.tap.Next(); ok; f, ok = t.tap.Next() {
		t.frames = append(t.frames, pcapfile.Frame{
			Number: len(t.frames) + 1, Time: f.Time, Link: pcapfile.LinkEthernet,
			Data: append([]byte(nil), f.Octets...), Length: f.Length, Interface: t.name,
		})
	}
	if n, err := t.tap.Dropped(); t.err == nil && err == nil && n > 0 {
		t.err = fmt.Errorf("tap on %s: there was no room for %d frames", t.name, n)
	}
}

// Close ends the tap; what was sent until now stays to be asked for. It may be called twice.
func (t *tap) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil
	}
	t.closed = true
	err := t.tap.Stop()
	t.drain()
	return errors.Join(err, t.err, t.tap.Close())
}

package host

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// A Tap sees every frame that crosses a link, in both directions, in the order in which they crossed it.
//
// With both ends of a link, each end is watched for what it sends. The kernel takes a copy in the course of sending:
// when a send call has returned, its frame is here, no matter whether it arrives. With one end, what it receives is
// seen too, but a little after it was sent.
//
// The kernel writes into memory shared with this program; frames wait there until they are read. When it is full,
// frames are lost to the tap, and Dropped counts them.
type Tap struct {
	rings   []*ring
	stop    int         // eventfd that wakes Read
	stopped atomic.Bool // by Stop
	clear   atomic.Bool // nothing can come any more
	closing atomic.Bool // by Close

	reading sync.Mutex
	held    *ring // whose frame the caller has; nil if none
	closed  bool
	dropped uint64
}

// A TapEnd is one end of the link to be watched.
type TapEnd struct {
	In     Inside
	Device string
	Room   int // octets for frames that were not yet read; 0: 4 MiB, which is 2048 frames of up to 1900 octets
}

// A Frame is one frame with its link-layer header, as it crossed the link.
type Frame struct {
	Time    time.Time // to the nanosecond
	End     int       // who sent it: an index of the ends. Of a tap with one end: 0 that end, 1 the other
	Octets  []byte    // valid until the next frame is asked for
	Length  int       // on the link; more than len(Octets) if the frame did not fit
	Partial bool      // its checksums were left to hardware: see netns.Options.Offload
}

const defaultTapRoom = 4 << 20

// OpenTap begins to watch a link; it takes CAP_NET_RAW. When it returns, no frame is missed.
func OpenTap(ends ...TapEnd) (*Tap, error) {
	if len(ends) < 1 || len(ends) > 2 {
		return nil, fmt.Errorf("tap: a link has one or two ends, not %d", len(ends))
	}
	stop, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("tap: make an eventfd: %w", err)
	}
	t := &Tap{stop: stop, rings: make([]*ring, len(ends))}
	err = atOnce(len(ends), func(i int) error {
		e := ends[i]
		if e.Room == 0 {
			e.Room = defaultTapRoom
		}
		err := e.In.do(func() (err error) {
			t.rings[i], err = openRing(e.Device, e.Room, len(ends) == 2)
			return err
		})
		if err != nil {
			return fmt.Errorf("tap on %s: %w", e.Device, err)
		}
		t.rings[i].end = i
		return nil
	})
	if err != nil {
		t.rings = slices.DeleteFunc(t.rings, func(r *ring) bool { return r == nil })
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// atOnce calls f for 0 to n-1, all at the same time: to set up or take down a packet socket, the kernel waits some ten
// milliseconds for its other processors.
func atOnce(n int, f func(i int) error) error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = f(i) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// Next returns the next frame that is there already; false if there is none now.
func (t *Tap) Next() (Frame, bool) {
	t.reading.Lock()
	defer t.reading.Unlock()
	return t.next()
}

// Read waits for the next frame. After Stop, when all frames were read, the error is io.EOF; after Close os.ErrClosed.
func (t *Tap) Read() (Frame, error) {
	t.reading.Lock()
	defer t.reading.Unlock()
	for {
		if t.closing.Load() {
			return Frame{}, os.ErrClosed
		}
		last := t.clear.Load() // asked first: what came before is in the rings
		if f, ok := t.next(); ok {
			return f, nil
		}
		if last {
			return Frame{}, io.EOF
		}
		if err := t.wait(); err != nil {
			return Frame{}, err
		}
	}
}

func (t *Tap) next() (Frame, bool) {
	if t.held != nil {
		t.held.release()
		t.held = nil
	}
	if t.closed {
		return Frame{}, false
	}
	t.held = t.earliest()
	if t.held == nil {
		return Frame{}, false
	}
	return t.held.frame(len(t.rings) == 1), true
}

// earliest returns the ring that has the oldest frame at its front. A frame that answers another is written after that
// one was; so the rings are looked at until none of them turned from empty to not empty while another was looked at.
func (t *Tap) earliest() *ring {
	for {
		var first *ring
		seen := 0
		for _, r := range t.rings {
			if r.ready() {
				seen++
				if first == nil || r.time().Before(first.time()) {
					first = r
				}
			}
		}
		again := 0
		for _, r := range t.rings {
			if r.ready() {
				again++
			}
		}
		if seen == again {
			return first
		}
	}
}

// wait returns when there is a frame, or Stop or Close was called.
func (t *Tap) wait() error {
	fds := []unix.PollFd{{Fd: int32(t.stop), Events: unix.POLLIN}}
	for _, r := range t.rings {
		fds = append(fds, unix.PollFd{Fd: int32(r.fd), Events: unix.POLLIN})
	}
	for {
		_, err := unix.Poll(fds, -1)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return fmt.Errorf("tap: wait for a frame: %w", err)
		}
		var b [8]byte
		unix.Read(t.stop, b[:]) // so that it wakes once
		return nil
	}
}

// Stop ends the watch. Every frame that was sent before Stop was called is still read.
func (t *Tap) Stop() error {
	if t.stopped.Swap(true) {
		return nil
	}
	var errs []error
	for _, r := range t.rings {
		errs = append(errs, r.refuseAll())
	}
	t.clear.Store(true)
	t.wake()
	return errors.Join(errs...)
}

func (t *Tap) wake() {
	unix.Write(t.stop, []byte{1, 0, 0, 0, 0, 0, 0, 0}) // can only fail if it was written before
}

// Dropped returns how many frames there was no room for.
func (t *Tap) Dropped() (uint64, error) {
	t.reading.Lock()
	defer t.reading.Unlock()
	for _, r := range t.rings {
		if t.closed {
			break
		}
		s, err := unix.GetsockoptTpacketStats(r.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
		if err != nil {
			return t.dropped, fmt.Errorf("tap: read statistics: %w", err)
		}
		t.dropped += uint64(s.Drops) // since they were read last
	}
	return t.dropped, nil
}

// Close ends the watch at once; frames not yet read are gone. It may be called twice.
func (t *Tap) Close() error {
	t.closing.Store(true)
	t.wake()
	t.reading.Lock() // Read comes back
	defer t.reading.Unlock()
	if t.closed {
		return nil
	}
	t.closed, t.held = true, nil
	return errors.Join(unix.Close(t.stop), atOnce(len(t.rings), func(i int) error { return t.rings[i].close() }))
}

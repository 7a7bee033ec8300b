package fabric

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"ikewit/harness/capture/pcapfile"
)

// A wireTap watches both ends of a link and keeps what each sends. What an end receives is not looked at there: a kernel that takes a
// packet out of a tunnel shows the packet from inside, in clear, as if it had come by the wire.
type wireTap struct{ ends []*tap }

// watch adds an end. It is called inside the host.
func (w *wireTap) watch(device, name string) error {
	t, err := openTap(device, name)
	if err == nil {
		w.ends = append(w.ends, t)
	}
	return err
}

// Frames gives all that passed until now, or until the tap was closed, in the order of the kernel's clock.
func (w *wireTap) Frames() ([]pcapfile.Frame, error) {
	var all []pcapfile.Frame
	for _, t := range w.ends {
		frames, err := t.Frames()
		if err != nil {
			return nil, err
		}
		all = append(all, frames...)
	}
	slices.SortStableFunc(all, func(a, b pcapfile.Frame) int { return a.Time.Compare(b.Time) })
	for i := range all {
		all[i].Number = i + 1
	}
	return all, nil
}

// Close ends the tap; what passed until now stays to be asked for. It may be called twice.
func (w *wireTap) Close() error {
	var errs []error
	for _, t := range w.ends {
		errs = append(errs, t.Close())
	}
	return errors.Join(errs...)
}

// A tap watches one network device: it keeps every frame that it sends, with the time at which the kernel saw it.
type tap struct {
	file *os.File
	conn syscall.RawConn
	name string

	mu     sync.Mutex
	frames []pcapfile.Frame
	err    error
	done   chan struct{} // closed when the reader has ended
	closed atomic.Bool
}

const (
	tapBuffer = 8 << 20 // octets that the kernel keeps while nobody reads
	maxFrame  = 70 << 10
)

// openTap starts to watch a device. It is called inside the host.
func openTap(device, name string) (*tap, error) {
	dev, err := net.InterfaceByName(device)
	if err != nil {
		return nil, fmt.Errorf("tap on %s: %w", device, err)
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("tap on %s: packet socket: %w", device, err)
	}
	t := &tap{file: os.NewFile(uintptr(fd), "tap on "+device), name: name, done: make(chan struct{})}
	if err := t.bind(fd, dev.Index); err != nil {
		t.file.Close()
		return nil, fmt.Errorf("tap on %s: %w", device, err)
	}
	go t.read()
	return t, nil
}

func (t *tap) bind(fd, device int) (err error) {
	// Without privilege the buffer is that of the system: drops are noticed.
	unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, tapBuffer)
	if err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		return err
	}
	if err = unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: bigEndian16(unix.ETH_P_ALL), Ifindex: device}); err != nil {
		return err
	}
	t.conn, err = t.file.SyscallConn()
	return err
}

// read keeps the kernel's buffer empty until the tap is closed.
func (t *tap) read() {
	defer close(t.done)
	t.conn.Read(func(fd uintptr) bool {
		t.drain(int(fd))
		return false // wait for more
	})
}

// Frames gives all that was sent until now, or until the tap was closed.
func (t *tap) Frames() ([]pcapfile.Frame, error) {
	if t.closed.Load() {
		return t.frames, t.err
	}
	if err := t.conn.Control(func(fd uintptr) { t.drain(int(fd)) }); err != nil {
		return nil, fmt.Errorf("%s: %w", t.file.Name(), err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]pcapfile.Frame(nil), t.frames...), t.err
}

// drain takes what the kernel has.
func (t *tap) drain(fd int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var buf [maxFrame]byte
	var control [64]byte
	for {
		n, c, _, from, err := unix.Recvmsg(fd, buf[:], control[:], 0)
		if err == unix.EINTR || err == unix.ENETDOWN {
			continue
		}
		if err != nil {
			break
		}
		if end, ok := from.(*unix.SockaddrLinklayer); !ok || end.Pkttype != unix.PACKET_OUTGOING {
			continue
		}
		t.frames = append(t.frames, pcapfile.Frame{
			Time: timestamp(control[:c]), Link: pcapfile.LinkEthernet,
			Data: append([]byte(nil), buf[:n]...), Length: n, Interface: t.name,
		})
	}
	if s, err := unix.GetsockoptTpacketStats(fd, unix.SOL_PACKET, unix.PACKET_STATISTICS); err == nil && s.Drops > 0 {
		t.err = fmt.Errorf("%s: the kernel dropped %d frames", t.file.Name(), s.Drops)
	}
}

func timestamp(control []byte) time.Time {
	list, err := unix.ParseSocketControlMessage(control)
	if err == nil {
		for _, m := range list {
			if m.Header.Type == unix.SO_TIMESTAMPNS && len(m.Data) >= 16 { // two 64-bit words
				return time.Unix(int64(binary.NativeEndian.Uint64(m.Data)), int64(binary.NativeEndian.Uint64(m.Data[8:])))
			}
		}
	}
	return time.Now()
}

// Close ends the tap; what was sent until now stays to be asked for. It may be called twice.
func (t *tap) Close() error {
	if t.closed.Load() {
		return nil
	}
	_, err := t.Frames()
	t.closed.Store(true)
	err = errors.Join(err, t.file.Close())
	<-t.done
	return err
}

func bigEndian16(n uint16) uint16 { return n<<8 | n>>8 }

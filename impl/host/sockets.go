package host

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A sockets is a set of sockets that is read as if it were one.
type sockets struct {
	list  []socket
	set   int // of epoll, for as long as sockets are added
	epoll *os.File
	ready syscall.RawConn // of epoll

	mu     sync.RWMutex // held for writing only to close: descriptors in use stay what they are
	closed bool

	reading sync.Mutex
	events  [8]unix.EpollEvent
	in      mmsg
	writing sync.Mutex
	out     mmsg
}

type socket struct {
	fd    int
	local netip.AddrPort // as bound
	proto int            // of raw sockets
}

// socketBuffer is how much the kernel shall keep for us, each way; it is shared by all peers.
const socketBuffer = 4 << 20

// newSockets opens sockets with one call of open for each; all or none.
func newSockets(in Inside, open func(*sockets) error) (*sockets, error) {
	s := &sockets{}
	err := in.do(func() error {
		fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
		if err != nil {
			return fmt.Errorf("make an epoll set: %w", err)
		}
		if err := unix.SetNonblock(fd, true); err != nil { // so that Go waits for it without a thread
			unix.Close(fd)
			return err
		}
		s.set, s.epoll = fd, os.NewFile(uintptr(fd), "sockets")
		if s.ready, err = s.epoll.SyscallConn(); err != nil {
			return err
		}
		return open(s)
	})
	if err != nil {
		if s.epoll != nil {
			s.close()
		}
		return nil, err
	}
	return s, nil
}

// add takes an open socket into the set, which owns it from then on, also if that fails.
func (s *sockets) add(k socket) error {
	s.list = append(s.list, k)
	// Not every user may have buffers beyond the system's limit: then it is the limit.
	for _, o := range []struct{ force, ask int }{{unix.SO_RCVBUFFORCE, unix.SO_RCVBUF}, {unix.SO_SNDBUFFORCE, unix.SO_SNDBUF}} {
		if unix.SetsockoptInt(k.fd, unix.SOL_SOCKET, o.force, socketBuffer) != nil {
			unix.SetsockoptInt(k.fd, unix.SOL_SOCKET, o.ask, socketBuffer)
		}
	}
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(len(s.list) - 1)}
	if err := unix.EpollCtl(s.set, unix.EPOLL_CTL_ADD, k.fd, &event); err != nil {
		return fmt.Errorf("watch a socket: %w", err)
	}
	return nil
}

// setOptions sets options in pairs of name and value.
func setOptions(fd, level int, pairs ...int) error {
	for i := 0; i < len(pairs); i += 2 {
		if err := unix.SetsockoptInt(fd, level, pairs[i], pairs[i+1]); err != nil {
			return fmt.Errorf("socket option %d of level %d: %w", pairs[i], level, err)
		}
	}
	return nil
}

// read waits until receive, called for sockets that have something, got a packet. It returns os.ErrClosed after close.
func (s *sockets) read(receive func(k *socket, failed bool) (n int, err error)) (n int, err error) {
	s.reading.Lock()
	defer s.reading.Unlock()
	waiting := s.ready.Read(func(fd uintptr) (done bool) {
		s.mu.RLock()
		defer s.mu.RUnlock()
		for !s.closed {
			ready, e := unix.EpollWait(int(fd), s.events[:], 0)
			if e == unix.EINTR {
				continue
			}
			if e != nil {
				err = fmt.Errorf("wait for packets: %w", e)
				return true
			}
			if ready == 0 {
				return false
			}
			for _, event := range s.events[:ready] {
				got, e := receive(&s.list[event.Fd], event.Events&unix.EPOLLERR != 0)
				if n = got; n > 0 || e != nil {
					err = e
					return true
				}
			}
		}
		return true
	})
	switch {
	case errors.Is(waiting, os.ErrDeadlineExceeded):
		return 0, os.ErrDeadlineExceeded
	case waiting != nil, n == 0 && err == nil:
		return 0, os.ErrClosed
	}
	return n, err
}

// SetReadDeadline makes Read, also one that waits, return os.ErrDeadlineExceeded when the time has come; the zero time
// takes it back.
func (s *sockets) SetReadDeadline(t time.Time) error { return s.epoll.SetReadDeadline(t) }

// write sends the first n prepared messages of s.out through a socket, and returns how many went and why the next did
// not.
func (s *sockets) write(k *socket, n int) (sent int, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for stale := 0; sent < n; {
		if s.closed {
			return sent, os.ErrClosed
		}
		got, err := s.out.send(k.fd, sent, n)
		sent += got
		switch {
		case err == nil:
			stale = 0
		case err == unix.EAGAIN || err == unix.ENOBUFS:
			// Nothing but the device can empty the buffer; a device that is stuck must not hold Close up for long.
			const patience = 50 // milliseconds
			ready, _ := unix.Poll([]unix.PollFd{{Fd: int32(k.fd), Events: unix.POLLOUT}}, patience)
			if ready == 0 || err == unix.ENOBUFS {
				return sent, err
			}
		case refusal(err) && stale < maxBatch:
			// The error may belong to an earlier packet: Read tells of that. This one was not sent yet.
			stale++
			if stale > 1 && got == 0 {
				return sent, err
			}
		default:
			return sent, err
		}
	}
	return sent, nil
}

// close ends read and write, also those that wait.
func (s *sockets) close() error {
	err := s.epoll.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	for _, k := range s.list {
		err = errors.Join(err, unix.Close(k.fd))
	}
	return err
}

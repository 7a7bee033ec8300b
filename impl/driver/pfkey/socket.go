package pfkey

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// longest is more than a message of a key engine has: 64 Ki words of 8 octets.
const longest = 512 << 10

// A Socket is a key socket: each Send and each Receive is one message.
type Socket struct {
	file   *os.File
	buffer []byte
}

// Dial connects to the UNIX seqpacket socket of a key engine.
func Dial(path string) (*Socket, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("PF_KEY socket %s: %w", path, err)
	}
	if err := unix.Connect(fd, &unix.SockaddrUnix{Name: path}); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("PF_KEY socket %s: %w", path, err)
	}
	return newSocket(fd, path)
}

// protocolV2 is PF_KEY_V2, the only protocol of the family.
const protocolV2 = 2

// kernelBuffer is wanted for what the kernel tells: it drops what does not fit.
const kernelBuffer = 8 << 20

// DialKernel opens the AF_KEY socket of the network namespace that the calling thread is in.
func DialKernel() (*Socket, error) {
	fd, err := unix.Socket(unix.AF_KEY, unix.SOCK_RAW|unix.SOCK_CLOEXEC, protocolV2)
	switch {
	case errors.Is(err, unix.EAFNOSUPPORT):
		return nil, fmt.Errorf("AF_KEY socket: %w (kernel module af_key)", err)
	case errors.Is(err, unix.EPERM):
		return nil, fmt.Errorf("AF_KEY socket: %w: CAP_NET_ADMIN in this namespace is needed", err)
	case err != nil:
		return nil, fmt.Errorf("AF_KEY socket: %w", err)
	}
	unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, kernelBuffer) // without privilege the default serves
	return newSocket(fd, "AF_KEY")
}

// newSocket puts a descriptor into the runtime's poller.
func newSocket(fd int, name string) (*Socket, error) {
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("PF_KEY socket %s: %w", name, err)
	}
	return &Socket{file: os.NewFile(uintptr(fd), name), buffer: make([]byte, longest)}, nil
}

// Send sends one message.
func (s *Socket) Send(octets []byte) error {
	_, err := s.file.Write(octets)
	return err
}

// Receive waits for a message, until the deadline if there is one; os.ErrDeadlineExceeded says that it came. The octets
// are valid until the next call. io.EOF: the engine has gone.
func (s *Socket) Receive(deadline time.Time) ([]byte, error) {
	if err := s.file.SetReadDeadline(deadline); err != nil {
		return nil, err
	}
	n, err := s.file.Read(s.buffer)
	if errors.Is(err, unix.ECONNRESET) { // it went before it took us in, or with something of ours unread
		err = io.EOF
	}
	if err != nil {
		return nil, err
	}
	return s.buffer[:n], nil
}

// Close closes the socket and ends Receive.
func (s *Socket) Close() error { return s.file.Close() }

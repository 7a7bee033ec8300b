package pfserver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// longest is the longest message that a client may send, in octets.
const longest = 64 << 10

// Listen binds a UNIX seqpacket socket that its owner alone may use (mode 0600). A socket that a server left behind is
// taken away; one that is answered is an error.
func Listen(path string) (*net.UnixListener, error) {
	if err := vacate(path); err != nil {
		return nil, err
	}
	// The mode of a socket before it is bound is the mode of the file: at no time may others connect.
	private := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		var failed error
		err := c.Control(func(fd uintptr) { failed = unix.Fchmod(int(fd), 0o600) })
		return errors.Join(err, failed)
	}}
	l, err := private.Listen(context.Background(), "unixpacket", path)
	if err != nil {
		return nil, fmt.Errorf("PF_KEY socket: %w", err)
	}
	return l.(*net.UnixListener), nil
}

func vacate(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("PF_KEY socket: %w", err)
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("PF_KEY socket: %s is there and is no socket", path)
	}
	if c, err := net.Dial("unixpacket", path); err == nil {
		c.Close()
		return fmt.Errorf("PF_KEY socket: somebody serves %s already", path)
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("PF_KEY socket: %w", err)
	}
	return nil
}

// Serve accepts clients until the listener is closed, and then ends their connections. The error is that of a listener
// that failed by itself.
func (s *Server) Serve(l *net.UnixListener) error {
	var clients sync.WaitGroup
	defer clients.Wait()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for {
		c, err := l.AcceptUnix()
		switch {
		case err == nil:
			if p := s.admit(c); p != nil {
				clients.Go(func() { p.serve(ctx, c) })
			}
		case errors.Is(err, net.ErrClosed):
			return nil
		case errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE) || errors.Is(err, unix.ECONNABORTED):
			<-time.After(50 * time.Millisecond) // others may end
		default:
			return fmt.Errorf("PF_KEY socket: %w", err)
		}
	}
}

// admit opens the port of a connection, or closes the connection. It is done before the next one is accepted: who
// connects is told of whatever those do that connect later.
func (s *Server) admit(c *net.UnixConn) *Port {
	if pid, ok := peer(c); ok {
		if p, err := s.Open(pid); err == nil {
			return p
		}
	}
	c.Close()
	return nil
}

// serve carries messages between a port and its connection, until either ends.
func (p *Port) serve(ctx context.Context, c *net.UnixConn) {
	defer c.Close()
	defer p.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer context.AfterFunc(ctx, func() { c.Close() })() // which wakes a writer that nobody reads
	var reader sync.WaitGroup
	defer reader.Wait()
	reader.Go(func() {
		defer cancel()
		p.readFrom(c)
	})
	p.writeTo(ctx, c)
	cancel()
	p.Close()
}

// peer gives the process at the other end, and whether it may speak to us: the file's mode keeps others out, but for
// a socket whose mode was changed.
func peer(c *net.UnixConn) (pid uint32, ok bool) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, false
	}
	var who *unix.Ucred
	var failed error
	err = raw.Control(func(fd uintptr) { who, failed = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) })
	if err != nil || failed != nil {
		return 0, false
	}
	return uint32(who.Pid), who.Uid == 0 || int(who.Uid) == os.Geteuid()
}

// readFrom takes requests one after the other; of a client that does not read the answers it takes no more.
func (p *Port) readFrom(c *net.UnixConn) {
	buffer := make([]byte, longest)
	for p.room() {
		n, _, flags, _, err := c.ReadMsgUnix(buffer, nil)
		if err != nil {
			return
		}
		octets := buffer[:n]
		if flags&unix.MSG_TRUNC != 0 {
			octets = buffer[:min(n, 16)] // its length does not fit: refused with EMSGSIZE
		}
		if p.Send(octets) != nil {
			return
		}
		wipe(octets)
	}
}

// wipe clears a buffer that may have held keys.
func wipe(octets []byte) {
	for i := range octets {
		octets[i] = 0
	}
}

func (p *Port) writeTo(ctx context.Context, c *net.UnixConn) {
	for {
		octets, err := p.Receive(ctx)
		if err != nil {
			return
		}
		if _, err := c.Write(octets); err != nil {
			return
		}
	}
}

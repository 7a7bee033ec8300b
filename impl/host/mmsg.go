package host

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// maxBatch is how many packets one system call takes at most.
const maxBatch = 64

// ancillarySize is room for the ancillary data of a message: packet info, hop limit, traffic class and flow label, or
// an error with the addresses that belong to it.
const ancillarySize = 192

// An mmsg is what recvmmsg(2) and sendmmsg(2) want for a batch of messages. It is made once and used again.
type mmsg struct {
	headers  [maxBatch]mmsghdr
	vectors  [maxBatch]unix.Iovec
	names    [maxBatch]sockaddr
	controls [maxBatch]control
}

type mmsghdr struct {
	unix.Msghdr
	size uint32 // octets received or sent
}

// A sockaddr has room for the three kinds of address used here, and their alignment.
type sockaddr struct {
	unix.RawSockaddrInet6
	_ [4]byte
}

type control struct {
	_      [0]uint64 // for alignment
	octets [ancillarySize]byte
}

// prepare readies message i to be received into buf, or to send buf.
func (m *mmsg) prepare(i int, buf []byte) {
	m.vectors[i].Base = unsafe.SliceData(buf)
	m.vectors[i].SetLen(len(buf))
	h := &m.headers[i]
	h.Name = (*byte)(unsafe.Pointer(&m.names[i]))
	h.Namelen = uint32(unsafe.Sizeof(m.names[i]))
	h.Iov = &m.vectors[i]
	h.SetIovlen(1)
	h.Control = &m.controls[i].octets[0]
	h.SetControllen(ancillarySize)
	h.Flags = 0
	h.size = 0
}

// receive receives up to n prepared messages without waiting.
func (m *mmsg) receive(fd, n, flags int) (int, error) {
	return m.call(unix.SYS_RECVMMSG, fd, 0, n, flags|unix.MSG_DONTWAIT)
}

// send sends the prepared messages from the first to before the last without waiting, and returns how many went.
func (m *mmsg) send(fd, first, last int) (int, error) {
	return m.call(unix.SYS_SENDMMSG, fd, first, last-first, unix.MSG_DONTWAIT)
}

func (m *mmsg) call(trap uintptr, fd, first, n, flags int) (int, error) {
	for {
		got, _, errno := unix.Syscall6(trap, uintptr(fd), uintptr(unsafe.Pointer(&m.headers[first])), uintptr(n), uintptr(flags), 0, 0)
		switch errno {
		case 0:
			return int(got), nil
		case unix.EINTR:
		default:
			return 0, errno
		}
	}
}

// truncated tells whether message i was longer than its buffer.
func (m *mmsg) truncated(i int) bool { return m.headers[i].Flags&unix.MSG_TRUNC != 0 }

// ancillary calls f for each piece of ancillary data of message i.
func (m *mmsg) ancillary(i int, f func(level, kind int32, data []byte)) {
	rest := m.controls[i].octets[:m.headers[i].Controllen]
	for len(rest) >= unix.SizeofCmsghdr {
		h := (*unix.Cmsghdr)(unsafe.Pointer(&rest[0]))
		if h.Len < unix.SizeofCmsghdr || uint64(h.Len) > uint64(len(rest)) {
			return
		}
		f(h.Level, h.Type, rest[unix.CmsgLen(0):h.Len])
		rest = rest[min(unix.CmsgSpace(int(h.Len)-unix.CmsgLen(0)), len(rest)):]
	}
}

// attach makes one piece of ancillary data of message i, which is to be sent; there can be only one.
func (m *mmsg) attach(i int, level, kind int32, size int) []byte {
	c := &m.controls[i]
	h := (*unix.Cmsghdr)(unsafe.Pointer(&c.octets[0]))
	h.Level, h.Type = level, kind
	h.SetLen(unix.CmsgLen(size))
	m.headers[i].SetControllen(unix.CmsgSpace(size))
	data := c.octets[unix.CmsgLen(0):unix.CmsgLen(size)]
	clear(data)
	return data
}

package host

import (
	"errors"
	"fmt"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Refused says that a packet sent earlier did not reach its destination: the network or this host said so. It comes
// as an event among what is read; the socket goes on working.
type Refused struct {
	Errno unix.Errno // ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EMSGSIZE, EPROTO, ...
	By    netip.Addr // who said so; not valid if it was this host
	MTU   int        // octets that the way allows, if Errno is EMSGSIZE
	// The ICMP message (RFC 792, RFC 4443); both 0 if it was this host.
	Type, Code uint8
}

func (r *Refused) Error() string {
	by := "this host"
	if r.By.IsValid() {
		by = r.By.String()
	}
	if r.Errno == unix.EMSGSIZE && r.MTU > 0 {
		return fmt.Sprintf("refused by %s: %v, at most %d octets", by, r.Errno, r.MTU)
	}
	return fmt.Sprintf("refused by %s: %v", by, r.Errno)
}

func (r *Refused) Unwrap() error { return r.Errno }

// errUnexplained stands for news from the error queue that says nothing we know.
var errUnexplained = &Refused{Errno: unix.EPROTO}

// refusal tells whether an error of a system call is about an earlier packet, or about one destination, and not about
// the socket.
func refusal(err error) bool {
	var errno unix.Errno
	if !errors.As(err, &errno) {
		return false
	}
	switch errno {
	case unix.ECONNREFUSED, unix.EHOSTUNREACH, unix.ENETUNREACH, unix.EHOSTDOWN, unix.ENETDOWN, unix.EMSGSIZE,
		unix.EPROTO, unix.ENOPROTOOPT, unix.EOPNOTSUPP, unix.EACCES, unix.EPERM, unix.ENONET:
		return true
	}
	return false
}

// sockExtendedErr is struct sock_extended_err of linux/errqueue.h; the address of who said so follows.
type sockExtendedErr struct {
	Errno  uint32
	Origin uint8
	Type   uint8
	Code   uint8
	_      uint8
	Info   uint32
	Data   uint32
}

const (
	originICMP  = 2 // SO_EE_ORIGIN_ICMP
	originICMP6 = 3 // SO_EE_ORIGIN_ICMP6
)

// refusedOf reads a piece of ancillary data of a message out of the error queue.
func refusedOf(level, kind int32, data []byte) (*Refused, bool) {
	four := level == unix.IPPROTO_IP && kind == unix.IP_RECVERR
	six := level == unix.IPPROTO_IPV6 && kind == unix.IPV6_RECVERR
	size := int(unsafe.Sizeof(sockExtendedErr{}))
	if !four && !six || len(data) < size {
		return nil, false
	}
	e := (*sockExtendedErr)(unsafe.Pointer(&data[0]))
	r := &Refused{Errno: unix.Errno(e.Errno)}
	if r.Errno == unix.EMSGSIZE {
		r.MTU = int(e.Info)
	}
	if e.Origin != originICMP && e.Origin != originICMP6 {
		return r, true
	}
	r.Type, r.Code = e.Type, e.Code
	var by sockaddr
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&by)), unsafe.Sizeof(by)), data[size:])
	r.By = by.get().Addr()
	return r, true
}

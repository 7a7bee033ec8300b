package netns

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const (
	rtnlGroupNSID = 28 // RTNLGRP_NSID
	rtmDelNSID    = 89 // RTM_DELNSID
)

// nsNews is a socket on which the kernel says that a namespace with a number has gone.
type nsNews struct{ fd int }

func listenNamespaces(t *testing.T) *nsNews {
	t.Helper()
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: 1 << (rtnlGroupNSID - 1)})
	}
	if err == nil {
		err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 4<<20)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return &nsNews{fd}
}

// next waits for news and returns how many namespaces have gone.
func (n *nsNews) next(patience time.Duration) (gone int, err error) {
	ready, err := unix.Poll([]unix.PollFd{{Fd: int32(n.fd), Events: unix.POLLIN}}, int(patience/time.Millisecond))
	if err == unix.EINTR {
		return 0, nil
	}
	if err != nil || ready == 0 {
		return 0, fmt.Errorf("no news in %v: %v", patience, err)
	}
	b := make([]byte, 1<<16)
	size, _, err := unix.Recvfrom(n.fd, b, 0)
	if err != nil {
		return 0, err
	}
	messages, err := syscall.ParseNetlinkMessage(b[:size])
	for _, m := range messages {
		if m.Header.Type == rtmDelNSID {
			gone++
		}
	}
	return gone, err
}

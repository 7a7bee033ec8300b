package netns

import (
	"encoding/binary"
	"syscall"
	"testing"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

const (
	rtnlGroupNSID = 28 // RTNLGRP_NSID
	rtmDelNSID    = 89 // RTM_DELNSID
	netnsaNSID    = 1  // NETNSA_NSID
)

// A watcher is told by the kernel when a namespace is gone: by the loss of the number it was given in the namespace of
// this program.
type watcher struct {
	handle *netlink.Handle
	news   int // netlink socket
	alive  map[uint32]bool
}

func watchNamespaces(t *testing.T) *watcher {
	t.Helper()
	handle, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(handle.Close)
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
	return &watcher{handle, fd, map[uint32]bool{}}
}

func (w *watcher) add(t *testing.T, ns netns.NsHandle) {
	t.Helper()
	const next = -1 // the kernel chooses: other programs give numbers too
	if err := w.handle.SetNetNsIdByFd(int(ns), next); err != nil {
		t.Fatal(err)
	}
	number, err := w.handle.GetNetNsIdByFd(int(ns))
	if err != nil {
		t.Fatal(err)
	}
	w.alive[uint32(number)] = true
}

// wait returns when all namespaces have gone.
func (w *watcher) wait(t *testing.T) {
	t.Helper()
	const patience = 10000 // milliseconds
	b := make([]byte, 1<<16)
	for all := len(w.alive); len(w.alive) > 0; {
		ready, err := unix.Poll([]unix.PollFd{{Fd: int32(w.news), Events: unix.POLLIN}}, patience)
		if err == unix.EINTR {
			continue
		}
		if err != nil || ready == 0 {
			t.Fatalf("%d of %d namespaces are still there: %v", len(w.alive), all, err)
		}
		size, _, err := unix.Recvfrom(w.news, b, 0)
		if err != nil {
			t.Fatal(err)
		}
		messages, err := syscall.ParseNetlinkMessage(b[:size])
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range messages {
			if m.Header.Type == rtmDelNSID {
				delete(w.alive, numberIn(m.Data))
			}
		}
	}
}

// numberIn reads the number of a namespace from a message: struct rtgenmsg, padded to 4 octets, and attributes.
func numberIn(data []byte) uint32 {
	for a := data[min(4, len(data)):]; len(a) >= 8; {
		size, kind := binary.NativeEndian.Uint16(a), binary.NativeEndian.Uint16(a[2:])
		if kind == netnsaNSID {
			return binary.NativeEndian.Uint32(a[4:])
		}
		a = a[min(max(4, (int(size)+3)&^3), len(a)):]
	}
	return 1<<32 - 1
}

package host

import (
	"errors"
	"fmt"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// awaitGone returns when a veth device of this namespace is gone. The far end of one whose program was killed goes away
// with its namespace, and that the kernel takes down a little later.
func awaitGone(device string) error {
	const patience = 2 // seconds
	news, err := nl.Subscribe(unix.NETLINK_ROUTE, unix.RTNLGRP_LINK)
	if err != nil {
		return fmt.Errorf("subscribe to news of devices: %w", err)
	}
	defer news.Close()
	if err := news.SetReceiveTimeout(&unix.Timeval{Sec: patience}); err != nil {
		return fmt.Errorf("subscribe to news of devices: %w", err)
	}
	handle, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		return fmt.Errorf("open netlink: %w", err)
	}
	defer handle.Close()
	for {
		link, err := handle.LinkByName(device)
		switch {
		case errors.As(err, &netlink.LinkNotFoundError{}):
			return nil
		case err != nil:
			return fmt.Errorf("find %s: %w", device, err)
		case link.Type() != "veth":
			return unix.EEXIST
		}
		if _, _, err := news.Receive(); err != nil {
			return unix.EEXIST // somebody has it
		}
	}
}

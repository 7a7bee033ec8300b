package host

import (
	"fmt"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// awaitCarrier returns when a device of this namespace can send. A veth device that was up before its other end gets its
// queue from a kernel worker a little later, and loses what is sent until then; its operational state (RFC 2863) turns
// to up at the same time. Kernels from 6.8 on see to it when they are asked for the state; of others we await the news.
func awaitCarrier(device string) error {
	const patience = 5 // seconds
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
		if err != nil {
			return fmt.Errorf("find %s: %w", device, err)
		}
		if link.Attrs().OperState == netlink.OperUp {
			return nil
		}
		if _, _, err := news.Receive(); err != nil {
			return fmt.Errorf("%s is not ready after %d s: %w", device, patience, err)
		}
	}
}

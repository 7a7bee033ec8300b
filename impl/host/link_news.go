package host

import (
	"errors"
	"fmt"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// await asks about a device of this namespace, at once and again at each news of devices, until the answer is that it is done
// or an error. Errors of finding the device are the question's to judge. EAGAIN: patience, in seconds, is at an end.
func await(device string, patience int64, ask func(netlink.Link, error) (done bool, err error)) error {
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
		if done, err := ask(handle.LinkByName(device)); done || err != nil {
			return err
		}
		if _, _, err := news.Receive(); err != nil {
			return fmt.Errorf("no news of %s for %d s: %w", device, patience, err)
		}
	}
}

// awaitCarrier returns when a device of this namespace can send. A veth device that was up before its other end gets its
// queue from a kernel worker a little later, and loses what is sent until then; its operational state (RFC 2863) turns
// to up at the same time. Kernels from 6.8 on see to it when they are asked for the state; of others we await the news.
func awaitCarrier(device string) error {
	return await(device, 5, func(link netlink.Link, err error) (bool, error) {
		if err != nil {
			return false, fmt.Errorf("find %s: %w", device, err)
		}
		return link.Attrs().OperState == netlink.OperUp, nil
	})
}

// awaitGone returns when a veth device of this namespace is gone. The far end of one whose program was killed goes away
// with its namespace, and that the kernel takes down a little later. EEXIST: somebody has it.
func awaitGone(device string) error {
	err := await(device, 2, func(link netlink.Link, err error) (bool, error) {
		switch {
		case errors.As(err, &netlink.LinkNotFoundError{}):
			return true, nil
		case err != nil:
			return false, fmt.Errorf("find %s: %w", device, err)
		case link.Type() != "veth":
			return false, unix.EEXIST
		}
		return false, nil
	})
	if errors.Is(err, unix.EAGAIN) {
		return unix.EEXIST
	}
	return err
}

package netns

import (
	"errors"
	"fmt"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"ikewit/netns/topo"
)

// Two things are finished by kernel workers after the call that asked for them has returned, and packets are lost
// without a word until then. Both are awaited, by news from the kernel.

const patience = 5 // seconds, for a kernel worker

// awaitCarrier runs inside and returns when the device can send. A device that was up before its other end was gets its
// queue a little after both are; its operational state (RFC 2863) turns to up at the same time. Kernels from 6.8 on
// see to it when they are asked for the state.
func (h *Host) awaitCarrier(device string) error {
	return await(unix.RTNLGRP_LINK, func() (bool, error) {
		link, err := h.handle.LinkByName(device)
		return err == nil && link.Attrs().OperState == netlink.OperUp, err
	})
}

// awaitAddresses runs inside and returns when packets to the IPv6 addresses of the host are taken in: a worker adds the
// local route of an address, even if there is no detection of duplicates to be done before.
func (h *Host) awaitAddresses(t topo.Topology) error {
	for _, e := range t.EndsOf(h.name) {
		for _, p := range e.Addrs {
			if p.Addr().Is4() {
				continue
			}
			err := await(unix.RTNLGRP_IPV6_ROUTE, func() (bool, error) {
				routes, err := h.handle.RouteGet(p.Addr().AsSlice())
				if errors.Is(err, unix.ENETUNREACH) {
					return false, nil
				}
				return err == nil && len(routes) == 1 && routes[0].Type == unix.RTN_LOCAL, err
			})
			if err != nil {
				return fmt.Errorf("local route of %v: %w", p.Addr(), err)
			}
		}
	}
	return nil
}

// await returns when something is so; the kernel sends news to the group whenever that may have changed.
func await(group uint, so func() (bool, error)) error {
	if yes, err := so(); yes || err != nil {
		return err
	}
	news, err := nl.Subscribe(unix.NETLINK_ROUTE, group)
	if err != nil {
		return fmt.Errorf("subscribe to news of the kernel: %w", err)
	}
	defer news.Close()
	if err := news.SetReceiveTimeout(&unix.Timeval{Sec: patience}); err != nil {
		return fmt.Errorf("subscribe to news of the kernel: %w", err)
	}
	for {
		if yes, err := so(); yes || err != nil {
			return err
		}
		if _, _, err := news.Receive(); err != nil {
			return fmt.Errorf("not ready after %d s: %w", patience, err)
		}
	}
}

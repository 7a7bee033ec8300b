package netns

import (
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Own makes every address of a subnet one of the host's: what comes for it is taken in, and sockets may send from it. It is
// for hosts that stand for many; others need a route to it, as their topology says. The host has the addresses
// as long as it lives.
func (h *Host) Own(p netip.Prefix) error {
	err := h.Do(func() error {
		handle, err := netlink.NewHandle(unix.NETLINK_ROUTE)
		if err != nil {
			return fmt.Errorf("open netlink: %w", err)
		}
		defer handle.Close()
		if p.Addr().Is6() {
			// A local route is enough for IPv4 only.
			if err := set("ipv6/ip_nonlocal_bind", "1"); err != nil {
				return err
			}
		}
		lo, err := handle.LinkByName("lo")
		if err != nil {
			return fmt.Errorf("find lo: %w", err)
		}
		return handle.RouteAdd(&netlink.Route{
			Dst: ipNet(p.Masked()), LinkIndex: lo.Attrs().Index, Type: unix.RTN_LOCAL, Table: unix.RT_TABLE_LOCAL, Scope: netlink.SCOPE_HOST,
		})
	})
	if err != nil {
		return fmt.Errorf("host %q: own %v: %w", h.name, p, err)
	}
	return nil
}

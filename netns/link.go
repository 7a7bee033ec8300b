package netns

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"ikewit/netns/topo"
)

const (
	defaultMTU     = 1500
	firstNearIndex = 100
)

// plug makes the veth pair that is the n-th link of the topology and gives its ends their addresses. Link addresses
// are made from n, so that two captures of one scenario have the same.
func (f *Fabric) plug(n int, l topo.Link, offload bool) error {
	near, far := l.Ends[0], l.Ends[1]
	nearHost, farHost := f.byName[near.Host], f.byName[far.Host]
	mtu := l.MTU
	if mtu == 0 {
		mtu = defaultMTU
	}
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.MTU, attrs.HardwareAddr = near.Device, mtu, hardwareAddr(n, 0)
	// The far end gets a small index. If both had the same, each in its namespace, the kernel would not take them for a
	// pair, and some kernels would let up to a second pass before the link can be used.
	attrs.Index = firstNearIndex + n
	err := nearHost.handle.LinkAdd(&netlink.Veth{
		LinkAttrs: attrs, PeerName: far.Device, PeerHardwareAddr: hardwareAddr(n, 1), PeerNamespace: netlink.NsFd(farHost.ns),
	})
	if err != nil {
		return fmt.Errorf("make veth pair %s and %s: %w", near.Device, far.Device, err)
	}
	for i, e := range l.Ends {
		h := f.byName[e.Host]
		if err := h.Do(func() error { return h.raise(e, l.Name, offload) }); err != nil {
			return fmt.Errorf("host %q: device %s: %w", e.Host, e.Device, err)
		}
		if err := h.meet(e, l.Ends[1-i], hardwareAddr(n, 1-i)); err != nil {
			return fmt.Errorf("host %q: device %s: %w", e.Host, e.Device, err)
		}
	}
	for _, e := range l.Ends {
		h := f.byName[e.Host]
		if err := h.Do(func() error { return h.awaitCarrier(e.Device) }); err != nil {
			return fmt.Errorf("host %q: device %s: %w", e.Host, e.Device, err)
		}
	}
	return nil
}

// hardwareAddr is locally administered (RFC 7042 section 2.1), and says "ike", link and end.
func hardwareAddr(link, end int) net.HardwareAddr {
	return net.HardwareAddr{0x02, 'i', 'k', 'e', byte(link), byte(end)}
}

// raise runs inside: it takes the device up and gives it its addresses.
func (h *Host) raise(e topo.End, link string, offload bool) error {
	device, err := h.handle.LinkByName(e.Device)
	if err != nil {
		return fmt.Errorf("find it: %w", err)
	}
	if err := h.handle.LinkSetAlias(device, h.FullName()+"-"+link); err != nil {
		return fmt.Errorf("set its alias: %w", err)
	}
	if !offload {
		if err := completeChecksums(e.Device); err != nil {
			return err
		}
	}
	if !hasIPv6(e) {
		// An interface that needs no IPv6 shall not report multicast groups into the capture.
		if err := set("ipv6/conf/"+e.Device+"/disable_ipv6", "1"); err != nil {
			return err
		}
	}
	if err := h.handle.LinkSetUp(device); err != nil {
		return fmt.Errorf("take it up: %w", err)
	}
	for _, p := range e.Addrs {
		addr := &netlink.Addr{IPNet: ipNet(p)}
		if p.Addr().Is6() {
			addr.Flags = unix.IFA_F_NODAD
		}
		if err := h.handle.AddrAdd(device, addr); err != nil {
			return fmt.Errorf("add address %v: %w", p, err)
		}
	}
	return nil
}

// meet tells the host the link address of its neighbour.
func (h *Host) meet(e, neighbour topo.End, mac net.HardwareAddr) error {
	device, err := h.handle.LinkByName(e.Device)
	if err != nil {
		return fmt.Errorf("find it: %w", err)
	}
	for _, p := range neighbour.Addrs {
		err := h.handle.NeighSet(&netlink.Neigh{
			LinkIndex: device.Attrs().Index, State: netlink.NUD_PERMANENT, IP: p.Addr().AsSlice(), HardwareAddr: mac,
		})
		if err != nil {
			return fmt.Errorf("add neighbour %v: %w", p.Addr(), err)
		}
	}
	return nil
}

func hasIPv6(e topo.End) bool {
	for _, p := range e.Addrs {
		if p.Addr().Is6() {
			return true
		}
	}
	return false
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}

package host

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The kernel's socket addresses, as netip has them. The zone of a link-local address is the number of its device.

// get reads an IPv4 or IPv6 socket address.
func (a *sockaddr) get() netip.AddrPort {
	switch a.Family {
	case unix.AF_INET:
		four := (*unix.RawSockaddrInet4)(unsafe.Pointer(a))
		return netip.AddrPortFrom(netip.AddrFrom4(four.Addr), networkOrder(four.Port))
	case unix.AF_INET6:
		return netip.AddrPortFrom(zoned(netip.AddrFrom16(a.Addr), int(a.Scope_id)), networkOrder(a.Port))
	}
	return netip.AddrPort{}
}

// set writes an IPv4 or IPv6 socket address and returns its length.
func (a *sockaddr) set(to netip.AddrPort) uint32 {
	if to.Addr().Is4() {
		*(*unix.RawSockaddrInet4)(unsafe.Pointer(a)) = unix.RawSockaddrInet4{Family: unix.AF_INET, Port: networkOrder(to.Port()), Addr: to.Addr().As4()}
		return unix.SizeofSockaddrInet4
	}
	a.RawSockaddrInet6 = unix.RawSockaddrInet6{
		Family: unix.AF_INET6, Port: networkOrder(to.Port()), Addr: to.Addr().As16(), Scope_id: uint32(device(to.Addr())),
	}
	return unix.SizeofSockaddrInet6
}

// networkOrder turns a port from the host's order into the network's, or back.
func networkOrder(port uint16) uint16 {
	var b [2]byte
	binary.NativeEndian.PutUint16(b[:], port)
	return binary.BigEndian.Uint16(b[:])
}

// zoned gives a link-local address its device.
func zoned(a netip.Addr, device int) netip.Addr {
	if device != 0 && a.Is6() && (a.IsLinkLocalUnicast() || a.IsLinkLocalMulticast()) {
		return a.WithZone(strconv.Itoa(device))
	}
	return a
}

// device is the number of the device that the zone of an address names; 0 if none.
func device(a netip.Addr) int {
	if a.Zone() == "" {
		return 0
	}
	n, err := strconv.Atoi(a.Zone())
	if err != nil {
		return 0
	}
	return n
}

// localOf reads the local address out of the packet info (IP_PKTINFO, IPV6_PKTINFO) of a received message. In the error
// queue of IPv4 only one of its two addresses is filled in.
func localOf(level, kind int32, data []byte, failed bool) (netip.Addr, bool) {
	switch {
	case level == unix.IPPROTO_IP && kind == unix.IP_PKTINFO && len(data) >= unix.SizeofInet4Pktinfo:
		info := (*unix.Inet4Pktinfo)(unsafe.Pointer(&data[0]))
		if failed {
			return netip.AddrFrom4(info.Addr), true
		}
		return netip.AddrFrom4(info.Spec_dst), true // where it came to, and for a broadcast, who we are
	case level == unix.IPPROTO_IPV6 && kind == unix.IPV6_PKTINFO && len(data) >= unix.SizeofInet6Pktinfo:
		info := (*unix.Inet6Pktinfo)(unsafe.Pointer(&data[0]))
		return zoned(netip.AddrFrom16(info.Addr), int(info.Ifindex)), true
	}
	return netip.Addr{}, false
}

// from makes message i leave from a local address.
func (m *mmsg) from(i int, local netip.Addr) {
	switch {
	case !local.IsValid() || local.IsUnspecified():
		m.headers[i].SetControllen(0)
	case local.Is4():
		data := m.attach(i, unix.IPPROTO_IP, unix.IP_PKTINFO, unix.SizeofInet4Pktinfo)
		(*unix.Inet4Pktinfo)(unsafe.Pointer(&data[0])).Spec_dst = local.As4()
	default:
		data := m.attach(i, unix.IPPROTO_IPV6, unix.IPV6_PKTINFO, unix.SizeofInet6Pktinfo)
		info := (*unix.Inet6Pktinfo)(unsafe.Pointer(&data[0]))
		info.Addr, info.Ifindex = local.As16(), uint32(device(local))
	}
}

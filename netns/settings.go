package netns

import (
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A setting is a file below /proc/sys/net and what to write there.
type setting struct{ Name, Value string }

// hostSettings are made before there is any device but lo. IPv4 would inherit from the machine otherwise, and IPv6
// would wait for duplicates of its addresses.
func hostSettings(forward bool) []setting {
	f := "0"
	if forward {
		f = "1"
	}
	return []setting{
		{"ipv4/ip_forward", f},
		{"ipv4/conf/all/rp_filter", "0"},
		{"ipv4/conf/default/rp_filter", "0"},
		{"ipv4/conf/all/accept_redirects", "0"},
		{"ipv4/conf/default/accept_redirects", "0"},
		{"ipv4/conf/all/send_redirects", "0"},
		{"ipv4/conf/default/send_redirects", "0"},
		{"ipv4/icmp_ratemask", "0"}, // an error for every packet that earns one
		{"ipv6/conf/all/forwarding", f},
		{"ipv6/conf/default/forwarding", f},
		{"ipv6/conf/all/accept_redirects", "0"},
		{"ipv6/conf/default/accept_redirects", "0"},
		{"ipv6/conf/default/accept_dad", "0"},
		{"ipv6/conf/default/dad_transmits", "0"},
		{"ipv6/conf/default/accept_ra", "0"},
		{"ipv6/conf/default/autoconf", "0"},
		{"ipv6/conf/default/router_solicitations", "0"},
		{"ipv6/conf/default/addr_gen_mode", "1"}, // no link-local address of its own accord
		{"ipv6/icmp/ratelimit", "0"},
	}
}

func setAll(list []setting) error {
	for _, s := range list {
		if err := set(s.Name, s.Value); err != nil {
			return err
		}
	}
	return nil
}

// set writes one setting of the namespace of the thread it runs on: the kernel looks at who opens the file.
func set(name, value string) error {
	if err := os.WriteFile("/proc/sys/net/"+name, []byte(value), 0); err != nil {
		return fmt.Errorf("set %s to %s: %w", name, value, err)
	}
	return nil
}

// completeChecksums makes a device of the namespace of this thread compute checksums when a packet is sent. Without
// them the kernel does not segment late either: what is captured is what a real wire would carry.
func completeChecksums(device string) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open a socket to set up %s: %w", device, err)
	}
	defer unix.Close(fd)
	value := struct{ cmd, data uint32 }{unix.ETHTOOL_STXCSUM, 0}
	request := struct {
		name [unix.IFNAMSIZ]byte
		data unsafe.Pointer
		_    [16]byte
	}{data: unsafe.Pointer(&value)}
	copy(request.name[:unix.IFNAMSIZ-1], device)
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&request)))
	runtime.KeepAlive(&value)
	if errno != 0 {
		return fmt.Errorf("turn off checksum offload of %s: %w", device, errno)
	}
	return nil
}

package host

import (
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// Socket options of include/uapi/linux/in.h and in6.h, and what they take.
const (
	ipXFRMPolicy   = 17
	ipv6XFRMPolicy = 35
	policyIn       = 0
	policyOut      = 1
)

// bypassXFRM lets a socket speak in clear although a policy of the kernel protects its peer: IKE must not travel in the SAs that
// it makes (RFC 2401 section 4.4.1). Where the kernel has no XFRM, or will not let us, there is nothing to bypass or nothing
// that we could have put there.
func bypassXFRM(fd, family int) {
	level, option := unix.IPPROTO_IP, ipXFRMPolicy
	if family == unix.AF_INET6 {
		level, option = unix.IPPROTO_IPV6, ipv6XFRMPolicy
	}
	for _, direction := range []uint8{policyIn, policyOut} {
		policy := nl.XfrmUserpolicyInfo{Dir: direction} // its action 0 is to allow; it has no template
		policy.Sel.Family = uint16(family)
		unix.SetsockoptString(fd, level, option, string(policy.Serialize()))
	}
}

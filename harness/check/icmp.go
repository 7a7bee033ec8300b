package check

import (
	"encoding/binary"

	"ikewit/harness/capture/packet"
)

// aboutIKE reports whether a packet is an ICMP error that quotes a datagram of IKE, as a host sends whose IKE has ended. It belongs to
// IKE, which travels beside the SAs. RFC 792, RFC 4443 section 3.
func aboutIKE(ip packet.IP) bool {
	const quote = 8 // octets of ICMP before the packet that it is about
	if len(ip.Payload) < quote {
		return false
	}
	kind := ip.Payload[0]
	if isError := ip.Protocol == 1 && (kind == 3 || kind == 11 || kind == 12) || ip.Protocol == 58 && kind < 128; !isError {
		return false
	}
	about, err := packet.ParseIP(ip.Payload[quote:])
	if err != nil && len(about.Payload) < 4 || about.Protocol != 17 || about.Offset > 0 || len(about.Payload) < 4 {
		return false
	}
	src, dst := binary.BigEndian.Uint16(about.Payload), binary.BigEndian.Uint16(about.Payload[2:])
	return isIKE(src) || isIKE(dst)
}

func isIKE(port uint16) bool { return port == 500 || port == 4500 }

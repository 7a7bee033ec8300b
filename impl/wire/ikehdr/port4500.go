package ikehdr

// On UDP port 4500, IKE shares the port with ESP: an IKE message has a marker in front, where an ESP
// packet has its SPI, which is never zero. A lone octet ff keeps a NAT's mapping alive.
//
//	+---------------------------------------------------------------+
//	|            non-ESP marker: four octets of zero                |
//	+---------------------------------------------------------------+
//	~                         IKE message                           ~
//	+---------------------------------------------------------------+
//
// RFC 3948 sections 2.2 and 2.3.
const (
	// MarkerSize is the length of the non-ESP marker in octets.
	MarkerSize = 4

	keepalive = 0xff
)

// AppendMarker appends the non-ESP marker to b; the IKE message comes after it.
func AppendMarker(b []byte) []byte { return append(b, 0, 0, 0, 0) }

// StripMarker returns the IKE message behind the marker, which aliases b. Not ok means that there is
// no marker: an ESP packet, a keepalive, or nothing sensible.
func StripMarker(b []byte) (message []byte, ok bool) {
	if len(b) < MarkerSize || b[0]|b[1]|b[2]|b[3] != 0 {
		return nil, false
	}
	return b[MarkerSize:], true
}

// IsKeepalive tells whether a datagram on port 4500 is a NAT-keepalive.
func IsKeepalive(b []byte) bool { return len(b) == 1 && b[0] == keepalive }

// AppendKeepalive appends the one octet of a NAT-keepalive.
func AppendKeepalive(b []byte) []byte { return append(b, keepalive) }

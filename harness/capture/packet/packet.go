// Package packet takes captured frames apart down to IP payloads and UDP datagrams, and puts IP fragments
// together again.
//
// gopacket has decoders for these layers; the judge does not use them, because it needs what they throw away
// (the header octets that AH covers, how many octets a cut capture lacks), because some of them panic on short
// input, and because gopacket's ip4defrag takes every header for 20 octets long and keeps incomplete piles for
// ever.
//
// RFC 791, RFC 8200, RFC 768.
package packet

import (
	"encoding/binary"
	"errors"
	"fmt"

	"ikewit/harness/capture/pcapfile"
)

// ErrNotIP says that a frame carries something else, ARP for one.
var ErrNotIP = errors.New("not an IP packet")

// Unwrap takes the link layer off a frame. The result is an IP packet, perhaps with link padding behind it, or
// ErrNotIP, or an error that names the field that the frame is too short for.
func Unwrap(f pcapfile.Frame) ([]byte, error) {
	switch f.Link {
	case pcapfile.LinkEthernet:
		return afterEtherType(f.Data, 12, 14)
	case pcapfile.LinkSLL:
		return afterEtherType(f.Data, 14, 16)
	case pcapfile.LinkSLL2:
		return afterEtherType(f.Data, 0, 20)
	case pcapfile.LinkNull, pcapfile.LinkLoop:
		if len(f.Data) < 4 {
			return nil, fmt.Errorf("loopback header: %d octets, 4 are needed", len(f.Data))
		}
		return onlyIP(f.Data[4:]) // the address family has other numbers on every system: the version octet tells
	case pcapfile.LinkRaw, pcapfile.LinkRawBSD, pcapfile.LinkRawOpen, pcapfile.LinkIPv4, pcapfile.LinkIPv6:
		return onlyIP(f.Data)
	}
	return nil, fmt.Errorf("link type %d is not known", f.Link)
}

// afterEtherType skips VLAN tags (802.1Q, 802.1ad) and tells IP by the type, which stands at the given offset.
func afterEtherType(b []byte, at, next int) ([]byte, error) {
	for {
		if len(b) < next {
			return nil, fmt.Errorf("link header: %d octets, %d are needed", len(b), next)
		}
		switch kind := binary.BigEndian.Uint16(b[at:]); kind {
		case 0x0800, 0x86dd:
			return onlyIP(b[next:])
		case 0x8100, 0x88a8, 0x9100:
			b, at, next = b[next:], 2, 4
		default:
			return nil, fmt.Errorf("%w: EtherType %04x", ErrNotIP, kind)
		}
	}
}

func onlyIP(b []byte) ([]byte, error) {
	if len(b) == 0 {
		return nil, errors.New("IP Version: no octets")
	}
	if v := b[0] >> 4; v != 4 && v != 6 {
		return nil, fmt.Errorf("%w: IP Version %d", ErrNotIP, v)
	}
	return b, nil
}

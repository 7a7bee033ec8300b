package packet

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// IP protocol numbers that the capture package cares for.
const (
	ProtoHopByHop = 0
	ProtoICMP     = 1
	ProtoIPv4     = 4
	ProtoTCP      = 6
	ProtoUDP      = 17
	ProtoIPv6     = 41
	ProtoRouting  = 43
	ProtoFragment = 44
	ProtoESP      = 50
	ProtoAH       = 51
	ProtoICMPv6   = 58
	ProtoNone     = 59
	ProtoDestOpts = 60
	ProtoIPComp   = 108
	ProtoMobility = 135
)

// An IP is one IP packet, or a fragment of one.
type IP struct {
	Version  int
	Src, Dst netip.Addr
	Header   []byte // everything before Payload, extension headers included, a Fragment header left out
	NextAt   int    // where in Header the octet stands that names Protocol
	Protocol uint8  // what Payload is; of a later fragment: what the whole is
	Payload  []byte // without link padding
	Missing  int    // octets of Payload that the header promises and the capture lacks

	ID       uint32
	Offset   int  // octets before this fragment's payload in the whole
	More     bool // more fragments follow
	Fragment bool
}

// ParseIP reads an IP packet. Payload is a part of b.
func ParseIP(b []byte) (IP, error) {
	if len(b) == 0 {
		return IP{}, fmt.Errorf("IP Version: no octets")
	}
	switch b[0] >> 4 {
	case 4:
		return parseIPv4(b)
	case 6:
		return parseIPv6(b)
	}
	return IP{}, fmt.Errorf("IP Version: %d", b[0]>>4)
}

// parseIPv4 reads
//
//	+-------+-------+---------------+-------------------------------+
//	|Version|  IHL  |Type of Service|          Total Length         |
//	+-------+-------+---------------+-----+-------------------------+
//	|         Identification        |Flags|     Fragment Offset     |
//	+---------------+---------------+-----+-------------------------+
//	|  Time to Live |    Protocol   |        Header Checksum        |
//	+---------------+---------------+-------------------------------+
//	|                 Source, Destination, Options                  |
//	+---------------------------------------------------------------+
func parseIPv4(b []byte) (IP, error) {
	if len(b) < 20 {
		return IP{}, fmt.Errorf("IPv4 header: %d octets, 20 are needed", len(b))
	}
	head, total := int(b[0]&15)*4, int(binary.BigEndian.Uint16(b[2:]))
	switch {
	case head < 20 || head > len(b):
		return IP{}, fmt.Errorf("IPv4 IHL: %d octets of %d", head, len(b))
	case total == 0: // segmentation offload: the capture was made before the length was known
		total = len(b)
	case total < head:
		return IP{}, fmt.Errorf("IPv4 Total Length: %d octets, the header alone has %d", total, head)
	}
	part := binary.BigEndian.Uint16(b[6:])
	p := IP{
		Version: 4, Src: netip.AddrFrom4([4]byte(b[12:])), Dst: netip.AddrFrom4([4]byte(b[16:])),
		Header: b[:head:head], NextAt: 9, Protocol: b[9], Missing: max(0, total-len(b)),
		ID: uint32(binary.BigEndian.Uint16(b[4:])), Offset: int(part&0x1fff) * 8, More: part&0x2000 != 0,
	}
	p.Fragment = p.More || p.Offset > 0
	p.Payload = b[head:min(total, len(b))]
	return p, nil
}

// parseIPv6 reads the fixed header and the extension headers up to ESP, AH or an upper layer.
//
//	+-------+---------------+---------------------------------------+
//	|Version| Traffic Class |              Flow Label               |
//	+-------+-------+-------+-------+---------------+---------------+
//	|         Payload Length        |  Next Header  |   Hop Limit   |
//	+-------------------------------+---------------+---------------+
//	|               Source, Destination: 16 octets each             |
//	+---------------------------------------------------------------+
func parseIPv6(b []byte) (IP, error) {
	if len(b) < 40 {
		return IP{}, fmt.Errorf("IPv6 header: %d octets, 40 are needed", len(b))
	}
	total := 40 + int(binary.BigEndian.Uint16(b[4:]))
	p := IP{
		Version: 6, Src: netip.AddrFrom16([16]byte(b[8:])), Dst: netip.AddrFrom16([16]byte(b[24:])),
		Header: b[:40:40], NextAt: 6, Protocol: b[6], Missing: max(0, total-len(b)),
		Payload: b[40:min(total, len(b))],
	}
	return p, p.extensions()
}

// extensions moves extension headers from Payload to Header. Behind a first fragment it goes on, behind a later
// one there is only data.
func (p *IP) extensions() error {
	for {
		switch p.Protocol {
		case ProtoHopByHop, ProtoRouting, ProtoDestOpts, ProtoMobility:
			if len(p.Payload) < 8 {
				return fmt.Errorf("IPv6 extension header %d: %d octets, at least 8 are needed", p.Protocol, len(p.Payload))
			}
			n := (int(p.Payload[1]) + 1) * 8
			if n > len(p.Payload) {
				return fmt.Errorf("IPv6 extension header %d: %d octets, %d are left", p.Protocol, n, len(p.Payload))
			}
			p.NextAt, p.Protocol = len(p.Header), p.Payload[0]
			p.Header = append(p.Header, p.Payload[:n]...)
			p.Payload = p.Payload[n:]
		case ProtoFragment:
			if p.Fragment || len(p.Payload) < 8 {
				return fmt.Errorf("IPv6 Fragment header: the second one, or %d octets", len(p.Payload))
			}
			part := binary.BigEndian.Uint16(p.Payload[2:])
			p.ID, p.Offset, p.More = binary.BigEndian.Uint32(p.Payload[4:]), int(part&^7), part&1 != 0
			p.Fragment = p.More || p.Offset > 0 // RFC 6946: an atomic fragment is whole
			p.Protocol, p.Payload = p.Payload[0], p.Payload[8:]
			p.Header = append([]byte(nil), p.Header...)
			p.Header[p.NextAt] = p.Protocol
			if p.Fragment {
				return nil
			}
		default:
			return nil
		}
	}
}

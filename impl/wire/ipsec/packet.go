package ipsec

import (
	"encoding/binary"
	"errors"
	"net/netip"
)

// What can be wrong with an IP packet. The errors carry no details, because they are met once for
// every hostile packet and must cost nothing.
var (
	ErrShort   = errors.New("IP packet: fewer octets than its headers say")
	ErrVersion = errors.New("IP packet: version is neither 4 nor 6")
	ErrHeader  = errors.New("IP packet: a header contradicts itself")
)

// A Packet says where things are in an IP packet. Parse fills it.
//
//	0               Split               Upper                     len(Octets)
//	+----+-----------+-------------------+---------------------------+
//	| IP | hop-by-hop| destination       | TCP, UDP, ESP, AH, ...    |
//	|    | routing   | options           |                           |
//	+----+-----------+-------------------+---------------------------+
//
// In IPv4, Split and Upper are both the end of the header with its options.
type Packet struct {
	Octets   []byte // the packet, without what may follow it in the buffer; shared with the caller
	Src, Dst netip.Addr
	V6       bool

	Proto   uint8 // what is at Upper
	Upper   int   // offset of the first header that is not of IP
	UpperAt int   // offset of the octet that says Proto

	Split   int // where ESP or AH goes in in transport mode (RFC 2406 section 3.1.1)
	SplitAt int // offset of the octet that says what is at Split

	Fragment FragmentInfo // the zero value: a whole datagram
}

// FragmentInfo is what the IP header, or the IPv6 fragment header, says about fragmentation.
type FragmentInfo struct {
	ID     uint32
	Offset int  // octets
	More   bool // fragments follow

	At, NamedAt int // IPv6: offsets of the fragment header, and of the octet that says that it is one
}

// IsFragment reports whether the packet is part of a datagram only.
func (p *Packet) IsFragment() bool { return p.Fragment.Offset != 0 || p.Fragment.More }

// Parse looks at an IP packet at the front of b. Octets that b has behind it are left out of Octets.
// The errors are ErrShort, ErrVersion and ErrHeader; after one, p says nothing.
func (p *Packet) Parse(b []byte) error { return p.parse(b, false) }

// ParseQuote looks at the front of an IP packet, as an ICMP error quotes it: as Parse, but the
// octets that the header promises need not all be there.
func (p *Packet) ParseQuote(b []byte) error { return p.parse(b, true) }

func (p *Packet) parse(b []byte, cut bool) error {
	if len(b) == 0 {
		return ErrShort
	}
	switch b[0] >> 4 {
	case 4:
		return p.parse4(b, cut)
	case 6:
		return p.parse6(b, cut)
	}
	return ErrVersion
}

func (p *Packet) parse4(b []byte, cut bool) error {
	if len(b) < 20 {
		return ErrShort
	}
	head, total := int(b[0]&15)*4, int(binary.BigEndian.Uint16(b[2:]))
	if cut {
		total = min(total, len(b))
	}
	switch {
	case head < 20 || total < head:
		return ErrHeader
	case total > len(b):
		return ErrShort
	}
	frag := binary.BigEndian.Uint16(b[6:])
	*p = Packet{
		Octets: b[:total:total],
		Src:    netip.AddrFrom4([4]byte(b[12:16])),
		Dst:    netip.AddrFrom4([4]byte(b[16:20])),
		Proto:  b[9],
		Upper:  head, UpperAt: 9,
		Split: head, SplitAt: 9,
		Fragment: FragmentInfo{
			ID:     uint32(binary.BigEndian.Uint16(b[4:])),
			Offset: int(frag&0x1fff) * 8,
			More:   frag&moreFragments != 0,
		},
	}
	return nil
}

func (p *Packet) parse6(b []byte, cut bool) error {
	if len(b) < 40 {
		return ErrShort
	}
	total := 40 + int(binary.BigEndian.Uint16(b[4:]))
	if cut {
		total = min(total, len(b))
	}
	if total > len(b) {
		return ErrShort
	}
	*p = Packet{
		Octets: b[:total:total],
		Src:    netip.AddrFrom16([16]byte(b[8:24])),
		Dst:    netip.AddrFrom16([16]byte(b[24:40])),
		V6:     true,
		Proto:  b[6],
		Upper:  40, UpperAt: 6,
		Split: 40, SplitAt: 6,
	}
	return p.walk()
}

// walk goes along the extension headers of IPv6 (RFC 8200 section 4) to the first header that is
// none. Destination options stay behind Split unless a routing header follows them: those are for
// every hop on the route, the others for the last one only.
func (p *Packet) walk() error {
	for {
		n := 8
		switch p.Proto {
		case ProtoHopByHop:
			if p.Upper != 40 {
				return ErrHeader // only first
			}
		case ProtoRouting, ProtoDestOpts, ProtoFragment:
		default:
			return nil
		}
		if len(p.Octets)-p.Upper < n {
			return ErrShort
		}
		h := p.Octets[p.Upper:]
		if p.Proto == ProtoFragment {
			at := binary.BigEndian.Uint16(h[2:])
			p.Fragment = FragmentInfo{
				ID:     binary.BigEndian.Uint32(h[4:]),
				Offset: int(at &^ 7),
				More:   at&1 != 0,
				At:     p.Upper, NamedAt: p.UpperAt,
			}
		} else {
			n += int(h[1]) * 8
		}
		if len(h) < n {
			return ErrShort
		}
		passed := p.Proto
		p.UpperAt, p.Proto = p.Upper, h[0]
		p.Upper += n
		if passed != ProtoDestOpts {
			p.Split, p.SplitAt = p.Upper, p.UpperAt
		}
		if p.Fragment.Offset != 0 {
			return nil // what follows is the middle of something
		}
	}
}

// Payload is what follows the IP headers.
func (p *Packet) Payload() []byte { return p.Octets[p.Upper:] }

// Ports gives the ports of the protocol above. It says false when the protocol has none, and for
// a fragment that does not carry them.
func (p *Packet) Ports() (src, dst uint16, ok bool) {
	switch p.Proto {
	case ProtoTCP, ProtoUDP, ProtoDCCP, ProtoSCTP, ProtoUDPLite:
	default:
		return 0, 0, false
	}
	b := p.Payload()
	if p.Fragment.Offset != 0 || len(b) < 4 {
		return 0, 0, false
	}
	return binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:]), true
}

// TOS is the type of service octet of IPv4, the traffic class of IPv6: DSCP and, in the low two
// bits, ECN.
func (p *Packet) TOS() uint8 {
	if p.V6 {
		return p.Octets[0]<<4 | p.Octets[1]>>4
	}
	return p.Octets[1]
}

// SetTOS writes the type of service octet or traffic class, and mends the header checksum.
func (p *Packet) SetTOS(tos uint8) {
	b := p.Octets
	if p.V6 {
		b[0] = b[0]&0xf0 | tos>>4
		b[1] = b[1]&0x0f | tos<<4
		return
	}
	b[1] = tos
	putHeaderChecksum(b[:p.Upper])
}

// TTL is the time to live of IPv4, the hop limit of IPv6.
func (p *Packet) TTL() uint8 {
	if p.V6 {
		return p.Octets[7]
	}
	return p.Octets[8]
}

// DontFragment reports whether the packet may not be fragmented on its way. IPv6 never may.
func (p *Packet) DontFragment() bool { return p.V6 || p.Octets[6]&0x40 != 0 }

package ipsec

import (
	"encoding/binary"
	"net/netip"
)

// AppendTooBig appends to dst an ICMP message that tells the sender of packet p that mtu octets are
// as many as can go: fragmentation needed (RFC 1191 section 4) or packet too big (RFC 4443 section
// 3.2). from is the address that speaks; it has the family of p.
func AppendTooBig(dst []byte, p *Packet, from netip.Addr, mtu int) []byte {
	if p.V6 {
		return appendICMPv6(dst, p, from, 2, 0, uint32(mtu))
	}
	return appendICMP(dst, p, from, 3, 4, uint32(min(mtu, 0xffff)))
}

// appendICMP appends an ICMP error with as much of the packet as RFC 1812 section 4.3.2.3 allows: 576
// octets in all.
func appendICMP(dst []byte, p *Packet, from netip.Addr, kind, code byte, word uint32) []byte {
	quote := p.Octets[:min(len(p.Octets), 576-28)]
	at := len(dst)
	dst = append(dst, make([]byte, 28)...)
	dst = append(dst, quote...)
	b := dst[at:]
	h := Header{Src: from, Dst: p.Src, TTL: 64, TOS: 0xc0, Proto: ProtoICMP, Payload: len(b) - 20}
	h.Put(b)
	putICMP(b[20:], kind, code, word, 0)
	return dst
}

// appendICMPv6 appends an ICMPv6 error with as much of the packet as fits into 1280 octets.
func appendICMPv6(dst []byte, p *Packet, from netip.Addr, kind, code byte, word uint32) []byte {
	quote := p.Octets[:min(len(p.Octets), 1280-48)]
	at := len(dst)
	dst = append(dst, make([]byte, 48)...)
	dst = append(dst, quote...)
	b := dst[at:]
	h := Header{Src: from, Dst: p.Src, TTL: 64, Proto: ProtoICMPv6, Payload: len(b) - 40}
	h.Put(b)
	putICMP(b[40:], kind, code, word, PseudoSum(from, p.Src, ProtoICMPv6, len(b)-40))
	return dst
}

func putICMP(b []byte, kind, code byte, word uint32, sum uint64) {
	b[0], b[1] = kind, code
	binary.BigEndian.PutUint32(b[4:], word)
	binary.BigEndian.PutUint16(b[2:], Checksum(b, sum))
}

// MayAnswer reports whether an ICMP error may be sent about the packet: not about another ICMP error,
// not about a fragment but the first, not to or from many (RFC 1122 section 3.2.2, RFC 4443 section
// 2.4).
func (p *Packet) MayAnswer() bool {
	if p.Fragment.Offset != 0 || p.Src.IsMulticast() || p.Src.IsUnspecified() || p.Dst.IsMulticast() {
		return false
	}
	_, isError := p.ICMPError()
	return !isError
}

// An ICMPError is what an ICMP error says and the front of the packet that it is about.
type ICMPError struct {
	Type, Code uint8
	MTU        int    // of a message about a packet too big; 0 if it does not say
	Quote      []byte // begins with the IP header of the packet in question; may be cut short
}

// TooBig reports whether the message says that a packet was too big for a link.
func (e *ICMPError) TooBig() bool { return e.MTU > 0 }

// ICMPError reads the ICMP error that the packet is, if it is one.
func (p *Packet) ICMPError() (ICMPError, bool) {
	b := p.Payload()
	if p.Fragment.Offset != 0 || len(b) < 8 {
		return ICMPError{}, false
	}
	e := ICMPError{Type: b[0], Code: b[1], Quote: b[8:]}
	switch {
	case p.Proto == ProtoICMP && !p.V6:
		switch e.Type {
		case 3, 4, 5, 11, 12: // unreachable, quench, redirect, time exceeded, parameter problem
		default:
			return ICMPError{}, false
		}
		if e.Type == 3 && e.Code == 4 {
			e.MTU = int(binary.BigEndian.Uint16(b[6:]))
		}
	case p.Proto == ProtoICMPv6 && p.V6 && e.Type < 128:
		if e.Type == 2 {
			e.MTU = int(binary.BigEndian.Uint32(b[4:]))
		}
	default:
		return ICMPError{}, false
	}
	return e, true
}

package dataplane

import (
	"encoding/binary"

	"ikewit/impl/wire/ipsec"
)

// cut appends to list the fragments of a packet, none longer than mtu, in new buffers. Of an IPv4
// packet they have its identification; of an IPv6 packet that is no fragment yet, id. The packet
// has a payload, and mtu leaves room for 8 octets of it.
func cut(list []Buffer, p *ipsec.Packet, mtu int, id uint32) []Buffer {
	if p.V6 {
		return cut6(list, p, mtu, id)
	}
	head, rest := p.Octets[:p.Upper], p.Octets[p.Upper:]
	for at := 0; len(rest) > 0; {
		n := len(rest)
		more := len(head)+n > mtu
		if more {
			n = max((mtu-len(head))&^7, 8)
		}
		b := newBuffer(len(head) + n)
		octets := b.Packet()
		copy(octets, head)
		copy(octets[len(head):], rest[:n])
		field := uint16((p.Fragment.Offset + at) / 8)
		if more || p.Fragment.More {
			field |= 0x2000
		}
		binary.BigEndian.PutUint16(octets[6:], field)
		ipsec.SetLength(octets, len(head), len(octets))
		list = append(list, b)
		if at == 0 {
			head = laterHead(head)
		}
		at, rest = at+n, rest[n:]
	}
	return list
}

// laterHead is the IPv4 header of all fragments but the first: options that are not to be copied are
// overwritten with no-operations (RFC 791 section 3.1), which keeps every length as it is.
func laterHead(head []byte) []byte {
	const copied, nop = 0x80, 1
	head = append([]byte(nil), head...)
	for options := head[20:]; len(options) > 0 && options[0] != 0; {
		n := 1
		if options[0] != nop {
			if len(options) < 2 || options[1] < 2 || int(options[1]) > len(options) {
				break
			}
			n = int(options[1])
		}
		if options[0]&copied == 0 {
			for i := range options[:n] {
				options[i] = nop
			}
		}
		options = options[n:]
	}
	return head
}

// cut6 puts a fragment header where ESP or AH begins: RFC 8200 section 4.5.
func cut6(list []Buffer, p *ipsec.Packet, mtu int, id uint32) []Buffer {
	head, rest := p.Octets[:p.Split], p.Octets[p.Split:]
	for at := 0; len(rest) > 0; {
		n := len(rest)
		more := len(head)+8+n > mtu
		if more {
			n = max((mtu-len(head)-8)&^7, 8)
		}
		b := newBuffer(len(head) + 8 + n)
		octets := b.Packet()
		copy(octets, head)
		octets[p.SplitAt] = ipsec.ProtoFragment
		h := octets[len(head):]
		h[0] = head[p.SplitAt]
		field := uint16(at)
		if more {
			field |= 1
		}
		binary.BigEndian.PutUint16(h[2:], field)
		binary.BigEndian.PutUint32(h[4:], id)
		copy(h[8:], rest[:n])
		ipsec.SetLength(octets, 0, len(octets))
		list = append(list, b)
		at, rest = at+n, rest[n:]
	}
	return list
}

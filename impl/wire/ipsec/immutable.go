package ipsec

import "encoding/binary"

// AppendImmutable appends to dst the IP headers in front of an Authentication Header, with
// everything zeroed that may change on the way: what the ICV covers (RFC 2402 section 3.3.3.1).
// head is the IP packet up to the Authentication Header, its length field as it is sent. What
// changes predictably (source routes) is written as it will be at the destination.
//
// The error is ErrHeader: options that do not fit their header.
func AppendImmutable(dst, head []byte) ([]byte, error) {
	at := len(dst)
	dst = append(dst, head...)
	switch {
	case len(head) >= 20 && head[0]>>4 == 4:
		return dst, immutable4(dst[at:])
	case len(head) >= 40 && head[0]>>4 == 6:
		return dst, immutable6(dst[at:])
	}
	return dst, ErrHeader
}

// immutable4 zeroes the mutable fields of an IPv4 header: RFC 2402 section 3.3.3.1.1.
func immutable4(b []byte) error {
	b[1] = 0          // type of service
	b[6], b[7] = 0, 0 // flags, fragment offset
	b[8] = 0          // time to live
	b[10], b[11] = 0, 0
	for at := 20; at < len(b); {
		n, err := optionSize4(b[at:])
		if err != nil {
			return err
		}
		option := b[at : at+n]
		switch option[0] {
		case optEnd:
			return nil // the rest is padding, and covered
		case optNop, optSecurity, optExtendedSecurity, optCommercialSecurity, optRouterAlert, optMultiDestination:
		case optLooseRoute, optStrictRoute:
			finalDestination4(b, option)
			clear(option)
		default:
			clear(option)
		}
		at += n
	}
	return nil
}

// Options of IPv4: RFC 2402 appendix A1.
const (
	optEnd                = 0
	optNop                = 1
	optSecurity           = 130
	optLooseRoute         = 131
	optExtendedSecurity   = 133
	optCommercialSecurity = 134
	optStrictRoute        = 137
	optRouterAlert        = 148
	optMultiDestination   = 149
)

func optionSize4(b []byte) (int, error) {
	switch {
	case b[0] == optEnd || b[0] == optNop:
		return 1, nil
	case len(b) < 2 || b[1] < 2 || int(b[1]) > len(b):
		return 0, ErrHeader
	}
	return int(b[1]), nil
}

// finalDestination4 puts the last address of a source route into the header, while the route is not
// used up (RFC 2402 section 3.3.3.1.1.1: mutable but predictable).
func finalDestination4(head, option []byte) {
	if n := len(option); n >= 7 && int(option[2]) <= n-3 {
		copy(head[16:20], option[n-4:])
	}
}

// immutable6 zeroes the mutable fields of an IPv6 header and of the extension headers behind it:
// RFC 2402 section 3.3.3.1.2.
func immutable6(b []byte) error {
	binary.BigEndian.PutUint32(b, 6<<28) // class, flow label
	b[7] = 0                             // hop limit
	next := b[6]
	for at := 40; at < len(b); {
		h := b[at:]
		if len(h) < 8 {
			return ErrHeader
		}
		n := 8 + int(h[1])*8
		if next == ProtoFragment || n > len(h) {
			return ErrHeader
		}
		var err error
		switch h = h[:n]; next {
		case ProtoHopByHop, ProtoDestOpts:
			err = immutableOptions6(h[2:])
		case ProtoRouting:
			err = arrivedRoute(b[24:40], h)
		}
		if err != nil {
			return err
		}
		next = h[0]
		at += n
	}
	return nil
}

// immutableOptions6 zeroes the data of options that say that they may change.
func immutableOptions6(b []byte) error {
	const pad1, mayChange = 0, 0x20
	for len(b) > 0 {
		if b[0] == pad1 {
			b = b[1:]
			continue
		}
		if len(b) < 2 || len(b) < 2+int(b[1]) {
			return ErrHeader
		}
		n := 2 + int(b[1])
		if b[0]&mayChange != 0 {
			clear(b[2:n])
		}
		b = b[n:]
	}
	return nil
}

// arrivedRoute rearranges the destination and a type 0 routing header as they are when the packet
// arrives: each hop swaps the destination with its own place in the list. RFC 2402 section
// 3.3.3.1.2.3, RFC 2460 section 4.4.
func arrivedRoute(dst, h []byte) error {
	if h[2] != 0 {
		return nil
	}
	list, left := h[8:], int(h[3])
	n := len(list) / 16
	if len(list)%16 != 0 || left > n {
		return ErrHeader
	}
	for ; left > 0; left-- {
		place := list[(n-left)*16:][:16]
		var hop [16]byte
		copy(hop[:], place)
		copy(place, dst)
		copy(dst, hop[:])
	}
	h[3] = 0
	return nil
}

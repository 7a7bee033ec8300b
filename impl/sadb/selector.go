package sadb

import (
	"fmt"
	"net/netip"
)

// Range is a set of consecutive addresses of one family, both ends within. The zero value
// is every address of every family.
type Range struct {
	From, To netip.Addr
}

// RangeOf gives the range of one address.
func RangeOf(a netip.Addr) Range { return Range{a, a} }

// RangeOfPrefix gives the range that a prefix covers.
func RangeOfPrefix(p netip.Prefix) Range {
	p = p.Masked()
	last := p.Addr().AsSlice()
	for bit := p.Bits(); bit < len(last)*8; bit++ {
		last[bit/8] |= 0x80 >> (bit % 8)
	}
	to, _ := netip.AddrFromSlice(last)
	return Range{p.Addr(), to}
}

// IsAny reports whether the range is the zero value: every address.
func (r Range) IsAny() bool { return !r.From.IsValid() }

// Contains reports whether a lies in the range.
func (r Range) Contains(a netip.Addr) bool {
	if r.IsAny() {
		return true
	}
	return a.BitLen() == r.From.BitLen() && r.From.Compare(a) <= 0 && a.Compare(r.To) <= 0
}

// Covers reports whether all of o lies in r.
func (r Range) Covers(o Range) bool {
	return r.IsAny() || !o.IsAny() && r.Contains(o.From) && r.Contains(o.To)
}

// Prefix gives the prefix that is exactly this range, if there is one.
func (r Range) Prefix() (netip.Prefix, bool) {
	if r.IsAny() {
		return netip.Prefix{}, false
	}
	from, to := r.From.AsSlice(), r.To.AsSlice()
	bits := 0
	for bits < len(from)*8 && bit(from, bits) == bit(to, bits) {
		bits++
	}
	p := netip.PrefixFrom(r.From, bits)
	return p, RangeOfPrefix(p) == r
}

// Prefixes gives the smallest list of prefixes that together are the range, in rising
// order; nil for the range of every address.
func (r Range) Prefixes() []netip.Prefix {
	if r.IsAny() {
		return nil
	}
	var list []netip.Prefix
	for from := r.From; from.IsValid() && from.Compare(r.To) <= 0; {
		bits := from.BitLen()
		for bits > 0 {
			wider := netip.PrefixFrom(from, bits-1)
			if wider.Masked().Addr() != from || RangeOfPrefix(wider).To.Compare(r.To) > 0 {
				break
			}
			bits--
		}
		p := netip.PrefixFrom(from, bits)
		list = append(list, p)
		from = RangeOfPrefix(p).To.Next()
	}
	return list
}

// String writes an address, a prefix, or from-to; "any" for the zero value.
func (r Range) String() string {
	switch p, ok := r.Prefix(); {
	case r.IsAny():
		return "any"
	case r.From == r.To:
		return r.From.String()
	case ok:
		return p.String()
	}
	return r.From.String() + "-" + r.To.String()
}

func bit(octets []byte, i int) byte { return octets[i/8] >> (7 - i%8) & 1 }

// Selector says which packets something applies to, as a packet shows itself on its way:
// Src is the packet's source. The zero value is every packet. RFC 2401 section 4.4.2.
type Selector struct {
	Src, Dst         Range
	Proto            uint8  // IP protocol above; 0: any
	SrcPort, DstPort uint16 // 0: any (also for protocols without ports)
}

// Reversed is the selector of the answer.
func (s Selector) Reversed() Selector {
	return Selector{s.Dst, s.Src, s.Proto, s.DstPort, s.SrcPort}
}

// Covers reports whether every packet that o selects is selected by s too.
func (s Selector) Covers(o Selector) bool {
	return s.Src.Covers(o.Src) && s.Dst.Covers(o.Dst) &&
		(s.Proto == 0 || s.Proto == o.Proto) &&
		(s.SrcPort == 0 || s.SrcPort == o.SrcPort) &&
		(s.DstPort == 0 || s.DstPort == o.DstPort)
}

// String writes "10.0.1.0/24:0 -> 10.0.2.7:53 proto 17"; ports only where one is set.
func (s Selector) String() string {
	text := fmt.Sprintf("%s%s -> %s%s", s.Src, portSuffix(s.SrcPort), s.Dst, portSuffix(s.DstPort))
	if s.Proto != 0 {
		text += fmt.Sprintf(" proto %d", s.Proto)
	}
	return text
}

func portSuffix(port uint16) string {
	if port == 0 {
		return ""
	}
	return fmt.Sprintf(":%d", port)
}

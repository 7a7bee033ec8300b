package xfrm

import (
	"math/bits"
	"net/netip"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"ikewit/impl/sadb"
)

// network16 and network32 turn a number into the order of the wire, inside a structure that is written in the order of
// this machine.
func network16(v uint16) uint16 {
	if nl.NativeEndian().Uint16([]byte{1, 0}) == 1 {
		return bits.ReverseBytes16(v)
	}
	return v
}

func network32(v uint32) uint32 {
	if nl.NativeEndian().Uint16([]byte{1, 0}) == 1 {
		return bits.ReverseBytes32(v)
	}
	return v
}

// address writes an IPv4 address into the first 4 of 16 octets, as the kernel keeps it; an invalid one is all zero.
func address(a netip.Addr) (x nl.XfrmAddress) {
	copy(x[:], a.AsSlice())
	return x
}

func addressOf(x nl.XfrmAddress, family uint16) netip.Addr {
	if family == unix.AF_INET6 {
		return netip.AddrFrom16(x)
	}
	return netip.AddrFrom4([4]byte(x[:4]))
}

// templateAddress is addressOf, with the unset address of a transport mode template as no address.
func templateAddress(x nl.XfrmAddress, family uint16) netip.Addr {
	if x == (nl.XfrmAddress{}) {
		return netip.Addr{}
	}
	return addressOf(x, family)
}

func familyNumber(a netip.Addr) uint16 {
	if a.Is4() {
		return unix.AF_INET
	}
	return unix.AF_INET6
}

func family(a netip.Addr) string {
	if a.Is4() {
		return "IPv4"
	}
	return "IPv6"
}

// selector writes one pair of prefixes. An invalid prefix is any address of family.
func selector(src, dst netip.Prefix, s sadb.Selector, family uint16) nl.XfrmSelector {
	x := nl.XfrmSelector{Family: family, Proto: s.Proto, Sport: network16(s.SrcPort), Dport: network16(s.DstPort)}
	if src.IsValid() {
		x.Saddr, x.PrefixlenS = address(src.Addr()), uint8(src.Bits())
	}
	if dst.IsValid() {
		x.Daddr, x.PrefixlenD = address(dst.Addr()), uint8(dst.Bits())
	}
	if s.SrcPort != 0 {
		x.SportMask = 0xffff
	}
	if s.DstPort != 0 {
		x.DportMask = 0xffff
	}
	return x
}

func selectorOf(x nl.XfrmSelector) sadb.Selector {
	s := sadb.Selector{Proto: x.Proto, SrcPort: network16(x.Sport), DstPort: network16(x.Dport)}
	if x.Family == unix.AF_UNSPEC {
		return s
	}
	s.Src = rangeOf(x.Saddr, x.PrefixlenS, x.Family)
	s.Dst = rangeOf(x.Daddr, x.PrefixlenD, x.Family)
	return s
}

func rangeOf(a nl.XfrmAddress, length uint8, family uint16) sadb.Range {
	if length == 0 {
		return sadb.Range{}
	}
	return sadb.RangeOfPrefix(netip.PrefixFrom(addressOf(a, family), int(length)))
}

package isakmp

import (
	"errors"
	"fmt"
	"math/bits"
	"net/netip"
)

// Why the content of an ID is not the address, subnet or range that its type says.
var (
	ErrIDType   = errors.New("ID type has no such content")
	ErrIDLength = errors.New("wrong length of identification data")
	ErrIDMask   = errors.New("mask is not ones before zeros")
	ErrIDRange  = errors.New("range ends before it begins")
)

// IDAddr makes an ID of one address, for any protocol and port.
func IDAddr(a netip.Addr) *ID {
	if a = a.Unmap(); a.Is4() {
		return &ID{IDType: IDTypeIPv4Addr, Data: a.AsSlice()}
	}
	return &ID{IDType: IDTypeIPv6Addr, Data: a.AsSlice()}
}

// IDSubnet makes an ID of the addresses in p, for any protocol and port.
func IDSubnet(p netip.Prefix) *ID {
	address := p.Masked().Addr()
	mask := make([]byte, address.BitLen()/8)
	for i := range p.Bits() {
		mask[i/8] |= 0x80 >> (i % 8)
	}
	t := IDTypeIPv6Subnet
	if address.Is4() {
		t = IDTypeIPv4Subnet
	}
	return &ID{IDType: t, Data: append(address.AsSlice(), mask...)}
}

// IDRange makes an ID of the addresses from first to last, which are of one family, for any protocol
// and port.
func IDRange(first, last netip.Addr) *ID {
	t := IDTypeIPv6Range
	if first.Is4() {
		t = IDTypeIPv4Range
	}
	return &ID{IDType: t, Data: append(first.AsSlice(), last.AsSlice()...)}
}

// IDFQDN makes an ID of a host name.
func IDFQDN(name string) *ID { return &ID{IDType: IDTypeFQDN, Data: []byte(name)} }

// IDUserFQDN makes an ID of a user's name, as "piper@foo.bar.com".
func IDUserFQDN(name string) *ID { return &ID{IDType: IDTypeUserFQDN, Data: []byte(name)} }

// IDDN makes an ID of a distinguished name in DER. It keeps the octets.
func IDDN(der []byte) *ID { return &ID{IDType: IDTypeDERDN, Data: der} }

// IDKeyID makes an ID of octets that mean something to both peers. It keeps them.
func IDKeyID(octets []byte) *ID { return &ID{IDType: IDTypeKeyID, Data: octets} }

// Addr is the address of an ID of one address. It errs with ErrIDType or ErrIDLength.
func (p *ID) Addr() (netip.Addr, error) {
	switch p.IDType {
	case IDTypeIPv4Addr, IDTypeIPv6Addr:
		first, _, err := p.addresses()
		return first, err
	}
	return netip.Addr{}, fmt.Errorf("%w: %v is not one address", ErrIDType, p.IDType)
}

// Prefix is the subnet of an ID of a subnet, or of one address. Bits of the address that the mask
// leaves open are zero in it. It errs with ErrIDType, ErrIDLength or ErrIDMask.
func (p *ID) Prefix() (netip.Prefix, error) {
	first, second, err := p.addresses()
	if err != nil {
		return netip.Prefix{}, err
	}
	switch p.IDType {
	case IDTypeIPv4Addr, IDTypeIPv6Addr:
		return netip.PrefixFrom(first, first.BitLen()), nil
	case IDTypeIPv4Subnet, IDTypeIPv6Subnet:
		ones, ok := maskBits(second)
		if !ok {
			return netip.Prefix{}, fmt.Errorf("%w: %v", ErrIDMask, second)
		}
		return netip.PrefixFrom(first, ones).Masked(), nil
	}
	return netip.Prefix{}, fmt.Errorf("%w: %v is not a subnet", ErrIDType, p.IDType)
}

// Range is the first and the last address of an ID of an address, a subnet or a range. It errs with
// ErrIDType, ErrIDLength, ErrIDMask or ErrIDRange.
func (p *ID) Range() (first, last netip.Addr, err error) {
	if p.IDType != IDTypeIPv4Range && p.IDType != IDTypeIPv6Range {
		subnet, err := p.Prefix()
		if err != nil {
			return first, last, err
		}
		return subnet.Addr(), lastAddr(subnet), nil
	}
	first, last, err = p.addresses()
	if err == nil && last.Less(first) {
		err = fmt.Errorf("%w: %v to %v", ErrIDRange, first, last)
	}
	if err != nil {
		return netip.Addr{}, netip.Addr{}, err
	}
	return first, last, nil
}

// addresses reads the one or two addresses that the type says the data are.
func (p *ID) addresses() (first, second netip.Addr, err error) {
	n, size := 1, 4
	switch p.IDType {
	case IDTypeIPv4Addr:
	case IDTypeIPv4Subnet, IDTypeIPv4Range:
		n = 2
	case IDTypeIPv6Addr:
		size = 16
	case IDTypeIPv6Subnet, IDTypeIPv6Range:
		n, size = 2, 16
	default:
		return first, second, fmt.Errorf("%w: %v has no addresses", ErrIDType, p.IDType)
	}
	if len(p.Data) != n*size {
		return first, second, fmt.Errorf("%w: %v wants %d octets, has %d", ErrIDLength, p.IDType, n*size, len(p.Data))
	}
	first, _ = netip.AddrFromSlice(p.Data[:size])
	if n == 2 {
		second, _ = netip.AddrFromSlice(p.Data[size:])
	}
	return first, second, nil
}

// maskBits counts the ones of a mask; not ok if a one follows a zero.
func maskBits(mask netip.Addr) (ones int, ok bool) {
	for i, octet := range mask.AsSlice() {
		n := bits.LeadingZeros8(^octet)
		if octet<<n != 0 || octet != 0 && ones != 8*i {
			return 0, false
		}
		ones += n
	}
	return ones, true
}

// lastAddr is the highest address in p.
func lastAddr(p netip.Prefix) netip.Addr {
	octets := p.Addr().AsSlice()
	for i := p.Bits(); i < 8*len(octets); i++ {
		octets[i/8] |= 0x80 >> (i % 8)
	}
	last, _ := netip.AddrFromSlice(octets)
	return last
}

package isakmp

import (
	"bytes"
	"errors"
	"net/netip"
	"testing"
)

// addressRows: an ID and what it says, as text; "-" where it says no such thing.
var addressRows = []struct {
	name   string
	id     *ID
	octets string // of a whole payload
	addr   string
	prefix string
	ends   string // first and last address
}{
	{
		"IPv4 address", IDAddr(netip.MustParseAddr("192.0.2.1")),
		"00 00 000c  01 00 0000  c0000201",
		"192.0.2.1", "192.0.2.1/32", "192.0.2.1-192.0.2.1",
	},
	{
		"IPv4 address in IPv6 clothes", IDAddr(netip.MustParseAddr("::ffff:192.0.2.1")),
		"00 00 000c  01 00 0000  c0000201",
		"192.0.2.1", "192.0.2.1/32", "192.0.2.1-192.0.2.1",
	},
	{
		"IPv6 address", IDAddr(netip.MustParseAddr("2001:db8::1")),
		"00 00 0018  05 00 0000  20010db8 00000000 00000000 00000001",
		"2001:db8::1", "2001:db8::1/128", "2001:db8::1-2001:db8::1",
	},
	{
		"IPv4 subnet", IDSubnet(netip.MustParsePrefix("10.1.2.3/20")),
		"00 00 0010  04 00 0000  0a010000 fffff000",
		"-", "10.1.0.0/20", "10.1.0.0-10.1.15.255",
	},
	{
		"all of IPv4", IDSubnet(netip.MustParsePrefix("0.0.0.0/0")),
		"00 00 0010  04 00 0000  00000000 00000000",
		"-", "0.0.0.0/0", "0.0.0.0-255.255.255.255",
	},
	{
		"IPv6 subnet", IDSubnet(netip.MustParsePrefix("2001:db8:1::/47")),
		"00 00 0028  06 00 0000  20010db8 00000000 00000000 00000000  ffffffff fffe0000 00000000 00000000",
		"-", "2001:db8::/47", "2001:db8::-2001:db8:1:ffff:ffff:ffff:ffff:ffff",
	},
	{
		"IPv4 subnet with bits of a host", &ID{IDType: IDTypeIPv4Subnet, Data: []byte{10, 1, 2, 3, 255, 255, 0, 0}},
		"00 00 0010  04 00 0000  0a010203 ffff0000",
		"-", "10.1.0.0/16", "10.1.0.0-10.1.255.255",
	},
	{
		"IPv4 range", IDRange(netip.MustParseAddr("10.0.0.5"), netip.MustParseAddr("10.0.1.2")),
		"00 00 0010  07 00 0000  0a000005 0a000102",
		"-", "-", "10.0.0.5-10.0.1.2",
	},
	{
		"IPv6 range", IDRange(netip.MustParseAddr("::1"), netip.MustParseAddr("::1")),
		"00 00 0028  08 00 0000  00000000 00000000 00000000 00000001  00000000 00000000 00000000 00000001",
		"-", "-", "::1-::1",
	},
	{
		"name", IDUserFQDN("piper@foo.bar.com"),
		"00 00 0019  03 00 0000  706970657240666f6f2e6261722e636f6d",
		"-", "-", "-",
	},
	{
		"distinguished name", IDDN([]byte{0x30, 0}),
		"00 00 000a  09 00 0000  3000",
		"-", "-", "-",
	},
	{
		"key", IDKeyID([]byte{1, 2, 3, 4}),
		"00 00 000c  0b 00 0000  01020304",
		"-", "-", "-",
	},
}

func TestIDAddresses(t *testing.T) {
	for _, c := range addressRows {
		if got := AppendItems(nil, Items(c.id)); !bytes.Equal(got, octets(t, c.octets)) {
			t.Errorf("%s: encoded to %x", c.name, got)
		}
		addr, addrErr := c.id.Addr()
		prefix, prefixErr := c.id.Prefix()
		first, last, endsErr := c.id.Range()
		for _, got := range []struct {
			what, is, want string
			err            error
		}{
			{"Addr", addr.String(), c.addr, addrErr},
			{"Prefix", prefix.String(), c.prefix, prefixErr},
			{"Range", first.String() + "-" + last.String(), c.ends, endsErr},
		} {
			switch {
			case got.want == "-":
				if !errors.Is(got.err, ErrIDType) {
					t.Errorf("%s: %s is %s, %v", c.name, got.what, got.is, got.err)
				}
			case got.is != got.want || got.err != nil:
				t.Errorf("%s: %s is %s, %v; want %s", c.name, got.what, got.is, got.err, got.want)
			}
		}
	}
}

func TestIDAddressesRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		id   ID
		err  error
	}{
		{"address of 3 octets", ID{IDType: IDTypeIPv4Addr, Data: make([]byte, 3)}, ErrIDLength},
		{"address of 5 octets", ID{IDType: IDTypeIPv4Addr, Data: make([]byte, 5)}, ErrIDLength},
		{"address of 8 octets", ID{IDType: IDTypeIPv4Addr, Data: make([]byte, 8)}, ErrIDLength},
		{"IPv6 address of 4 octets", ID{IDType: IDTypeIPv6Addr, Data: make([]byte, 4)}, ErrIDLength},
		{"subnet of 4 octets", ID{IDType: IDTypeIPv4Subnet, Data: make([]byte, 4)}, ErrIDLength},
		{"IPv6 subnet of 17 octets", ID{IDType: IDTypeIPv6Subnet, Data: make([]byte, 17)}, ErrIDLength},
		{"range of 7 octets", ID{IDType: IDTypeIPv4Range, Data: make([]byte, 7)}, ErrIDLength},
		{"IPv6 range of 8 octets", ID{IDType: IDTypeIPv6Range, Data: make([]byte, 8)}, ErrIDLength},
		{"no data", ID{IDType: IDTypeIPv6Range}, ErrIDLength},
		{"mask with a hole", ID{IDType: IDTypeIPv4Subnet, Data: []byte{10, 0, 0, 0, 255, 0, 255, 0}}, ErrIDMask},
		{"mask with a hole in an octet", ID{IDType: IDTypeIPv4Subnet, Data: []byte{10, 0, 0, 0, 255, 0xfd, 0, 0}}, ErrIDMask},
		{"mask from the wrong end", ID{IDType: IDTypeIPv4Subnet, Data: []byte{10, 0, 0, 0, 0, 0, 0, 255}}, ErrIDMask},
		{"mask that goes on behind its end", ID{IDType: IDTypeIPv4Subnet, Data: []byte{10, 0, 0, 0, 0xfe, 0x80, 0, 0}}, ErrIDMask},
		{"range that ends before it begins", ID{IDType: IDTypeIPv4Range, Data: []byte{10, 0, 0, 2, 10, 0, 0, 1}}, ErrIDRange},
	} {
		if first, last, err := c.id.Range(); !errors.Is(err, c.err) || first.IsValid() || last.IsValid() {
			t.Errorf("%s: range %v-%v, %v", c.name, first, last, err)
		}
	}
	short := ID{IDType: IDTypeIPv4Subnet, Data: make([]byte, 5)}
	_, err := short.Prefix()
	if want := "wrong length of identification data: ID_IPV4_ADDR_SUBNET wants 8 octets, has 5"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// Every mask of IPv4 and IPv6 that is ones before zeros, and no other with one bit turned.
func TestMaskBits(t *testing.T) {
	for _, whole := range []string{"0.0.0.0/0", "::/0"} {
		size := netip.MustParsePrefix(whole).Addr().BitLen()
		for ones := range size + 1 {
			id := IDSubnet(netip.PrefixFrom(netip.MustParsePrefix(whole).Addr(), ones))
			if p, err := id.Prefix(); err != nil || p.Bits() != ones {
				t.Errorf("%d ones: %v, %v", ones, p, err)
			}
			for bit := range size {
				if bit == ones || bit == ones-1 {
					continue // a mask again
				}
				mask := id.Data[size/8:]
				mask[bit/8] ^= 0x80 >> (bit % 8)
				if p, err := id.Prefix(); !errors.Is(err, ErrIDMask) {
					t.Errorf("%d ones, bit %d turned: %v, %v", ones, bit, p, err)
				}
				mask[bit/8] ^= 0x80 >> (bit % 8)
			}
		}
	}
}

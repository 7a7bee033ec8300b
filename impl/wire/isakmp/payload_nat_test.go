package isakmp

import (
	"errors"
	"net/netip"
	"testing"
)

var natRows = []payloadRow{
	{
		name: "of RFC 3947",
		octets: `
			00 00 0008
			01020304`,
		want: &NATD{T: TypeNATD, Data: []byte{1, 2, 3, 4}},
	},
	{
		name: "of the drafts",
		octets: `
			00 00 0008
			01020304`,
		want: &NATD{T: TypeNATDDraft, Data: []byte{1, 2, 3, 4}},
	},
	{
		name: "of a draft that is wrong",
		octets: `
			00 00 0008
			01020304`,
		want: &NATD{T: TypeNATDBad, Data: []byte{1, 2, 3, 4}},
	},
	{
		name: "of RFC 3947",
		octets: `
			00 00 000c
			01 00 0000
			c0000201`,
		want: NewNATOA(TypeNATOA, netip.MustParseAddr("192.0.2.1")),
	},
	{
		name: "of the drafts, IPv6",
		octets: `
			00 00 0018
			05 00 0000
			20010db8 00000000 00000000 00000001`,
		want: NewNATOA(TypeNATOADraft, netip.MustParseAddr("2001:db8::1")),
	},
	{
		name: "of no sense",
		octets: `
			00 00 0009
			02 01 0203
			ff`,
		want: &NATOA{T: TypeNATOA, IDType: IDTypeFQDN, Reserved: [3]byte{1, 2, 3}, Data: []byte{0xff}},
	},
}

func TestNATOAAddr(t *testing.T) {
	for _, c := range []struct {
		p    NATOA
		want string
		err  error
	}{
		{NATOA{IDType: IDTypeIPv4Addr, Data: []byte{192, 0, 2, 1}}, "192.0.2.1", nil},
		{NATOA{IDType: IDTypeIPv6Addr, Data: []byte{15: 1}}, "::1", nil},
		{NATOA{IDType: IDTypeIPv4Addr, Data: []byte{192, 0, 2}}, "invalid IP", ErrIDLength},
		{NATOA{IDType: IDTypeFQDN, Data: []byte("a")}, "invalid IP", ErrIDType},
	} {
		if a, err := c.p.Addr(); a.String() != c.want || !errors.Is(err, c.err) {
			t.Errorf("%v: %v, %v", c.p, a, err)
		}
	}
}

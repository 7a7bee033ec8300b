package isakmp

import (
	"net/netip"
	"testing"
)

var idRows = []payloadRow{
	{
		name: "address",
		octets: `
			00 00 000c
			01 11 01f4
			c0000201`,
		want: &ID{IDType: IDTypeIPv4Addr, Protocol: 17, Port: 500, Data: []byte{192, 0, 2, 1}},
	},
	{
		name: "subnet",
		octets: `
			00 00 0010
			04 06 0050
			0a010000 ffff0000`,
		want: &ID{IDType: IDTypeIPv4Subnet, Protocol: 6, Port: 80, Data: []byte{10, 1, 0, 0, 255, 255, 0, 0}},
	},
	{
		name: "name",
		octets: `
			00 00 0013
			02 00 0000
			666f6f2e 6261722e 636f6d`,
		want: IDFQDN("foo.bar.com"),
	},
	{
		name: "of no type, without data",
		octets: `
			00 00 0008
			00 00 0000`,
		want: &ID{Data: []byte{}},
	},
}

func TestIDText(t *testing.T) {
	web := IDSubnet(netip.MustParsePrefix("10.1.0.0/16"))
	web.Protocol, web.Port = 6, 80
	for _, c := range []struct {
		id   *ID
		want string
	}{
		{IDAddr(netip.MustParseAddr("192.0.2.1")), "ID_IPV4_ADDR 192.0.2.1"},
		{web, "ID_IPV4_ADDR_SUBNET 10.1.0.0/16 6/80"},
		{IDRange(netip.MustParseAddr("::1"), netip.MustParseAddr("::2")), "ID_IPV6_ADDR_RANGE ::1-::2"},
		{IDFQDN("foo.bar.com"), `ID_FQDN "foo.bar.com"`},
		{IDUserFQDN("a\nb\xff"), `ID_USER_FQDN "a\nb\xff"`},
		{IDKeyID([]byte{1, 0xab}), "ID_KEY_ID 01ab"},
		{&ID{IDType: IDTypeIPv4Subnet, Data: []byte{10, 0, 0, 0, 0, 0, 0, 1}}, "ID_IPV4_ADDR_SUBNET 0a00000000000001"},
		{&ID{IDType: IDTypeIPv4Addr, Port: 500, Data: []byte{1}}, "ID_IPV4_ADDR 01 0/500"},
		{&ID{IDType: 200}, "ID type 200 "},
	} {
		if got := c.id.String(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

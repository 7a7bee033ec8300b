package isakmp

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

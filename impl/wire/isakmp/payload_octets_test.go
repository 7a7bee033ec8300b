package isakmp

// octetRows are the payloads that are one string of octets, whose length is the payload's.
var octetRows = []payloadRow{
	{
		name: "of 4 octets, as no group has it",
		octets: `
			00 00 0008
			01020304`,
		want: &KE{Data: []byte{1, 2, 3, 4}},
	},
	{
		name: "empty",
		octets: `
			00 00 0004`,
		want: &KE{Data: []byte{}},
	},
	{
		name: "of SHA",
		octets: `
			00 00 0018
			7fbf44f8 140fc27d 76b24f6a a5ec7cd0 995cfced`,
		want: &Hash{Data: []byte{
			0x7f, 0xbf, 0x44, 0xf8, 0x14, 0x0f, 0xc2, 0x7d, 0x76, 0xb2,
			0x4f, 0x6a, 0xa5, 0xec, 0x7c, 0xd0, 0x99, 0x5c, 0xfc, 0xed,
		}},
	},
	{
		name: "of an odd length",
		octets: `
			00 00 0007
			0a0b0c`,
		want: &Signature{Data: []byte{10, 11, 12}},
	},
	{
		name: "of 8 octets",
		octets: `
			00 00 000c
			10111213 14151617`,
		want: &Nonce{Data: []byte{0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17}},
	},
	{
		name: "XAUTH",
		octets: `
			00 00 000c
			09002689 dfd6b712`,
		want: VendorXAUTH.Payload(),
	},
}

var rawRows = []payloadRow{
	{
		name: "reserved",
		octets: `
			00 00 0007
			010203`,
		want: &Raw{T: 100, Octets: []byte{1, 2, 3}},
	},
	{
		name: "private, empty",
		octets: `
			00 00 0004`,
		want: &Raw{T: 200, Octets: []byte{}},
	},
}

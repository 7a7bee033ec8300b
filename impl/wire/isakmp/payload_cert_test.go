package isakmp

var certRows = []payloadRow{
	{
		name: "X.509",
		octets: `
			00 00 0009
			04
			30820123`,
		want: &Cert{Encoding: CertX509Signature, Data: []byte{0x30, 0x82, 0x01, 0x23}},
	},
	{
		name: "unknown encoding, no data",
		octets: `
			00 00 0005
			c8`,
		want: &Cert{Encoding: 200, Data: []byte{}},
	},
	{
		name: "any authority",
		octets: `
			00 00 0005
			04`,
		want: &CertRequest{Encoding: CertX509Signature, Authority: []byte{}},
	},
	{
		name: "one authority",
		octets: `
			00 00 0007
			07
			3000`,
		want: &CertRequest{Encoding: CertCRL, Authority: []byte{0x30, 0}},
	},
}

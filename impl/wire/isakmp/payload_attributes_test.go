package isakmp

var attributesRows = []payloadRow{
	{
		name: "request of XAUTH",
		octets: `
			00 00 0014
			01 00 1234
			c088 0000          // XAUTH-TYPE = Generic
			4089 0000          // XAUTH-USER-NAME
			408a 0000          // XAUTH-USER-PASSWORD`,
		want: &Attributes{
			Message: ConfigRequest, Identifier: 0x1234,
			Attributes: []Attribute{TV(XAUTHType, uint16(0)), TLV(XAUTHUserName, []byte{}), TLV(XAUTHUserPassword, []byte{})},
		},
	},
	{
		name: "reply with an address, the same twice",
		octets: `
			00 00 0018
			02 ff 0000
			0001 0004 c0000201
			0001 0004 c0000201`,
		want: &Attributes{
			Message: ConfigReply, Reserved: 0xff,
			Attributes: []Attribute{
				TLV(ConfigIP4Address, []byte{192, 0, 2, 1}), TLV(ConfigIP4Address, []byte{192, 0, 2, 1}),
			},
		},
	},
	{
		name: "without attributes",
		octets: `
			00 00 0008
			04 00 0001`,
		want: &Attributes{Message: ConfigAck, Identifier: 1, Attributes: []Attribute{}},
	},
}

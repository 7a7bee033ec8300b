package isakmp

var notifyRows = []payloadRow{
	{
		name: "NO-PROPOSAL-CHOSEN without SPI",
		octets: `
			00 00 000c
			00000001
			01 00 000e`,
		want: &Notify{DOI: DOIIPsec, Protocol: ProtoISAKMP, NotifyType: NoProposalChosen, SPI: []byte{}, Data: []byte{}},
	},
	{
		name: "INITIAL-CONTACT with both cookies",
		octets: `
			00 00 001c
			00000001
			01 10 6002
			a1a2a3a4 a5a6a7a8 b1b2b3b4 b5b6b7b8`,
		want: &Notify{
			DOI: DOIIPsec, Protocol: ProtoISAKMP, NotifyType: InitialContact,
			SPI: []byte{
				0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8,
				0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8,
			},
			Data: []byte{},
		},
	},
	{
		name: "REPLAY-STATUS of an ESP SA",
		octets: `
			00 00 0014
			00000001
			03 04 6001
			01020304
			00000001`,
		want: &Notify{
			DOI: DOIIPsec, Protocol: ProtoESP, NotifyType: ReplayStatus,
			SPI: []byte{1, 2, 3, 4}, Data: []byte{0, 0, 0, 1},
		},
	},
	{
		name: "of no sense, three octets of data",
		octets: `
			00 00 000f
			0000004d
			63 00 c350
			010203`,
		want: &Notify{DOI: 77, Protocol: 99, NotifyType: 50000, SPI: []byte{}, Data: []byte{1, 2, 3}},
	},
}

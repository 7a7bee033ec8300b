package isakmp

import (
	"bytes"
	"testing"

	"ikewit/impl/wire/bin"
)

var deleteRows = []payloadRow{
	{
		name: "of an ISAKMP SA",
		octets: `
			00 00 001c
			00000001
			01 10 0001
			a1a2a3a4 a5a6a7a8 b1b2b3b4 b5b6b7b8`,
		want: &Delete{
			DOI: DOIIPsec, Protocol: ProtoISAKMP, SPISize: 16,
			SPIs: [][]byte{{
				0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8,
				0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8,
			}},
		},
	},
	{
		name: "of two ESP SAs",
		octets: `
			00 00 0014
			00000001
			03 04 0002
			01020304
			05060708`,
		want: &Delete{
			DOI: DOIIPsec, Protocol: ProtoESP, SPISize: 4,
			SPIs: [][]byte{{1, 2, 3, 4}, {5, 6, 7, 8}},
		},
	},
	{
		name: "of nothing, with a size",
		octets: `
			00 00 000c
			00000000
			02 04 0000`,
		want: &Delete{Protocol: ProtoAH, SPISize: 4},
	},
	{
		name: "of SPIs of one octet",
		octets: `
			00 00 0011
			00000001
			03 01 0005
			01 02 03 04 05`,
		want: &Delete{DOI: DOIIPsec, Protocol: ProtoESP, SPISize: 1, SPIs: [][]byte{{1}, {2}, {3}, {4}, {5}}},
	},
}

// deleteRefused: sizes and counts that have crashed others.
var deleteRefused = []refusedRow{
	{
		name: "more SPIs than octets", first: TypeDelete, octets: "00 00 0010  00000001  03 04 0002  01020304",
		payload: TypeDelete, field: "SPIs", offset: 12, notify: PayloadMalformed, err: bin.ErrShort,
	},
	{
		name: "fewer SPIs than octets", first: TypeDelete, octets: "00 00 0014  00000001  03 04 0001  01020304 05060708",
		payload: TypeDelete, field: "", offset: 16, notify: PayloadMalformed, err: bin.ErrLeftOver,
	},
	{
		name: "one SPI of no octets", first: TypeDelete, octets: "00 00 000c  00000001  03 00 0001",
		payload: TypeDelete, field: "# of SPIs", offset: 10, notify: PayloadMalformed, err: ErrCount,
	},
	{
		name: "the most SPIs of no octets", first: TypeDelete, octets: "00 00 000c  00000001  03 00 ffff",
		payload: TypeDelete, field: "# of SPIs", offset: 10, notify: PayloadMalformed, err: ErrCount,
	},
	{
		name: "the most of everything", first: TypeDelete, octets: "00 00 000d  00000001  03 ff ffff  00",
		payload: TypeDelete, field: "SPIs", offset: 12, notify: PayloadMalformed, err: bin.ErrShort,
	},
	{
		name: "octets behind no SPIs", first: TypeDelete, octets: "00 00 000d  00000001  03 04 0000  00",
		payload: TypeDelete, field: "", offset: 12, notify: PayloadMalformed, err: bin.ErrLeftOver,
	},
}

// Who appends to one SPI must not write over the next.
func TestDeleteSPIsStandAlone(t *testing.T) {
	b := octets(t, "00000001  03 04 0002  01020304 05060708")
	p, err := Parse(TypeDelete, b)
	if err != nil {
		t.Fatal(err)
	}
	spis := p.(*Delete).SPIs
	_ = append(spis[0], 0xff)
	_ = append(spis[1], 0xff)
	if !bytes.Equal(spis[1], []byte{5, 6, 7, 8}) {
		t.Errorf("the second SPI is %x", spis[1])
	}
}

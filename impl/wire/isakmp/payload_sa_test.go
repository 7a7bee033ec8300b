package isakmp

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"ikewit/impl/wire/bin"
)

// An SA of phase 1: one proposal, two transforms, a life duration in the long form.
const phase1SA = `
	00 00 0058
	00000001           // DOI
	00000001           // Situation
	  00 00 004c       // proposal, the last
	  01 01 00 02      // #1, ISAKMP, no SPI, two transforms
	    03 00 0024     // transform, another follows
	    01 01 0000     // #1, KEY_IKE
	      8001 0005
	      8002 0002
	      8003 0001
	      8004 0002
	      800b 0001
	      000c 0004 00007080
	    00 00 0020     // transform, the last
	    02 01 0000
	      8001 0007
	      800e 0080
	      8002 0001
	      8003 0001
	      8004 0001
	      000c 0000    // a life duration of no octets`

// saRows: an SA and what it holds. Indented is what stands within a proposal, and within a transform.
var saRows = []payloadRow{
	{
		name:   "of phase 1",
		octets: phase1SA,
		want: &SA{
			DOI: DOIIPsec, Situation: SituationIdentityOnly,
			Proposals: []Proposal{{
				Number: 1, Protocol: ProtoISAKMP, SPI: []byte{}, NTransforms: 2,
				Transforms: []Transform{
					{Number: 1, ID: KeyIKE, Attributes: []Attribute{
						TV(P1Encryption, Encryption3DES), TV(P1Hash, HashSHA), TV(P1AuthMethod, AuthPSK),
						TV(P1Group, GroupMODP1024), TV(P1LifeType, LifeSeconds), TLV32(P1LifeDuration, 28800),
					}},
					{Number: 2, ID: KeyIKE, Attributes: []Attribute{
						TV(P1Encryption, EncryptionAES), TV(P1KeyLength, uint16(128)), TV(P1Hash, HashMD5),
						TV(P1AuthMethod, AuthPSK), TV(P1Group, GroupMODP768), TLV(P1LifeDuration, []byte{}),
					}},
				},
			}},
		},
	},
	{
		name: "of phase 2: AH and ESP, or ESP alone; odd lengths; reserved octets set",
		octets: `
			00 00 0057
			00000001
			00000001
			  02 00 0018       // another proposal follows
			  01 02 04 01      // #1, AH, SPI of 4
			  01020304
			    00 00 000c
			    01 03 0000     // AH_SHA
			      8005 0002
			  02 aa 0014
			  01 03 04 01      // #1, ESP
			  05060708
			    00 bb 0008
			    01 0b cccc     // ESP_NULL, no attribute
			  00 00 001f
			  02 04 02 02      // #2, IPCOMP, SPI of 2
			  0002
			    03 00 000d
			    01 02 0000
			      0009 0001 ff
			    00 00 0008
			    02 03 0000`,
		want: &SA{
			DOI: DOIIPsec, Situation: SituationIdentityOnly,
			Proposals: []Proposal{
				NewProposal(1, ProtoAH, []byte{1, 2, 3, 4}, Transform{
					Number: 1, ID: uint8(AHSHA), Attributes: []Attribute{TV(P2AuthAlgorithm, AuthHMACSHA)},
				}),
				{
					Reserved: 0xaa, Number: 1, Protocol: ProtoESP, SPI: []byte{5, 6, 7, 8}, NTransforms: 1,
					Transforms: []Transform{{Reserved: 0xbb, Number: 1, ID: uint8(ESPNull), Reserved2: 0xcccc, Attributes: []Attribute{}}},
				},
				NewProposal(2, ProtoIPCOMP, []byte{0, 2},
					Transform{Number: 1, ID: uint8(IPCOMPDeflate), Attributes: []Attribute{TLV(P2CompressPrivateAlgorithm, []byte{0xff})}},
					Transform{Number: 2, ID: uint8(IPCOMPLZS), Attributes: []Attribute{}},
				),
			},
		},
	},
	{
		name: "generic, situation of no bits",
		octets: `
			00 00 001c
			00000000           // DOI of ISAKMP itself
			00000000
			  00 00 0010
			  01 01 00 01
			    00 00 0008
			    01 01 0000`,
		want: &SA{Proposals: []Proposal{bareProposal}},
	},
	{
		name: "foreign DOI, whose bits mean no labels",
		octets: `
			00 00 001c
			7fffffff
			ffffffff
			  00 00 0010
			  01 01 00 01
			    00 00 0008
			    01 01 0000`,
		want: &SA{DOI: 0x7fffffff, Situation: 0xffffffff, Proposals: []Proposal{bareProposal}},
	},
	{
		name: "labels of secrecy",
		octets: `
			00 00 0034
			00000001
			00000003           // identity only, secrecy
			00000007           // labeled domain
			0001 ffff          // level of one octet; reserved
			aa bbbbbb          // and its padding
			0021 0000          // 33 bits of categories
			ffffffff 80 000000 // and their padding
			  00 00 0010
			  01 01 00 01
			    00 00 0008
			    01 01 0000`,
		want: &SA{
			DOI: DOIIPsec, Situation: SituationIdentityOnly | SituationSecrecy,
			Labels: []byte{
				0, 0, 0, 7, 0, 1, 0xff, 0xff, 0xaa, 0xbb, 0xbb, 0xbb, 0, 33, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x80, 0, 0, 0,
			},
			Proposals: []Proposal{bareProposal},
		},
	},
	{
		name: "labels of secrecy and integrity, the latter empty",
		octets: `
			00 00 0038
			00000001
			00000006
			00000000
			0004 0000 01020304 // level
			0000 0000          // no categories
			0000 0000          // no integrity level
			0020 0000 05060708 // 32 bits of categories
			  00 00 0010
			  01 01 00 01
			    00 00 0008
			    01 01 0000`,
		want: &SA{
			DOI: DOIIPsec, Situation: SituationSecrecy | SituationIntegrity,
			Labels: []byte{
				0, 0, 0, 0, 0, 4, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0, 5, 6, 7, 8,
			},
			Proposals: []Proposal{bareProposal},
		},
	},
}

// bareProposal is the smallest there is.
var bareProposal = NewProposal(1, ProtoISAKMP, []byte{}, Transform{Number: 1, ID: KeyIKE, Attributes: []Attribute{}})

// saRefused: the structure of an SA is wrong somewhere.
var saRefused = []refusedRow{
	{
		name: "of 4 octets", first: TypeSA, octets: "00 00 0004",
		payload: TypeSA, field: "DOI", offset: 4, notify: PayloadMalformed, err: bin.ErrShort,
	},
	{
		name: "of 10 octets", first: TypeSA, octets: "00 00 000a  00000001 0000",
		payload: TypeSA, field: "Situation", offset: 8, notify: PayloadMalformed, err: bin.ErrShort,
	},
	{
		name: "without proposal", first: TypeSA, octets: "00 00 000c  00000001 00000001",
		payload: TypeProposal, field: "Proposals", offset: 12, notify: BadProposalSyntax, err: ErrNoProposal,
	},
	{
		name: "of a foreign DOI, of its own form", first: TypeSA, octets: "00 00 000d  00000002 00000001 00",
		payload: TypeProposal, field: "RESERVED", offset: 13, notify: DOINotSupported, err: bin.ErrShort,
	},
	{
		name: "secrecy without labels", first: TypeSA, octets: `
			00 00 001c
			00000001
			00000002
			  00 00 0010
			  01 01 00 01
			    00 00 0008
			    01 01 0000`,
		payload: TypeSA, field: "Secrecy Level", offset: 20, notify: SituationNotSupported, err: bin.ErrShort,
	},
	{
		name: "proposal longer than the SA", first: TypeSA, octets: `
			00 00 001c
			00000001 00000001
			  00 00 0011
			  01 01 00 01
			    00 00 0008
			    01 01 0000`,
		payload: TypeProposal, field: "Payload Length", offset: 14, notify: BadProposalSyntax, err: bin.ErrShort,
	},
	{
		name: "proposal shorter than its header", first: TypeSA, octets: `
			00 00 0010
			00000001 00000001
			  00 00 0003`,
		payload: TypeProposal, field: "Payload Length", offset: 14, notify: BadProposalSyntax, err: ErrTooShort,
	},
	{
		name: "octets behind the last proposal", first: TypeSA, octets: `
			00 00 001d
			00000001 00000001
			  00 00 0010
			  01 01 00 01
			    00 00 0008
			    01 01 0000
			  ff`,
		payload: TypeProposal, field: "", offset: 28, notify: BadProposalSyntax, err: bin.ErrLeftOver,
	},
	{
		name: "another proposal announced, none there", first: TypeSA, octets: `
			00 00 001c
			00000001 00000001
			  02 00 0010
			  01 01 00 01
			    00 00 0008
			    01 01 0000`,
		payload: TypeProposal, field: "Next Payload", offset: 28, notify: BadProposalSyntax, err: bin.ErrShort,
	},
	{
		name: "transform behind a proposal", first: TypeSA, octets: `
			00 00 001c
			00000001 00000001
			  03 00 0010
			  01 01 00 01
			    00 00 0008
			    01 01 0000`,
		payload: TypeProposal, field: "Next Payload", offset: 12, notify: BadProposalSyntax, err: ErrMisplaced,
	},
	{
		name: "nonce behind a transform", first: TypeSA, octets: `
			00 00 001c
			00000001 00000001
			  00 00 0010
			  01 01 00 01
			    0a 00 0008
			    01 01 0000`,
		payload: TypeTransform, field: "Next Payload", offset: 20, notify: BadProposalSyntax, err: ErrMisplaced,
	},
	{
		name: "SPI of 8 octets, 4 there", first: TypeSA, octets: `
			00 00 0018
			00000001 00000001
			  00 00 000c
			  01 01 08 00
			  01020304`,
		payload: TypeProposal, field: "SPI", offset: 20, notify: BadProposalSyntax, err: bin.ErrShort,
	},
	{
		name: "no transform", first: TypeSA, octets: `
			00 00 0014
			00000001 00000001
			  00 00 0008
			  01 01 00 00`,
		payload: TypeTransform, field: "Transforms", offset: 20, notify: BadProposalSyntax, err: ErrNoTransform,
	},
	{
		name: "one transform too many", first: TypeSA, octets: `
			00 00 001c
			00000001 00000001
			  00 00 0010
			  01 01 00 00
			    00 00 0008
			    01 01 0000`,
		payload: TypeProposal, field: "Transforms", offset: 20, notify: BadProposalSyntax, err: ErrCount,
	},
	{
		name: "one transform too few", first: TypeSA, octets: `
			00 00 001c
			00000001 00000001
			  00 00 0010
			  01 01 00 02
			    00 00 0008
			    01 01 0000`,
		payload: TypeProposal, field: "Transforms", offset: 20, notify: BadProposalSyntax, err: ErrCount,
	},
	{
		name: "transform longer than the proposal", first: TypeSA, octets: `
			00 00 0020
			00000001 00000001
			  02 00 0010
			  01 01 00 01
			    00 00 000c
			    01 01 0000
			  00000000`,
		payload: TypeTransform, field: "Payload Length", offset: 22, notify: BadProposalSyntax, err: bin.ErrShort,
	},
	{
		name: "transform cut in its header", first: TypeSA, octets: `
			00 00 001b
			00000001 00000001
			  00 00 000f
			  01 01 00 01
			    00 00 0007
			    01 01 00`,
		payload: TypeTransform, field: "RESERVED2", offset: 26, notify: BadProposalSyntax, err: bin.ErrShort,
	},
	{
		name: "attribute longer than its transform", first: TypeSA, octets: `
			00 00 0022
			00000001 00000001
			  00 00 0016
			  01 01 00 01
			    00 00 000e
			    01 01 0000
			      000c 0003 0102`,
		payload: TypeTransform, field: "Attribute Value", offset: 32, notify: BadProposalSyntax, err: bin.ErrShort,
	},
	{
		name: "stray octets behind the last attribute", first: TypeSA, octets: `
			00 00 0023
			00000001 00000001
			  00 00 0017
			  01 01 00 01
			    00 00 000f
			    01 01 0000
			      8001 0005
			      000000`,
		payload: TypeTransform, field: "Attribute Length", offset: 34, notify: BadProposalSyntax, err: bin.ErrShort,
	},
}

// What an SA says of itself is written as it stands, so that it can lie.
func TestSAWritesCountsAsTheyStand(t *testing.T) {
	lie := bareProposal
	lie.NTransforms = 9
	sa := &SA{DOI: DOIIPsec, Situation: SituationIdentityOnly, Proposals: []Proposal{lie}}
	b := AppendItems(nil, Items(sa))
	want := octets(t, `
		00 00 001c
		00000001 00000001
		  00 00 0010
		  01 01 00 09
		    00 00 0008
		    01 01 0000`)
	if !bytes.Equal(b, want) {
		t.Errorf("encoded to %x, want %x", b, want)
	}
	if _, _, err := ParseChain(TypeSA, b); !errors.Is(err, ErrCount) {
		t.Errorf("parsed: %v", err)
	}
}

// A proposal may announce 255 transforms without bringing them: what is allocated follows the octets.
func TestTransformCountDoesNotAllocate(t *testing.T) {
	one := octets(t, `
		00 00 001c
		00000001 00000001
		  00 00 0010
		  01 01 00 ff
		    00 00 0008
		    01 01 0000`)
	r := bin.New(one[20:])
	if all := parseTransforms(r, 255, BadProposalSyntax); len(all) != 1 || cap(all) > 1 {
		t.Errorf("%d transforms, room for %d", len(all), cap(all))
	}
}

func TestTransformFind(t *testing.T) {
	tr := Transform{Attributes: []Attribute{TV(1, uint16(7)), TV(2, uint16(8)), TV(1, uint16(9))}}
	if a, ok := tr.Find(1); !ok || !reflect.DeepEqual(a, TV(1, uint16(7))) {
		t.Errorf("Find(1) = %v, %v", a, ok)
	}
	if a, ok := tr.Find(3); ok || !reflect.DeepEqual(a, Attribute{}) {
		t.Errorf("Find(3) = %v, %v", a, ok)
	}
}

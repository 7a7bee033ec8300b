package isakmp

import (
	"fmt"
	"strings"
)

// A PayloadType tells what a payload is. The types that no RFC knows are 15 (as NAT-D), 130 and 131,
// from drafts of NAT traversal.
type PayloadType uint8

const (
	None            PayloadType = 0 // ends a chain
	TypeSA          PayloadType = 1
	TypeProposal    PayloadType = 2 // in an SA only
	TypeTransform   PayloadType = 3 // in a Proposal only
	TypeKE          PayloadType = 4
	TypeID          PayloadType = 5
	TypeCert        PayloadType = 6
	TypeCertRequest PayloadType = 7
	TypeHash        PayloadType = 8
	TypeSignature   PayloadType = 9
	TypeNonce       PayloadType = 10
	TypeNotify      PayloadType = 11
	TypeDelete      PayloadType = 12
	TypeVendorID    PayloadType = 13
	TypeAttributes  PayloadType = 14  // ModeConfig and XAUTH drafts
	TypeNATDBad     PayloadType = 15  // NAT-D of drafts that took 15 before RFC 3947 had its numbers
	TypeNATD        PayloadType = 20  // RFC 3947
	TypeNATOA       PayloadType = 21  // RFC 3947
	TypeNATDDraft   PayloadType = 130 // drafts 00 to 03 of RFC 3947
	TypeNATOADraft  PayloadType = 131 // drafts 00 to 03 of RFC 3947
)

// payloadNames are the abbreviations of RFC 2408 section 3.1 and of RFC 3947.
var payloadNames = numbers[PayloadType]{
	{None, "NONE"},
	{TypeSA, "SA"},
	{TypeProposal, "P"},
	{TypeTransform, "T"},
	{TypeKE, "KE"},
	{TypeID, "ID"},
	{TypeCert, "CERT"},
	{TypeCertRequest, "CR"},
	{TypeHash, "HASH"},
	{TypeSignature, "SIG"},
	{TypeNonce, "NONCE"},
	{TypeNotify, "N"},
	{TypeDelete, "D"},
	{TypeVendorID, "VID"},
	{TypeAttributes, "ATTR"},
	{TypeNATDBad, "NAT-D-BAD"},
	{TypeNATD, "NAT-D"},
	{TypeNATOA, "NAT-OA"},
	{TypeNATDDraft, "NAT-D-DRAFT"},
	{TypeNATOADraft, "NAT-OA-DRAFT"},
}

// String is the RFC's abbreviation, as "KE", or "payload 200".
func (t PayloadType) String() string { return payloadNames.text("payload", t) }

// PayloadByName is the type of an abbreviation that String prints.
func PayloadByName(name string) (PayloadType, bool) { return payloadNames.value(name) }

// An Exchange tells what a message is part of.
type Exchange uint8

const (
	Base               Exchange = 1
	IdentityProtection Exchange = 2 // Main Mode
	AuthenticationOnly Exchange = 3
	Aggressive         Exchange = 4
	Informational      Exchange = 5
	Transaction        Exchange = 6 // ModeConfig and XAUTH drafts
	QuickMode          Exchange = 32
	NewGroupMode       Exchange = 33
)

// exchangeNames: RFC 2408 section 3.1, RFC 2409 appendix A.
var exchangeNames = numbers[Exchange]{
	{0, "NONE"},
	{Base, "Base"},
	{IdentityProtection, "Identity Protection"},
	{AuthenticationOnly, "Authentication Only"},
	{Aggressive, "Aggressive"},
	{Informational, "Informational"},
	{Transaction, "Transaction"},
	{QuickMode, "Quick Mode"},
	{NewGroupMode, "New Group Mode"},
}

// String is the RFC's name, as "Identity Protection", or "exchange 200".
func (x Exchange) String() string { return exchangeNames.text("exchange", x) }

// ExchangeByName is the exchange of a name that String prints.
func ExchangeByName(name string) (Exchange, bool) { return exchangeNames.value(name) }

// Flags of the header. RFC 2408 section 3.1 has every other bit zero.
type Flags uint8

const (
	Encryption Flags = 1
	Commit     Flags = 2
	AuthOnly   Flags = 4

	// KnownFlags are all that are defined.
	KnownFlags = Encryption | Commit | AuthOnly
)

// String has a letter for each flag as the RFC's drawing does, "EC", the rest as "+0x80"; "none" for
// no flag.
func (f Flags) String() string {
	if f == 0 {
		return "none"
	}
	var s strings.Builder
	for i, letter := range "ECA" {
		if f&(1<<i) != 0 {
			s.WriteRune(letter)
		}
	}
	if odd := f &^ KnownFlags; odd != 0 {
		fmt.Fprintf(&s, "+%#02x", uint8(odd))
	}
	return s.String()
}

// A DOI, a Domain of Interpretation, gives the numbers in a payload their meaning.
type DOI uint32

const (
	DOIISAKMP DOI = 0 // generic
	DOIIPsec  DOI = 1
)

var doiNames = numbers[DOI]{
	{DOIISAKMP, "ISAKMP"},
	{DOIIPsec, "IPSEC"},
}

// String is "ISAKMP", "IPSEC", or "DOI 7".
func (d DOI) String() string { return doiNames.text("DOI", d) }

// A Situation is a set of bits that says under which circumstances an SA is wanted.
type Situation uint32

const (
	SituationIdentityOnly Situation = 1
	SituationSecrecy      Situation = 2
	SituationIntegrity    Situation = 4
)

// situationNames: RFC 2407 section 4.2.
var situationNames = numbers[Situation]{
	{SituationIdentityOnly, "SIT_IDENTITY_ONLY"},
	{SituationSecrecy, "SIT_SECRECY"},
	{SituationIntegrity, "SIT_INTEGRITY"},
}

// String has the RFC's name of each bit, as "SIT_IDENTITY_ONLY|SIT_SECRECY", and the rest in hex;
// "situation 0" for no bit.
func (s Situation) String() string {
	if s == 0 {
		return "situation 0"
	}
	var bits []string
	for _, row := range situationNames {
		if s&row.value != 0 {
			bits = append(bits, row.name)
			s &^= row.value
		}
	}
	if s != 0 {
		bits = append(bits, fmt.Sprintf("%#x", uint32(s)))
	}
	return strings.Join(bits, "|")
}

// A Protocol is what an SA is for.
type Protocol uint8

const (
	ProtoISAKMP Protocol = 1
	ProtoAH     Protocol = 2
	ProtoESP    Protocol = 3
	ProtoIPCOMP Protocol = 4
)

// protocolNames: RFC 2407 section 4.4.1.
var protocolNames = numbers[Protocol]{
	{ProtoISAKMP, "PROTO_ISAKMP"},
	{ProtoAH, "PROTO_IPSEC_AH"},
	{ProtoESP, "PROTO_IPSEC_ESP"},
	{ProtoIPCOMP, "PROTO_IPCOMP"},
}

// String is the RFC's name, as "PROTO_IPSEC_ESP", or "protocol 200".
func (p Protocol) String() string { return protocolNames.text("protocol", p) }

// ProtocolByName is the protocol of a name that String prints.
func ProtocolByName(name string) (Protocol, bool) { return protocolNames.value(name) }

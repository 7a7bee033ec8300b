package isakmp

import (
	"fmt"
	"strings"
)

// PayloadType is the type of a payload. RFC 2408 section 3.1, RFC 3947 section 3.2, RFC 7296 section 3.2.
type PayloadType uint8

// Types that the layer decodes, and those of IKEv2 that end its clear chain.
const (
	PayloadNone       PayloadType = 0
	PayloadSA         PayloadType = 1
	PayloadKE         PayloadType = 4
	PayloadID         PayloadType = 5
	PayloadCERT       PayloadType = 6
	PayloadCR         PayloadType = 7
	PayloadHASH       PayloadType = 8
	PayloadSIG        PayloadType = 9
	PayloadNONCE      PayloadType = 10
	PayloadN          PayloadType = 11
	PayloadD          PayloadType = 12
	PayloadVID        PayloadType = 13
	PayloadATTR       PayloadType = 14
	PayloadNATDBad    PayloadType = 15 // NAT-D as the first NAT-T drafts numbered it
	PayloadNATD       PayloadType = 20
	PayloadNATOA      PayloadType = 21
	PayloadSK         PayloadType = 46
	PayloadSKF        PayloadType = 53
	PayloadNATDDraft  PayloadType = 130
	PayloadNATOADraft PayloadType = 131
	PayloadFragment   PayloadType = 132
)

// String is the short name, or the number.
func (t PayloadType) String() string { return nameOr(payloadNames, t, "payload") }

// Exchange is an exchange type. RFC 2408 section 3.1, RFC 2409 appendix A, RFC 7296 section 3.1.
type Exchange uint8

// The exchanges of IKEv1.
const (
	Base           Exchange = 1
	MainMode       Exchange = 2
	AuthOnly       Exchange = 3
	AggressiveMode Exchange = 4
	Informational  Exchange = 5
	Transaction    Exchange = 6
	QuickMode      Exchange = 32
	NewGroupMode   Exchange = 33
)

// String is the name, or the number.
func (e Exchange) String() string { return nameOr(exchangeNames, e, "exchange") }

// Protocol is a Protocol-Id. RFC 2407 section 4.4.1.
type Protocol uint8

// Security protocols.
const (
	ProtoISAKMP Protocol = 1
	ProtoAH     Protocol = 2
	ProtoESP    Protocol = 3
	ProtoIPComp Protocol = 4
)

// String is the name, or the number.
func (p Protocol) String() string { return nameOr(protocolNames, p, "protocol") }

// IDType is an identification type. RFC 2407 section 4.6.2.1.
type IDType uint8

// Identification types.
const (
	IDIPv4       IDType = 1
	IDFQDN       IDType = 2
	IDUserFQDN   IDType = 3
	IDIPv4Subnet IDType = 4
	IDIPv6       IDType = 5
	IDIPv6Subnet IDType = 6
	IDIPv4Range  IDType = 7
	IDIPv6Range  IDType = 8
	IDDERDN      IDType = 9
	IDDERGN      IDType = 10
	IDKeyID      IDType = 11
)

// String is the name, or the number.
func (t IDType) String() string { return nameOr(idNames, t, "ID type") }

// NotifyType is a notify message type. RFC 2408 section 3.14.1, RFC 2407 section 4.6.3.
type NotifyType uint16

// Status types that the judge looks at.
const (
	NotifyConnected      NotifyType = 16384
	NotifyResponderLife  NotifyType = 24576
	NotifyReplayStatus   NotifyType = 24577
	NotifyInitialContact NotifyType = 24578
)

// String is the name, or the number.
func (t NotifyType) String() string { return nameOr(notifyNames, t, "notify") }

// FlagNames lists the flags that are set.
func (m *Message) FlagNames() string {
	if m.Flags == 0 {
		return "none"
	}
	var names []string
	for _, f := range []struct {
		bit    Flags
		v1, v2 string
	}{
		{FlagEncryption, "encryption", ""}, {FlagCommit, "commit", ""}, {FlagAuthOnly, "authentication only", ""},
		{FlagInitiator, "", "initiator"}, {FlagVersion, "", "version"}, {FlagResponse, "", "response"}, {0x40, "", ""}, {0x80, "", ""},
	} {
		name := f.v1
		if m.Major == 2 {
			name = f.v2
		}
		switch {
		case m.Flags&f.bit == 0:
		case name != "":
			names = append(names, name)
		default:
			names = append(names, fmt.Sprintf("%#02x", uint8(f.bit)))
		}
	}
	return strings.Join(names, ", ")
}

// VendorName says which extension a vendor ID announces; "" if it is not known. Values with a variable tail are
// compared without it.
func VendorName(id []byte) string {
	for _, v := range vendors {
		if string(id) == v.id || v.tail && strings.HasPrefix(string(id), v.id) {
			return v.name
		}
	}
	return ""
}

func nameOr[T ~uint8 | ~uint16](names map[T]string, n T, kind string) string {
	if name, ok := names[n]; ok {
		return name
	}
	return fmt.Sprintf("%s %d", kind, n)
}

func nameOf(names map[uint64]string, n uint64) string {
	if name, ok := names[n]; ok {
		return name
	}
	return fmt.Sprint(n)
}

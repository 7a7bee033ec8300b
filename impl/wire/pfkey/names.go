package pfkey

import "fmt"

// Type is a message type.
type Type uint8

// Message types: RFC 2367 section 3.1; from X_PROMISC on those of Linux.
const (
	Reserved Type = iota
	GetSPI
	Update
	Add
	Delete
	Get
	Acquire
	Register
	Expire
	Flush
	Dump
	Promisc
	PChange
	SPDUpdate
	SPDAdd
	SPDDelete
	SPDGet
	SPDAcquire
	SPDDump
	SPDFlush
	SPDSetIdx
	SPDExpire
	SPDDelete2
	NATTNewMapping
	Migrate
)

var typeNames = [...]string{"RESERVED", "GETSPI", "UPDATE", "ADD", "DELETE", "GET", "ACQUIRE", "REGISTER", "EXPIRE", "FLUSH", "DUMP",
	"X_PROMISC", "X_PCHANGE", "X_SPDUPDATE", "X_SPDADD", "X_SPDDELETE", "X_SPDGET", "X_SPDACQUIRE", "X_SPDDUMP", "X_SPDFLUSH",
	"X_SPDSETIDX", "X_SPDEXPIRE", "X_SPDDELETE2", "X_NAT_T_NEW_MAPPING", "X_MIGRATE"}

func (t Type) String() string { return name(typeNames[:], int(t), "message") }

// SAType is the kind of SA that a message is about.
type SAType uint8

// SA types: RFC 2367 section 3.3; IPComp is of Linux.
const (
	SATypeUnspec SAType = 0
	SATypeAH     SAType = 2
	SATypeESP    SAType = 3
	SATypeIPComp SAType = 9
)

var saTypeNames = [...]string{"UNSPEC", "", "AH", "ESP", "", "RSVP", "OSPFV2", "RIPV2", "MIP", "X_IPCOMP"}

func (t SAType) String() string { return name(saTypeNames[:], int(t), "SA type") }

// SAState is where an SA stands (RFC 2367 section 3.2).
type SAState uint8

// States of an SA.
const (
	Larval SAState = iota
	Mature
	Dying
	Dead
)

var stateNames = [...]string{"LARVAL", "MATURE", "DYING", "DEAD"}

func (s SAState) String() string { return name(stateNames[:], int(s), "state") }

// Flags of an SA (RFC 2367 section 3.2; NOREPLAY is Solaris's).
const (
	FlagPFS      = 1
	FlagNoReplay = 2
)

// IdentityType is the kind of a name (RFC 2367 section 3.4).
type IdentityType uint16

// Identity types; from DN on those of Solaris.
const (
	IdentityPrefix IdentityType = iota + 1
	IdentityFQDN
	IdentityUserFQDN
	IdentityDN
	IdentityGN
	IdentityKeyID
	IdentityAddrRange
)

var identityNames = [...]string{"RESERVED", "PREFIX", "FQDN", "USERFQDN", "X_DN", "X_GN", "X_KEY_ID", "X_ADDR_RANGE"}

func (t IdentityType) String() string { return name(identityNames[:], int(t), "identity type") }

// ExtensionType is the kind of an extension.
type ExtensionType uint16

// Extension types: RFC 2367 section 3.3; from X_KMPRIVATE on those of Linux.
const (
	ExtReserved ExtensionType = iota
	ExtSA
	ExtLifetimeCurrent
	ExtLifetimeHard
	ExtLifetimeSoft
	ExtAddressSrc
	ExtAddressDst
	ExtAddressProxy
	ExtKeyAuth
	ExtKeyEncrypt
	ExtIdentitySrc
	ExtIdentityDst
	ExtSensitivity
	ExtProposal
	ExtSupportedAuth
	ExtSupportedEncrypt
	ExtSPIRange
	ExtKMPrivate
	ExtPolicy
	ExtSA2
	ExtNATTType
	ExtNATTSport
	ExtNATTDport
	ExtNATTOA
	ExtSecCtx
	ExtKMAddress
	ExtFilter
)

var extensionNames = [...]string{"RESERVED", "SA", "LIFETIME_CURRENT", "LIFETIME_HARD", "LIFETIME_SOFT", "ADDRESS_SRC", "ADDRESS_DST",
	"ADDRESS_PROXY", "KEY_AUTH", "KEY_ENCRYPT", "IDENTITY_SRC", "IDENTITY_DST", "SENSITIVITY", "PROPOSAL", "SUPPORTED_AUTH",
	"SUPPORTED_ENCRYPT", "SPIRANGE", "X_KMPRIVATE", "X_POLICY", "X_SA2", "X_NAT_T_TYPE", "X_NAT_T_SPORT", "X_NAT_T_DPORT",
	"X_NAT_T_OA", "X_SEC_CTX", "X_KMADDRESS", "X_FILTER"}

func (t ExtensionType) String() string { return name(extensionNames[:], int(t), "extension") }

func name(names []string, n int, kind string) string {
	if n < len(names) && names[n] != "" {
		return names[n]
	}
	return fmt.Sprintf("%s %d", kind, n)
}

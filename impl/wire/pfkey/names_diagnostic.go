package pfkey

// A Diagnostic says what was wrong with a request that was answered with EINVAL. Solaris puts it into the
// reserved field of the reply's base header.
type Diagnostic uint16

// The diagnostics, in the numbering of Solaris.
const (
	NoDiagnostic Diagnostic = iota
	UnknownMessage
	UnknownExtension
	BadExtensionLength
	UnknownSAType
	SATypeNeeded
	NoSADBs
	NoExtensions // a message that takes none has some
	BadSrcFamily
	BadDstFamily
	BadProxyFamily
	FamilyMismatch
	BadSrc
	BadDst
	SoftAllocationsOverHard
	SoftBytesOverHard
	SoftAddTimeOverHard
	SoftUseTimeOverHard
	MissingSrc
	MissingDst
	MissingSA
	MissingEncryptKey
	MissingAuthKey
	MissingRange
	DuplicateSrc
	DuplicateDst
	DuplicateSA
	DuplicateEncryptKey
	DuplicateAuthKey
	DuplicateRange
	MalformedSrc
	MalformedDst
	MalformedSA
	MalformedEncryptKey
	MalformedAuthKey
	MalformedRange
	AuthKeyNotNeeded
	EncryptKeyNotNeeded
	ProposalNotNeeded
	SupportedNotNeeded
	BadAuthAlgorithm
	BadEncryptAlgorithm
	BadFlags
	BadState
	BadAuthBits
	BadEncryptBits
	EncryptionNotSupported
	WeakEncryptKey
	WeakAuthKey
	DuplicateKMProtocol
	DuplicateKMCookie
)

var diagnosticNames = [...]string{
	NoDiagnostic:            "No diagnostic",
	UnknownMessage:          "Unknown message type",
	UnknownExtension:        "Unknown extension type",
	BadExtensionLength:      "Bad extension length",
	UnknownSAType:           "Unknown Security Association type",
	SATypeNeeded:            "Specific Security Association type needed",
	NoSADBs:                 "No Security Association Databases present",
	NoExtensions:            "No extensions needed for message",
	BadSrcFamily:            "Bad source address family",
	BadDstFamily:            "Bad destination address family",
	BadProxyFamily:          "Bad proxy address family",
	FamilyMismatch:          "Source/destination address family mismatch",
	BadSrc:                  "Bad source address value",
	BadDst:                  "Bad destination address value",
	SoftAllocationsOverHard: "Soft allocations limit more than hard limit",
	SoftBytesOverHard:       "Soft bytes limit more than hard limit",
	SoftAddTimeOverHard:     "Soft add expiration time later than hard expiration time",
	SoftUseTimeOverHard:     "Soft use expiration time later than hard expiration time",
	MissingSrc:              "Missing source address",
	MissingDst:              "Missing destination address",
	MissingSA:               "Missing SA extension",
	MissingEncryptKey:       "Missing encryption key",
	MissingAuthKey:          "Missing authentication key",
	MissingRange:            "Missing SPI range",
	DuplicateSrc:            "Duplicate source address",
	DuplicateDst:            "Duplicate destination address",
	DuplicateSA:             "Duplicate SA extension",
	DuplicateEncryptKey:     "Duplicate encryption key",
	DuplicateAuthKey:        "Duplicate authentication key",
	DuplicateRange:          "Duplicate SPI range",
	MalformedSrc:            "Malformed source address",
	MalformedDst:            "Malformed destination address",
	MalformedSA:             "Malformed SA extension",
	MalformedEncryptKey:     "Malformed encryption key",
	MalformedAuthKey:        "Malformed authentication key",
	MalformedRange:          "Malformed SPI range",
	AuthKeyNotNeeded:        "Authentication key not needed",
	EncryptKeyNotNeeded:     "Encryption key not needed",
	ProposalNotNeeded:       "Proposal extension not needed",
	SupportedNotNeeded:      "Supported algorithms extension not needed",
	BadAuthAlgorithm:        "Unsupported authentication algorithm",
	BadEncryptAlgorithm:     "Unsupported encryption algorithm",
	BadFlags:                "Invalid SA flags",
	BadState:                "Invalid SA state",
	BadAuthBits:             "Bad number of authentication bits",
	BadEncryptBits:          "Bad number of encryption bits",
	EncryptionNotSupported:  "Encryption not supported for this SA type",
	WeakEncryptKey:          "Weak encryption key",
	WeakAuthKey:             "Weak authentication key",
	DuplicateKMProtocol:     "Duplicate key management protocol",
	DuplicateKMCookie:       "Duplicate key management cookie",
}

// String is the message of the number; "Unknown diagnostic code" for one that has none.
func (d Diagnostic) String() string {
	if int(d) < len(diagnosticNames) {
		return diagnosticNames[d]
	}
	return "Unknown diagnostic code"
}

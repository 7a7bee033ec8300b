package isakmp

import "fmt"

// An AttributeType is the class of an attribute. The same number means something else in each [Phase].
type AttributeType uint16

// String is "attribute 11"; [Phase.AttributeName] knows more.
func (t AttributeType) String() string { return fmt.Sprintf("attribute %d", uint16(t)) }

// Classes of phase 1, for [Phase1].
const (
	P1Encryption   AttributeType = 1
	P1Hash         AttributeType = 2
	P1AuthMethod   AttributeType = 3
	P1Group        AttributeType = 4
	P1GroupType    AttributeType = 5
	P1Prime        AttributeType = 6 // or irreducible polynomial
	P1GeneratorOne AttributeType = 7
	P1GeneratorTwo AttributeType = 8
	P1CurveA       AttributeType = 9
	P1CurveB       AttributeType = 10
	P1LifeType     AttributeType = 11
	P1LifeDuration AttributeType = 12
	P1PRF          AttributeType = 13
	P1KeyLength    AttributeType = 14 // bits
	P1FieldSize    AttributeType = 15 // bits
	P1GroupOrder   AttributeType = 16
)

// phase1Classes: RFC 2409 appendix A.
var phase1Classes = classes{
	{P1Encryption, "Encryption Algorithm", basic, encryptionNames.of},
	{P1Hash, "Hash Algorithm", basic, hashNames.of},
	{P1AuthMethod, "Authentication Method", basic, authMethodNames.of},
	{P1Group, "Group Description", basic, groupNames.of},
	{P1GroupType, "Group Type", basic, groupTypeNames.of},
	{P1Prime, "Group Prime/Irreducible Polynomial", variable, nil},
	{P1GeneratorOne, "Group Generator One", variable, nil},
	{P1GeneratorTwo, "Group Generator Two", variable, nil},
	{P1CurveA, "Group Curve A", variable, nil},
	{P1CurveB, "Group Curve B", variable, nil},
	{P1LifeType, "Life Type", basic, lifeTypeNames.of},
	{P1LifeDuration, "Life Duration", variable, nil},
	{P1PRF, "PRF", basic, nil},
	{P1KeyLength, "Key Length", basic, nil},
	{P1FieldSize, "Field Size", basic, nil},
	{P1GroupOrder, "Group Order", variable, nil},
}

// Classes of phase 2 in the IPsec DOI, for [Phase2].
const (
	P2LifeType                 AttributeType = 1
	P2LifeDuration             AttributeType = 2
	P2Group                    AttributeType = 3
	P2EncapsulationMode        AttributeType = 4
	P2AuthAlgorithm            AttributeType = 5
	P2KeyLength                AttributeType = 6 // bits
	P2KeyRounds                AttributeType = 7
	P2CompressDictionarySize   AttributeType = 8 // log2
	P2CompressPrivateAlgorithm AttributeType = 9
	P2ECNTunnel                AttributeType = 10
	P2ExtendedSequence         AttributeType = 11 // 1: numbers of 64 bits, RFC 4304
)

// phase2Classes: RFC 2407 section 4.5, RFC 3168 section 9.2.1, RFC 4304 section 2.
var phase2Classes = classes{
	{P2LifeType, "SA Life Type", basic, lifeTypeNames.of},
	{P2LifeDuration, "SA Life Duration", variable, nil},
	{P2Group, "Group Description", basic, groupNames.of},
	{P2EncapsulationMode, "Encapsulation Mode", basic, encapsulationNames.of},
	{P2AuthAlgorithm, "Authentication Algorithm", basic, authAlgorithmNames.of},
	{P2KeyLength, "Key Length", basic, nil},
	{P2KeyRounds, "Key Rounds", basic, nil},
	{P2CompressDictionarySize, "Compress Dictionary Size", basic, nil},
	{P2CompressPrivateAlgorithm, "Compress Private Algorithm", variable, nil},
	{P2ECNTunnel, "ECN Tunnel", basic, nil},
	{P2ExtendedSequence, "Extended (64-bit) Sequence Number", basic, nil},
}

// An EncryptionAlgorithm is the cipher of an ISAKMP SA.
type EncryptionAlgorithm uint16

const (
	EncryptionDES      EncryptionAlgorithm = 1
	EncryptionIDEA     EncryptionAlgorithm = 2
	EncryptionBlowfish EncryptionAlgorithm = 3
	EncryptionRC5      EncryptionAlgorithm = 4
	Encryption3DES     EncryptionAlgorithm = 5
	EncryptionCAST     EncryptionAlgorithm = 6
	EncryptionAES      EncryptionAlgorithm = 7 // RFC 3602
	EncryptionCamellia EncryptionAlgorithm = 8 // RFC 4312
)

// encryptionNames: RFC 2409 appendix A and what came after it.
var encryptionNames = numbers[EncryptionAlgorithm]{
	{EncryptionDES, "DES-CBC"},
	{EncryptionIDEA, "IDEA-CBC"},
	{EncryptionBlowfish, "Blowfish-CBC"},
	{EncryptionRC5, "RC5-R16-B64-CBC"},
	{Encryption3DES, "3DES-CBC"},
	{EncryptionCAST, "CAST-CBC"},
	{EncryptionAES, "AES-CBC"},
	{EncryptionCamellia, "CAMELLIA-CBC"},
}

// String is the RFC's name, as "3DES-CBC", or "encryption algorithm 200".
func (e EncryptionAlgorithm) String() string { return encryptionNames.text("encryption algorithm", e) }

// EncryptionByName is the cipher of a name that String prints.
func EncryptionByName(name string) (EncryptionAlgorithm, bool) { return encryptionNames.value(name) }

// A HashAlgorithm is the hash of an ISAKMP SA.
type HashAlgorithm uint16

const (
	HashMD5     HashAlgorithm = 1
	HashSHA     HashAlgorithm = 2
	HashTiger   HashAlgorithm = 3
	HashSHA2256 HashAlgorithm = 4 // RFC 4868, as the next two
	HashSHA2384 HashAlgorithm = 5
	HashSHA2512 HashAlgorithm = 6
)

// hashNames: RFC 2409 appendix A and what came after it.
var hashNames = numbers[HashAlgorithm]{
	{HashMD5, "MD5"},
	{HashSHA, "SHA"},
	{HashTiger, "Tiger"},
	{HashSHA2256, "SHA2-256"},
	{HashSHA2384, "SHA2-384"},
	{HashSHA2512, "SHA2-512"},
}

// String is the RFC's name, as "SHA", or "hash algorithm 200".
func (h HashAlgorithm) String() string { return hashNames.text("hash algorithm", h) }

// HashByName is the hash of a name that String prints.
func HashByName(name string) (HashAlgorithm, bool) { return hashNames.value(name) }

// An AuthMethod is how two peers prove to each other who they are.
type AuthMethod uint16

const (
	AuthPSK                  AuthMethod = 1
	AuthDSS                  AuthMethod = 2
	AuthRSA                  AuthMethod = 3
	AuthRSAEncryption        AuthMethod = 4
	AuthRevisedRSAEncryption AuthMethod = 5
	AuthECDSA256             AuthMethod = 9 // RFC 4754, as the next two
	AuthECDSA384             AuthMethod = 10
	AuthECDSA521             AuthMethod = 11

	AuthHybridInitRSA AuthMethod = 64221 // hybrid draft, as the next three
	AuthHybridRespRSA AuthMethod = 64222
	AuthHybridInitDSS AuthMethod = 64223
	AuthHybridRespDSS AuthMethod = 64224

	AuthXAUTHInitPSK                  AuthMethod = 65001 // XAUTH draft, as all that follow
	AuthXAUTHRespPSK                  AuthMethod = 65002
	AuthXAUTHInitDSS                  AuthMethod = 65003
	AuthXAUTHRespDSS                  AuthMethod = 65004
	AuthXAUTHInitRSA                  AuthMethod = 65005
	AuthXAUTHRespRSA                  AuthMethod = 65006
	AuthXAUTHInitRSAEncryption        AuthMethod = 65007
	AuthXAUTHRespRSAEncryption        AuthMethod = 65008
	AuthXAUTHInitRevisedRSAEncryption AuthMethod = 65009
	AuthXAUTHRespRevisedRSAEncryption AuthMethod = 65010
)

// authMethodNames: RFC 2409 appendix A and what came after it.
var authMethodNames = numbers[AuthMethod]{
	{AuthPSK, "pre-shared key"},
	{AuthDSS, "DSS signatures"},
	{AuthRSA, "RSA signatures"},
	{AuthRSAEncryption, "Encryption with RSA"},
	{AuthRevisedRSAEncryption, "Revised encryption with RSA"},
	{AuthECDSA256, "ECDSA with SHA-256 on the P-256 curve"},
	{AuthECDSA384, "ECDSA with SHA-384 on the P-384 curve"},
	{AuthECDSA521, "ECDSA with SHA-512 on the P-521 curve"},
	{AuthHybridInitRSA, "HybridInitRSA"},
	{AuthHybridRespRSA, "HybridRespRSA"},
	{AuthHybridInitDSS, "HybridInitDSS"},
	{AuthHybridRespDSS, "HybridRespDSS"},
	{AuthXAUTHInitPSK, "XAUTHInitPreShared"},
	{AuthXAUTHRespPSK, "XAUTHRespPreShared"},
	{AuthXAUTHInitDSS, "XAUTHInitDSS"},
	{AuthXAUTHRespDSS, "XAUTHRespDSS"},
	{AuthXAUTHInitRSA, "XAUTHInitRSA"},
	{AuthXAUTHRespRSA, "XAUTHRespRSA"},
	{AuthXAUTHInitRSAEncryption, "XAUTHInitRSAEncryption"},
	{AuthXAUTHRespRSAEncryption, "XAUTHRespRSAEncryption"},
	{AuthXAUTHInitRevisedRSAEncryption, "XAUTHInitRSARevisedEncryption"},
	{AuthXAUTHRespRevisedRSAEncryption, "XAUTHRespRSARevisedEncryption"},
}

// String is the RFC's name, as "pre-shared key", or "authentication method 200".
func (a AuthMethod) String() string { return authMethodNames.text("authentication method", a) }

// AuthMethodByName is the method of a name that String prints.
func AuthMethodByName(name string) (AuthMethod, bool) { return authMethodNames.value(name) }

// A Group is a Diffie-Hellman group, of either phase.
type Group uint16

const (
	GroupMODP768       Group = 1
	GroupMODP1024      Group = 2
	GroupEC2N155       Group = 3
	GroupEC2N185       Group = 4
	GroupMODP1536      Group = 5 // RFC 3526, as 14 to 18
	GroupMODP2048      Group = 14
	GroupMODP3072      Group = 15
	GroupMODP4096      Group = 16
	GroupMODP6144      Group = 17
	GroupMODP8192      Group = 18
	GroupECP256        Group = 19 // RFC 5903, as the next two
	GroupECP384        Group = 20
	GroupECP521        Group = 21
	GroupMODP1024S160  Group = 22 // RFC 5114, as the next four
	GroupMODP2048S224  Group = 23
	GroupMODP2048S256  Group = 24
	GroupECP192        Group = 25
	GroupECP224        Group = 26
	GroupBrainpoolP224 Group = 27 // RFC 6954, as the next three
	GroupBrainpoolP256 Group = 28
	GroupBrainpoolP384 Group = 29
	GroupBrainpoolP512 Group = 30
)

// groupNames: the RFCs describe the groups, custom has named them.
var groupNames = numbers[Group]{
	{GroupMODP768, "modp768"},
	{GroupMODP1024, "modp1024"},
	{GroupEC2N155, "ec2n155"},
	{GroupEC2N185, "ec2n185"},
	{GroupMODP1536, "modp1536"},
	{GroupMODP2048, "modp2048"},
	{GroupMODP3072, "modp3072"},
	{GroupMODP4096, "modp4096"},
	{GroupMODP6144, "modp6144"},
	{GroupMODP8192, "modp8192"},
	{GroupECP256, "ecp256"},
	{GroupECP384, "ecp384"},
	{GroupECP521, "ecp521"},
	{GroupMODP1024S160, "modp1024s160"},
	{GroupMODP2048S224, "modp2048s224"},
	{GroupMODP2048S256, "modp2048s256"},
	{GroupECP192, "ecp192"},
	{GroupECP224, "ecp224"},
	{GroupBrainpoolP224, "ecp224bp"},
	{GroupBrainpoolP256, "ecp256bp"},
	{GroupBrainpoolP384, "ecp384bp"},
	{GroupBrainpoolP512, "ecp512bp"},
}

// String is "modp1024", or "group 200".
func (g Group) String() string { return groupNames.text("group", g) }

// GroupByName is the group of a name that String prints.
func GroupByName(name string) (Group, bool) { return groupNames.value(name) }

// A GroupType is the kind of a group that is described by its numbers.
type GroupType uint16

const (
	GroupTypeMODP GroupType = 1
	GroupTypeECP  GroupType = 2
	GroupTypeEC2N GroupType = 3
)

// groupTypeNames: RFC 2409 appendix A.
var groupTypeNames = numbers[GroupType]{
	{GroupTypeMODP, "MODP"},
	{GroupTypeECP, "ECP"},
	{GroupTypeEC2N, "EC2N"},
}

// String is the RFC's name, as "MODP", or "group type 200".
func (g GroupType) String() string { return groupTypeNames.text("group type", g) }

// A LifeType is the unit of a lifetime, of either phase.
type LifeType uint16

const (
	LifeSeconds   LifeType = 1
	LifeKilobytes LifeType = 2
)

// lifeTypeNames: RFC 2409 appendix A, RFC 2407 section 4.5.
var lifeTypeNames = numbers[LifeType]{
	{LifeSeconds, "seconds"},
	{LifeKilobytes, "kilobytes"},
}

// String is "seconds", "kilobytes", or "life type 200".
func (l LifeType) String() string { return lifeTypeNames.text("life type", l) }

// LifeTypeByName is the unit of a name that String prints.
func LifeTypeByName(name string) (LifeType, bool) { return lifeTypeNames.value(name) }

// An EncapsulationMode is how an IPsec SA wraps packets.
type EncapsulationMode uint16

const (
	ModeTunnel            EncapsulationMode = 1
	ModeTransport         EncapsulationMode = 2
	ModeUDPTunnel         EncapsulationMode = 3 // RFC 3947
	ModeUDPTransport      EncapsulationMode = 4
	ModeUDPTunnelDraft    EncapsulationMode = 61443 // drafts of RFC 3947
	ModeUDPTransportDraft EncapsulationMode = 61444
)

// encapsulationNames: RFC 2407 section 4.5, RFC 3947 section 5.1.
var encapsulationNames = numbers[EncapsulationMode]{
	{ModeTunnel, "Tunnel"},
	{ModeTransport, "Transport"},
	{ModeUDPTunnel, "UDP-Encapsulated-Tunnel"},
	{ModeUDPTransport, "UDP-Encapsulated-Transport"},
	{ModeUDPTunnelDraft, "UDP-Encapsulated-Tunnel-Draft"},
	{ModeUDPTransportDraft, "UDP-Encapsulated-Transport-Draft"},
}

// String is the RFC's name, as "Tunnel", or "encapsulation mode 200".
func (m EncapsulationMode) String() string { return encapsulationNames.text("encapsulation mode", m) }

// EncapsulationByName is the mode of a name that String prints.
func EncapsulationByName(name string) (EncapsulationMode, bool) {
	return encapsulationNames.value(name)
}

// An AuthAlgorithm is the integrity check of an IPsec SA.
type AuthAlgorithm uint16

const (
	AuthHMACMD5     AuthAlgorithm = 1
	AuthHMACSHA     AuthAlgorithm = 2
	AuthDESMAC      AuthAlgorithm = 3
	AuthKPDK        AuthAlgorithm = 4
	AuthHMACSHA2256 AuthAlgorithm = 5 // RFC 4868, as the next two
	AuthHMACSHA2384 AuthAlgorithm = 6
	AuthHMACSHA2512 AuthAlgorithm = 7
	AuthHMACRIPEMD  AuthAlgorithm = 8 // RFC 2857
	AuthAESXCBCMAC  AuthAlgorithm = 9 // RFC 3566
	AuthSigRSA      AuthAlgorithm = 10
	AuthAES128GMAC  AuthAlgorithm = 11 // RFC 4543, as the next two
	AuthAES192GMAC  AuthAlgorithm = 12
	AuthAES256GMAC  AuthAlgorithm = 13
)

// authAlgorithmNames: RFC 2407 section 4.5 and what came after it.
var authAlgorithmNames = numbers[AuthAlgorithm]{
	{AuthHMACMD5, "HMAC-MD5"},
	{AuthHMACSHA, "HMAC-SHA"},
	{AuthDESMAC, "DES-MAC"},
	{AuthKPDK, "KPDK"},
	{AuthHMACSHA2256, "HMAC-SHA2-256"},
	{AuthHMACSHA2384, "HMAC-SHA2-384"},
	{AuthHMACSHA2512, "HMAC-SHA2-512"},
	{AuthHMACRIPEMD, "HMAC-RIPEMD"},
	{AuthAESXCBCMAC, "AES-XCBC-MAC"},
	{AuthSigRSA, "SIG-RSA"},
	{AuthAES128GMAC, "AES-128-GMAC"},
	{AuthAES192GMAC, "AES-192-GMAC"},
	{AuthAES256GMAC, "AES-256-GMAC"},
}

// String is the RFC's name, as "HMAC-SHA", or "authentication algorithm 200".
func (a AuthAlgorithm) String() string { return authAlgorithmNames.text("authentication algorithm", a) }

// AuthAlgorithmByName is the algorithm of a name that String prints.
func AuthAlgorithmByName(name string) (AuthAlgorithm, bool) { return authAlgorithmNames.value(name) }

package isakmp

// KeyIKE is the only transform of PROTO_ISAKMP: a key exchange by IKE. RFC 2407 section 4.4.2.
const KeyIKE = 1

// TransformName is the RFC's name of a transform of this protocol, as "ESP_3DES", or "transform 200".
func (p Protocol) TransformName(id uint8) string {
	switch p {
	case ProtoISAKMP:
		return ikeTransformNames.text("transform", id)
	case ProtoAH:
		return AHTransform(id).String()
	case ProtoESP:
		return ESPTransform(id).String()
	case ProtoIPCOMP:
		return IPCOMPTransform(id).String()
	}
	return numbers[uint8](nil).text("transform", id)
}

var ikeTransformNames = numbers[uint8]{
	{KeyIKE, "KEY_IKE"},
}

// An ESPTransform is the cipher of an ESP SA.
type ESPTransform uint8

const (
	ESPDESIV64     ESPTransform = 1
	ESPDES         ESPTransform = 2
	ESP3DES        ESPTransform = 3
	ESPRC5         ESPTransform = 4
	ESPIDEA        ESPTransform = 5
	ESPCAST        ESPTransform = 6
	ESPBlowfish    ESPTransform = 7
	ESP3IDEA       ESPTransform = 8
	ESPDESIV32     ESPTransform = 9
	ESPRC4         ESPTransform = 10
	ESPNull        ESPTransform = 11
	ESPAES         ESPTransform = 12 // AES-CBC, RFC 3602
	ESPAESCTR      ESPTransform = 13 // RFC 3686
	ESPAESCCM8     ESPTransform = 14 // RFC 4309, as the next two
	ESPAESCCM12    ESPTransform = 15
	ESPAESCCM16    ESPTransform = 16
	ESPAESGCM8     ESPTransform = 18 // RFC 4106, as the next two
	ESPAESGCM12    ESPTransform = 19
	ESPAESGCM16    ESPTransform = 20
	ESPSEED        ESPTransform = 21 // RFC 4196
	ESPCamellia    ESPTransform = 22 // RFC 4312
	ESPNullAESGMAC ESPTransform = 23 // RFC 4543
	ESPSerpent     ESPTransform = 252
	ESPTwofish     ESPTransform = 253
)

// espNames: RFC 2407 section 4.4.4 and what came after it; the last two are private, by custom.
var espNames = numbers[ESPTransform]{
	{ESPDESIV64, "ESP_DES_IV64"},
	{ESPDES, "ESP_DES"},
	{ESP3DES, "ESP_3DES"},
	{ESPRC5, "ESP_RC5"},
	{ESPIDEA, "ESP_IDEA"},
	{ESPCAST, "ESP_CAST"},
	{ESPBlowfish, "ESP_BLOWFISH"},
	{ESP3IDEA, "ESP_3IDEA"},
	{ESPDESIV32, "ESP_DES_IV32"},
	{ESPRC4, "ESP_RC4"},
	{ESPNull, "ESP_NULL"},
	{ESPAES, "ESP_AES-CBC"},
	{ESPAESCTR, "ESP_AES-CTR"},
	{ESPAESCCM8, "ESP_AES-CCM_8"},
	{ESPAESCCM12, "ESP_AES-CCM_12"},
	{ESPAESCCM16, "ESP_AES-CCM_16"},
	{ESPAESGCM8, "ESP_AES-GCM_8"},
	{ESPAESGCM12, "ESP_AES-GCM_12"},
	{ESPAESGCM16, "ESP_AES-GCM_16"},
	{ESPSEED, "ESP_SEED_CBC"},
	{ESPCamellia, "ESP_CAMELLIA"},
	{ESPNullAESGMAC, "ESP_NULL_AUTH_AES-GMAC"},
	{ESPSerpent, "ESP_SERPENT"},
	{ESPTwofish, "ESP_TWOFISH"},
}

// String is the RFC's name, as "ESP_3DES", or "ESP transform 200".
func (t ESPTransform) String() string { return espNames.text("ESP transform", t) }

// ESPByName is the transform of a name that String prints.
func ESPByName(name string) (ESPTransform, bool) { return espNames.value(name) }

// An AHTransform is the authentication of an AH SA; the attribute Authentication Algorithm must agree
// with it.
type AHTransform uint8

const (
	AHMD5        AHTransform = 2
	AHSHA        AHTransform = 3
	AHDES        AHTransform = 4
	AHSHA2256    AHTransform = 5 // RFC 4868, as the next two
	AHSHA2384    AHTransform = 6
	AHSHA2512    AHTransform = 7
	AHRIPEMD     AHTransform = 8 // RFC 2857
	AHAESXCBC    AHTransform = 9 // RFC 3566
	AHRSA        AHTransform = 10
	AHAES128GMAC AHTransform = 11 // RFC 4543, as the next two
	AHAES192GMAC AHTransform = 12
	AHAES256GMAC AHTransform = 13
)

// ahNames: RFC 2407 section 4.4.3 and what came after it.
var ahNames = numbers[AHTransform]{
	{AHMD5, "AH_MD5"},
	{AHSHA, "AH_SHA"},
	{AHDES, "AH_DES"},
	{AHSHA2256, "AH_SHA2-256"},
	{AHSHA2384, "AH_SHA2-384"},
	{AHSHA2512, "AH_SHA2-512"},
	{AHRIPEMD, "AH_RIPEMD"},
	{AHAESXCBC, "AH_AES-XCBC-MAC"},
	{AHRSA, "AH_RSA"},
	{AHAES128GMAC, "AH_AES-128-GMAC"},
	{AHAES192GMAC, "AH_AES-192-GMAC"},
	{AHAES256GMAC, "AH_AES-256-GMAC"},
}

// String is the RFC's name, as "AH_MD5", or "AH transform 200".
func (t AHTransform) String() string { return ahNames.text("AH transform", t) }

// AHByName is the transform of a name that String prints.
func AHByName(name string) (AHTransform, bool) { return ahNames.value(name) }

// An IPCOMPTransform is the compression of an IPCOMP SA.
type IPCOMPTransform uint8

const (
	IPCOMPOUI     IPCOMPTransform = 1
	IPCOMPDeflate IPCOMPTransform = 2
	IPCOMPLZS     IPCOMPTransform = 3
	IPCOMPLZJH    IPCOMPTransform = 4 // RFC 3051
)

// ipcompNames: RFC 2407 section 4.4.5.
var ipcompNames = numbers[IPCOMPTransform]{
	{IPCOMPOUI, "IPCOMP_OUI"},
	{IPCOMPDeflate, "IPCOMP_DEFLATE"},
	{IPCOMPLZS, "IPCOMP_LZS"},
	{IPCOMPLZJH, "IPCOMP_LZJH"},
}

// String is the RFC's name, as "IPCOMP_LZS", or "IPCOMP transform 200".
func (t IPCOMPTransform) String() string { return ipcompNames.text("IPCOMP transform", t) }

// IPCOMPByName is the transform of a name that String prints.
func IPCOMPByName(name string) (IPCOMPTransform, bool) { return ipcompNames.value(name) }

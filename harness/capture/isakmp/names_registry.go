package isakmp

var payloadNames = map[PayloadType]string{
	0: "none", 1: "SA", 2: "P", 3: "T", 4: "KE", 5: "ID", 6: "CERT", 7: "CR", 8: "HASH", 9: "SIG", 10: "NONCE",
	11: "N", 12: "D", 13: "VID", 14: "ATTR", 15: "NAT-D(15)", 20: "NAT-D", 21: "NAT-OA",
	130: "NAT-D(130)", 131: "NAT-OA(131)", 132: "FRAG",
	33: "SA", 34: "KE", 35: "IDi", 36: "IDr", 37: "CERT", 38: "CERTREQ", 39: "AUTH", 40: "NONCE", 41: "N", 42: "D",
	43: "V", 44: "TSi", 45: "TSr", 46: "SK", 47: "CP", 48: "EAP", 49: "GSPM", 53: "SKF",
}

var exchangeNames = map[Exchange]string{
	1: "Base", 2: "Main Mode", 3: "Authentication Only", 4: "Aggressive", 5: "Informational", 6: "Transaction",
	32: "Quick Mode", 33: "New Group Mode",
	34: "IKE_SA_INIT", 35: "IKE_AUTH", 36: "CREATE_CHILD_SA", 37: "INFORMATIONAL", 38: "IKE_SESSION_RESUME",
	43: "IKE_INTERMEDIATE", 44: "IKE_FOLLOWUP_KE",
}

var protocolNames = map[Protocol]string{1: "ISAKMP", 2: "AH", 3: "ESP", 4: "IPCOMP"}

var idNames = map[IDType]string{
	1: "IPV4_ADDR", 2: "FQDN", 3: "USER_FQDN", 4: "IPV4_ADDR_SUBNET", 5: "IPV6_ADDR", 6: "IPV6_ADDR_SUBNET",
	7: "IPV4_ADDR_RANGE", 8: "IPV6_ADDR_RANGE", 9: "DER_ASN1_DN", 10: "DER_ASN1_GN", 11: "KEY_ID", 12: "LIST",
}

var notifyNames = map[NotifyType]string{
	1: "INVALID-PAYLOAD-TYPE", 2: "DOI-NOT-SUPPORTED", 3: "SITUATION-NOT-SUPPORTED", 4: "INVALID-COOKIE",
	5: "INVALID-MAJOR-VERSION", 6: "INVALID-MINOR-VERSION", 7: "INVALID-EXCHANGE-TYPE", 8: "INVALID-FLAGS",
	9: "INVALID-MESSAGE-ID", 10: "INVALID-PROTOCOL-ID", 11: "INVALID-SPI", 12: "INVALID-TRANSFORM-ID",
	13: "ATTRIBUTES-NOT-SUPPORTED", 14: "NO-PROPOSAL-CHOSEN", 15: "BAD-PROPOSAL-SYNTAX", 16: "PAYLOAD-MALFORMED",
	17: "INVALID-KEY-INFORMATION", 18: "INVALID-ID-INFORMATION", 19: "INVALID-CERT-ENCODING", 20: "INVALID-CERTIFICATE",
	21: "CERT-TYPE-UNSUPPORTED", 22: "INVALID-CERT-AUTHORITY", 23: "INVALID-HASH-INFORMATION", 24: "AUTHENTICATION-FAILED",
	25: "INVALID-SIGNATURE", 26: "ADDRESS-NOTIFICATION", 27: "NOTIFY-SA-LIFETIME", 28: "CERTIFICATE-UNAVAILABLE",
	29: "UNSUPPORTED-EXCHANGE-TYPE", 30: "UNEQUAL-PAYLOAD-LENGTHS",
	16384: "CONNECTED", 24576: "RESPONDER-LIFETIME", 24577: "REPLAY-STATUS", 24578: "INITIAL-CONTACT",
	36136: "R-U-THERE", 36137: "R-U-THERE-ACK",
}

// transformNames by protocol. RFC 2407 sections 4.4.2 to 4.4.5.
var transformNames = map[Protocol]map[uint8]string{
	ProtoISAKMP: {1: "KEY_IKE"},
	ProtoAH: {2: "AH_MD5", 3: "AH_SHA", 4: "AH_DES", 5: "AH_SHA2-256", 6: "AH_SHA2-384", 7: "AH_SHA2-512",
		8: "AH_RIPEMD", 9: "AH_AES-XCBC-MAC", 11: "AH_AES-128-GMAC", 12: "AH_AES-192-GMAC", 13: "AH_AES-256-GMAC"},
	ProtoESP: {1: "ESP_DES_IV64", 2: "ESP_DES", 3: "ESP_3DES", 4: "ESP_RC5", 5: "ESP_IDEA", 6: "ESP_CAST", 7: "ESP_BLOWFISH",
		8: "ESP_3IDEA", 9: "ESP_DES_IV32", 10: "ESP_RC4", 11: "ESP_NULL", 12: "ESP_AES-CBC", 13: "ESP_AES-CTR",
		14: "ESP_AES-CCM_8", 15: "ESP_AES-CCM_12", 16: "ESP_AES-CCM_16", 18: "ESP_AES-GCM_8", 19: "ESP_AES-GCM_12",
		20: "ESP_AES-GCM_16", 21: "ESP_SEED-CBC", 22: "ESP_CAMELLIA", 23: "ESP_NULL_AUTH_AES-GMAC"},
	ProtoIPComp: {1: "IPCOMP_OUI", 2: "IPCOMP_DEFLATE", 3: "IPCOMP_LZS", 4: "IPCOMP_LZJH"},
}

// attributeNames of phase 1 (RFC 2409 appendix A) and phase 2 (RFC 2407 section 4.5).
var attributeNames = [2]map[uint16]string{
	{1: "Encryption Algorithm", 2: "Hash Algorithm", 3: "Authentication Method", 4: "Group Description", 5: "Group Type",
		6: "Group Prime", 7: "Group Generator One", 8: "Group Generator Two", 9: "Group Curve A", 10: "Group Curve B",
		11: "Life Type", 12: "Life Duration", 13: "PRF", 14: "Key Length", 15: "Field Size", 16: "Group Order"},
	{1: "SA Life Type", 2: "SA Life Duration", 3: "Group Description", 4: "Encapsulation Mode", 5: "Authentication Algorithm",
		6: "Key Length", 7: "Key Rounds", 8: "Compress Dictionary Size", 9: "Compress Private Algorithm", 10: "ECN Tunnel",
		11: "Extended Sequence Number"},
}

var groupNames = map[uint64]string{1: "modp768", 2: "modp1024", 3: "ec2n155", 4: "ec2n185", 5: "modp1536", 14: "modp2048",
	15: "modp3072", 16: "modp4096", 17: "modp6144", 18: "modp8192", 19: "ecp256", 20: "ecp384", 21: "ecp521"}

var lifeNames = map[uint64]string{1: "seconds", 2: "kilobytes"}

// attributeValues of the attributes whose numbers are names, by phase and type.
var attributeValues = [2]map[uint16]map[uint64]string{
	{
		1: {1: "DES-CBC", 2: "IDEA-CBC", 3: "BLOWFISH-CBC", 4: "RC5-R16-B64-CBC", 5: "3DES-CBC", 6: "CAST-CBC", 7: "AES-CBC", 8: "CAMELLIA-CBC"},
		2: {1: "MD5", 2: "SHA", 3: "TIGER", 4: "SHA2-256", 5: "SHA2-384", 6: "SHA2-512"},
		3: {1: "pre-shared key", 2: "DSS signatures", 3: "RSA signatures", 4: "encryption with RSA", 5: "revised encryption with RSA",
			9: "ECDSA-256", 10: "ECDSA-384", 11: "ECDSA-521", 64221: "HybridInitRSA", 64222: "HybridRespRSA",
			65001: "XAUTHInitPreShared", 65002: "XAUTHRespPreShared", 65005: "XAUTHInitRSA", 65006: "XAUTHRespRSA"},
		4:  groupNames,
		5:  {1: "MODP", 2: "ECP", 3: "EC2N"},
		11: lifeNames,
	},
	{
		1: lifeNames,
		3: groupNames,
		4: {1: "Tunnel", 2: "Transport", 3: "UDP-Encapsulated-Tunnel", 4: "UDP-Encapsulated-Transport",
			61443: "UDP-Encapsulated-Tunnel (draft)", 61444: "UDP-Encapsulated-Transport (draft)"},
		5: {1: "HMAC-MD5", 2: "HMAC-SHA", 3: "DES-MAC", 4: "KPDK", 5: "HMAC-SHA2-256", 6: "HMAC-SHA2-384", 7: "HMAC-SHA2-512",
			8: "HMAC-RIPEMD", 9: "AES-XCBC-MAC"},
	},
}

// TransformName names a transform of a protocol, or gives its number.
func TransformName(p Protocol, id uint8) string {
	if names, ok := transformNames[p]; ok {
		return nameOr(names, id, "transform")
	}
	return nameOr(map[uint8]string{}, id, "transform")
}

// Describe names an attribute of a transform and its value.
func (a Attribute) Describe(p Protocol) (name, value string) {
	phase := 1
	if p == ProtoISAKMP {
		phase = 0
	}
	name, value = nameOr(attributeNames[phase], a.Type, "attribute"), octets(a.Value)
	if n, ok := a.Number(); ok && len(a.Value) > 0 && len(a.Value) <= 8 {
		value = nameOf(attributeValues[phase][a.Type], n)
	}
	return name, value
}

package alg

// integrityTable has a row for each integrity algorithm. Where two rows share a number, the first one is found by it.
//
// hmac-sha256-96 is the truncation of an early draft, which Linux still takes when nobody tells it better: the same
// numbers, another ICV. hmac-md5-128 and hmac-sha1-160 are not truncated at all and are known to IKEv2 only.
var integrityTable = [...]Integrity{
	{Name: "none"},
	{Name: "hmac-md5-96", Aliases: []string{"md5", "hmac-md5"}, KeyBits: 128, ICV: 12,
		Attr: 1, AH: 2, IKEv2: 1, PFKEY: 2, XFRM: "hmac(md5)", XFRMTrunc: 96, hash: &hashTable[0]},
	{Name: "hmac-sha1-96", Aliases: []string{"sha1", "sha", "sha-1", "hmac-sha", "hmac-sha1"}, KeyBits: 160, ICV: 12,
		Attr: 2, AH: 3, IKEv2: 2, PFKEY: 3, XFRM: "hmac(sha1)", XFRMTrunc: 96, hash: &hashTable[1]},
	{Name: "hmac-sha256-128", Aliases: []string{"sha256", "hmac-sha256"}, KeyBits: 256, ICV: 16,
		Attr: 5, AH: 5, IKEv2: 12, PFKEY: 5, XFRM: "hmac(sha256)", XFRMTrunc: 128, hash: &hashTable[2]},
	{Name: "hmac-sha256-96", KeyBits: 256, ICV: 12,
		Attr: 5, AH: 5, PFKEY: 5, XFRM: "hmac(sha256)", XFRMTrunc: 96, hash: &hashTable[2]},
	{Name: "hmac-sha384-192", Aliases: []string{"sha384", "hmac-sha384"}, KeyBits: 384, ICV: 24,
		Attr: 6, AH: 6, IKEv2: 13, PFKEY: 6, XFRM: "hmac(sha384)", XFRMTrunc: 192, hash: &hashTable[3]},
	{Name: "hmac-sha512-256", Aliases: []string{"sha512", "hmac-sha512"}, KeyBits: 512, ICV: 32,
		Attr: 7, AH: 7, IKEv2: 14, PFKEY: 7, XFRM: "hmac(sha512)", XFRMTrunc: 256, hash: &hashTable[4]},
	{Name: "hmac-md5-128", KeyBits: 128, ICV: 16, IKEv2: 6, XFRM: "hmac(md5)", XFRMTrunc: 128, hash: &hashTable[0]},
	{Name: "hmac-sha1-160", KeyBits: 160, ICV: 20, IKEv2: 7, XFRM: "hmac(sha1)", XFRMTrunc: 160, hash: &hashTable[1]},
}

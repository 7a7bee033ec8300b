package alg

// cipherTable has a row for each cipher. Where two rows share a number, the first one is found by it.
//
// DES_IV64 and DES_IV32 are the packets of RFC 1827 with the cipher of RFC 1829; des-deriv is KAME's, which carries no
// IV at all and is never negotiated.
var cipherTable = [...]Cipher{
	{Name: "null", Aliases: []string{"esp_null", "none"},
		Block: 1, ESP: 11, IKEv2: 11, PFKEY: 11, XFRM: "ecb(cipher_null)", newESP: newESPNull},

	{Name: "des", Aliases: []string{"des-cbc"}, MinBits: 64, MaxBits: 64, IKEBits: 64, ESPBits: 64,
		Block: 8, IV: 8, IKEv1: 1, ESP: 2, IKEv2: 2, PFKEY: 2, XFRM: "cbc(des)",
		newCBC: newDES, newESP: newESPCBC, checkKey: checkDESKey},
	{Name: "des-iv64", MinBits: 64, MaxBits: 64, ESPBits: 64,
		Block: 8, IV: 8, OldESP: true, ESP: 1, IKEv2: 1,
		newCBC: newDES, newESP: newESPCBC, checkKey: checkDESKey},
	{Name: "des-iv32", MinBits: 64, MaxBits: 64, ESPBits: 64,
		Block: 8, IV: 4, OldESP: true, ESP: 9, IKEv2: 9,
		newCBC: newDES, newESP: newESPCBC, checkKey: checkDESKey},
	{Name: "des-deriv", MinBits: 64, MaxBits: 64, ESPBits: 64,
		Block:  8,
		newCBC: newDES, newESP: newESPCBC, checkKey: checkDESKey},
	{Name: "3des", Aliases: []string{"3des-cbc"}, MinBits: 192, MaxBits: 192, IKEBits: 192, ESPBits: 192,
		Block: 8, IV: 8, IKEv1: 5, ESP: 3, IKEv2: 3, PFKEY: 3, XFRM: "cbc(des3_ede)",
		newCBC: new3DES, newESP: newESPCBC, checkKey: check3DESKey},

	{Name: "rc5", Aliases: []string{"rc5-cbc"}, MinBits: 40, MaxBits: 2040, StepBits: 8,
		IKEBits: 128, ESPBits: 128, KeyLength: Variable,
		Block: 8, IV: 8, IKEv1: 4, ESP: 4, IKEv2: 4,
		newBlock: newRC5, newESP: newESPCBC},
	{Name: "idea", Aliases: []string{"idea-cbc"}, MinBits: 128, MaxBits: 128, IKEBits: 128, ESPBits: 128,
		Block: 8, IV: 8, IKEv1: 2, ESP: 5, IKEv2: 5,
		newBlock: newIDEA, newESP: newESPCBC},
	{Name: "cast", Aliases: []string{"cast-cbc", "cast128", "cast5"}, MinBits: 40, MaxBits: 128, StepBits: 8,
		IKEBits: 128, ESPBits: 128, KeyLength: Variable,
		Block: 8, IV: 8, IKEv1: 6, ESP: 6, IKEv2: 6, PFKEY: 6, XFRM: "cbc(cast5)",
		newBlock: newCAST, newESP: newESPCBC},
	{Name: "blowfish", Aliases: []string{"blowfish-cbc"}, MinBits: 40, MaxBits: 448, StepBits: 8,
		IKEBits: 448, ESPBits: 128, KeyLength: Variable,
		Block: 8, IV: 8, IKEv1: 3, ESP: 7, IKEv2: 7, PFKEY: 7, XFRM: "cbc(blowfish)",
		newBlock: newBlowfish, newESP: newESPCBC},

	{Name: "aes", Aliases: []string{"aes-cbc"}, MinBits: 128, MaxBits: 256, StepBits: 64,
		IKEBits: 128, ESPBits: 128, KeyLength: Required,
		Block: 16, IV: 16, IKEv1: 7, ESP: 12, IKEv2: 12, PFKEY: 12, XFRM: "cbc(aes)",
		newBlock: newAES, newESP: newESPCBC},
	{Name: "aes-ctr", MinBits: 128, MaxBits: 256, StepBits: 64, ESPBits: 128, KeyLength: Required,
		Block: 1, IV: 8, Salt: 4, ESP: 13, IKEv2: 13, PFKEY: 13, XFRM: "rfc3686(ctr(aes))",
		newESP: newESPCTR},
	{Name: "aes-gcm-8", MinBits: 128, MaxBits: 256, StepBits: 64, ESPBits: 128, KeyLength: Required,
		Block: 1, IV: 8, Salt: 4, ICV: 8, ESP: 18, IKEv2: 18, PFKEY: 18, XFRM: "rfc4106(gcm(aes))",
		newESP: newESPGCM},
	{Name: "aes-gcm-12", MinBits: 128, MaxBits: 256, StepBits: 64, ESPBits: 128, KeyLength: Required,
		Block: 1, IV: 8, Salt: 4, ICV: 12, ESP: 19, IKEv2: 19, PFKEY: 19, XFRM: "rfc4106(gcm(aes))",
		newESP: newESPGCM},
	{Name: "aes-gcm-16", MinBits: 128, MaxBits: 256, StepBits: 64, ESPBits: 128, KeyLength: Required,
		Block: 1, IV: 8, Salt: 4, ICV: 16, ESP: 20, IKEv2: 20, PFKEY: 20, XFRM: "rfc4106(gcm(aes))",
		newESP: newESPGCM},
}

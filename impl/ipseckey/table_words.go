package ipseckey

import (
	"strconv"
	"strings"

	"ikewit/impl/wire/pfkey"
)

// A name is a word of the language and the number that it stands for. Where several words stand for one number the first
// is the one that save writes.
type name struct {
	word   string
	number uint64
}

var authAlgorithms = []name{
	{"md5", 2}, {"hmac-md5", 2},
	{"sha1", 3}, {"sha", 3}, {"sha-1", 3}, {"hmac-sha1", 3}, {"hmac-sha", 3},
	{"sha256", 5}, {"hmac-sha256", 5},
	{"sha384", 6}, {"hmac-sha384", 6},
	{"sha512", 7}, {"hmac-sha512", 7},
}

var encryptAlgorithms = []name{
	{"des", 2}, {"des-cbc", 2},
	{"3des", 3}, {"3des-cbc", 3},
	{"blowfish", 7}, {"blowfish-cbc", 7},
	{"null", nullCipher}, {"esp_null", nullCipher},
	{"aes", 12}, {"aes-cbc", 12},
}

const nullCipher = 11

var states = []name{
	{"larval", uint64(pfkey.Larval)}, {"mature", uint64(pfkey.Mature)}, {"dying", uint64(pfkey.Dying)}, {"dead", uint64(pfkey.Dead)},
}

var identityTypes = []name{
	{"prefix", 1}, {"fqdn", 2}, {"domain", 2}, {"domainname", 2}, {"user_fqdn", 3}, {"mailbox", 3},
}

var saTypes = []name{
	{"all", uint64(pfkey.SATypeUnspec)}, {"ah", uint64(pfkey.SATypeAH)}, {"esp", uint64(pfkey.SATypeESP)},
}

// look finds a word among names, whatever its case, or reads it as a number of so many bits.
func look(names []name, word string, bits int) (n uint64, ok bool) {
	for _, row := range names {
		if strings.EqualFold(row.word, word) {
			return row.number, true
		}
	}
	n, err := number(word, bits)
	return n, err == nil
}

// wordFor is the word for a number, or the number.
func wordFor(names []name, n uint64) string {
	for _, row := range names {
		if row.number == n {
			return row.word
		}
	}
	return strconv.FormatUint(n, 10)
}

// How reports write algorithms; what stands in neither table is <unknown n>.
var (
	authNames = map[uint8]string{2: "HMAC-MD5", 3: "HMAC-SHA-1", 5: "HMAC-SHA-256", 6: "HMAC-SHA-384", 7: "HMAC-SHA-512"}

	encryptNames = map[uint8]string{2: "DES-CBC", 3: "3DES-CBC", 4: "RC5-CBC", 5: "IDEA-CBC", 6: "CAST-CBC", 7: "Blowfish-CBC",
		nullCipher: "NULL", 12: "AES-CBC", 13: "AES-CTR", 18: "AES-GCM-8", 19: "AES-GCM-12", 20: "AES-GCM-16"}
)

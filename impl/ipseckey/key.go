package ipseckey

import (
	"strings"

	"ikewit/impl/wire/pfkey"
)

// readKey reads hexdigits[/bits]. The digits stand from the most significant bit; an odd one out is followed by a
// zero. Without /bits all bits of the octets count. The second result is a warning, or empty.
func readKey(which pfkey.ExtensionType, word string) (*pfkey.Key, string, error) {
	digits, given, sized := strings.Cut(word, "/")
	digits = strings.TrimPrefix(strings.TrimPrefix(digits, "0x"), "0X")
	if digits == "" {
		return nil, "", wrong("string '%s' is not a hex string.", abbreviated(word))
	}
	bits := (len(digits) + 1) / 2 * 8
	warning := ""
	if sized {
		n, err := number(given, 31)
		switch {
		case err != nil:
			return nil, "", wrong("%s is not a bit specifier.", shown(given))
		case int(n) > 4*len(digits):
			return nil, "", wrong("bit length %d is too big for %s.", n, abbreviated(digits))
		case int(n) < 4*len(digits):
			warning = "WARNING: Lower bits will be truncated for:\n\t" + abbreviated(digits) + "/" + given + "."
		}
		bits = int(n)
	}
	octets := make([]byte, (len(digits)+1)/2)
	for i := range len(digits) {
		v := strings.IndexByte("0123456789abcdef", digits[i]|0x20)
		if v < 0 || digits[i] < '0' {
			clear(octets)
			return nil, "", wrong("string '%s' is not a hex string.", abbreviated(word))
		}
		octets[i/2] |= byte(v) << (4 - 4*(i%2))
	}
	clear(octets[(bits+7)/8:])
	octets = octets[:(bits+7)/8]
	if bits%8 != 0 {
		octets[len(octets)-1] &= 0xff << (8 - bits%8)
	}
	return &pfkey.Key{Which: which, Bits: uint16(bits), Octets: octets}, warning, nil
}

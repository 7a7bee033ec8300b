package ipseckey

import (
	"fmt"
	"strconv"
	"strings"
)

// number reads a number in the notation of C: 0x and hexadecimal digits, 0 and octal ones, or decimal; without sign.
func number(word string, bits int) (uint64, error) {
	digits, base := word, 10
	switch {
	case strings.HasPrefix(word, "0x") || strings.HasPrefix(word, "0X"):
		digits, base = word[2:], 16
	case len(word) > 1 && word[0] == '0':
		digits, base = word[1:], 8
	}
	if digits == "" || strings.Trim(digits, digitsOf[base]) != "" {
		return 0, wrong("Expecting a number, but got %s.", shown(word))
	}
	n, err := strconv.ParseUint(digits, base, bits)
	if err != nil {
		return 0, wrong("Expecting a number, but got %s (too big).", shown(word))
	}
	return n, nil
}

var digitsOf = map[int]string{8: "01234567", 10: "0123456789", 16: "0123456789abcdefABCDEF"}

// A ParseError says what is wrong with a command. On a command line the usage text follows, in a file the number of
// the line.
type ParseError struct {
	Text  string
	Usage bool // the usage text follows in an interactive session too
}

func (e *ParseError) Error() string { return e.Text }

func wrong(format string, args ...any) error {
	return &ParseError{Text: fmt.Sprintf(format, args...)}
}

// errUsage is a command with operands that it does not take.
var errUsage = &ParseError{Usage: true}

// shown is a word as diagnostics may repeat it: of what looks like a key only the first four characters.
func shown(word string) string {
	digits, _, _ := strings.Cut(word, "/")
	digits = strings.TrimPrefix(digits, "0x")
	if len(digits) >= shortestKey && strings.Trim(digits, digitsOf[16]) == "" {
		return abbreviated(word)
	}
	return word
}

// shortestKey is how many digits the shortest key has that protects anything: DES.
const shortestKey = 16

// abbreviated shows the first four characters of a key.
func abbreviated(word string) string {
	if len(word) <= 4 {
		return word
	}
	return word[:4] + "..."
}

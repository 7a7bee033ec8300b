package ipseckey

import (
	"encoding/hex"
	"strings"
	"testing"

	"ikewit/impl/wire/pfkey"
)

func TestNumbers(t *testing.T) {
	for word, want := range map[string]uint64{"0": 0, "8": 8, "010": 8, "0x8": 8, "0X1f": 31, "00": 0, "18446744073709551615": 1<<64 - 1, "0xFFFFFFFFFFFFFFFF": 1<<64 - 1} {
		if got, err := number(word, 64); err != nil || got != want {
			t.Errorf("%s: %d, %v", word, got, err)
		}
	}
	for word, want := range map[string]string{
		"":                           "Expecting a number, but got .",
		"x":                          "Expecting a number, but got x.",
		"08":                         "Expecting a number, but got 08.",
		"0x":                         "Expecting a number, but got 0x.",
		"-1":                         "Expecting a number, but got -1.",
		"+1":                         "Expecting a number, but got +1.",
		"1_0":                        "Expecting a number, but got 1_0.",
		"1 ":                         "Expecting a number, but got 1 .",
		"12a":                        "Expecting a number, but got 12a.",
		"256":                        "Expecting a number, but got 256 (too big).",
		"0400":                       "Expecting a number, but got 0400 (too big).",
		"99999999999999999999999999": "Expecting a number, but got 9999... (too big).",
	} {
		if _, err := number(word, 8); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", word, err, want)
		}
	}
}

func TestKeys(t *testing.T) {
	for word, row := range map[string]struct {
		octets string
		bits   uint16
		warns  bool
	}{
		"0123456789abcdef": {"0123456789abcdef", 64, false},
		"0x0123":           {"0123", 16, false},
		"0X0123":           {"0123", 16, false},
		"AbCd":             {"abcd", 16, false},
		"123":              {"1230", 16, false},
		"123/12":           {"1230", 12, false},
		"e/3":              {"e0", 3, true},
		"f/3":              {"e0", 3, true},
		"e/4":              {"e0", 4, false},
		"ffff/9":           {"ff80", 9, true},
		"ffff/8":           {"ff", 8, true},
		"ffff/0x10":        {"ffff", 16, false},
		"ffff/020":         {"ffff", 16, false},
		"ff/0":             {"", 0, true},
	} {
		k, warning, err := readKey(pfkey.ExtKeyAuth, word)
		if err != nil {
			t.Errorf("%s: %v", word, err)
			continue
		}
		if hex.EncodeToString(k.Octets) != row.octets || k.Bits != row.bits || (warning != "") != row.warns {
			t.Errorf("%s: %x/%d, warning %q", word, k.Octets, k.Bits, warning)
		}
	}
	secret := strings.Repeat("deadbeef", 8)
	for word, want := range map[string]string{
		"":              "string '' is not a hex string.",
		"0x":            "string '0x' is not a hex string.",
		"zz":            "string 'zz' is not a hex string.",
		"0g":            "string '0g' is not a hex string.",
		"g0":            "string 'g0' is not a hex string.",
		"@A":            "string '@A' is not a hex string.",
		"\x10\x11":      "string '\x10\x11' is not a hex string.",
		secret + "x":    "string 'dead...' is not a hex string.",
		"12/9":          "bit length 9 is too big for 12.",
		"123/13":        "bit length 13 is too big for 123.",
		secret + "/999": "bit length 999 is too big for dead....",
		"12/x":          "x is not a bit specifier.",
		"12/":           " is not a bit specifier.",
		"12/8/8":        "8/8 is not a bit specifier.",
		"12/-1":         "-1 is not a bit specifier.",
		"12/" + secret:  "dead... is not a bit specifier.",
	} {
		if _, _, err := readKey(pfkey.ExtKeyAuth, word); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", word, err, want)
		}
	}
	if _, warning, _ := readKey(pfkey.ExtKeyAuth, secret+"/128"); warning != "WARNING: Lower bits will be truncated for:\n\tdead.../128." {
		t.Errorf("warning %q", warning)
	}
}

func TestKeysAreWiped(t *testing.T) {
	r, err := readRequest("add", strings.Fields("esp spi 0x100 dst 10.0.0.2 auth_alg md5 authkey "+md5Key+" encr_alg des encrkey 0123456789abcdef"), noNames{}.Lookup)
	if err != nil {
		t.Fatal(err)
	}
	r.wipe()
	for _, b := range append(r.auth.Octets, r.encrypt.Octets...) {
		if b != 0 {
			t.Fatal("a key is left")
		}
	}
}

// Every word of the language is read, and every other is refused.
func TestEveryExtensionWordIsRead(t *testing.T) {
	values := map[string]string{"spi": "0x100", "auth_alg": "md5", "encr_alg": "des", "src": "::1", "dst": "::2", "proxy": "::3",
		"authkey": "01", "encrkey": "01", "srcidtype": "fqdn a", "dstidtype": "fqdn a"}
	for _, e := range extensions {
		for _, w := range strings.Fields(e.words) {
			value, ok := values[e.name()]
			if !ok {
				value = "1"
			}
			x := &reader{request: &request{command: "add", given: map[string]bool{}}, words: strings.Fields(w + " " + value), find: noNames{}.Lookup}
			if err := x.extension(); err != nil || len(x.words) > 0 {
				t.Errorf("%s %s: %v, left %q", w, value, err, x.words)
			}
			x = &reader{request: &request{command: "add", given: map[string]bool{}}, words: []string{w}, find: noNames{}.Lookup}
			if err := x.extension(); err == nil || err.Error() != "Unexpected end of command line." {
				t.Errorf("%s alone: %v", w, err)
			}
		}
	}
}

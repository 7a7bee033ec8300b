package ipseckey

import (
	"ikewit/impl/wire/pfkey"
)

// A request is what the words of an add, update, delete or get say.
type request struct {
	command string
	saType  pfkey.SAType

	sa                       pfkey.SA
	hard, soft               *pfkey.Lifetime
	src, dst, proxy          *place
	auth, encrypt            *pfkey.Key
	srcIdentity, dstIdentity *pfkey.Identity

	given    map[string]bool // which extensions were given, by the word that the table has first
	warnings []string
}

// whole reports whether the request describes an SA, instead of naming one.
func (r *request) whole() bool { return r.command == "add" || r.command == "update" }

func (r *request) warn(text string) { r.warnings = append(r.warnings, text) }

// wipe clears the keys.
func (r *request) wipe() {
	for _, k := range []*pfkey.Key{r.auth, r.encrypt} {
		if k != nil {
			clear(k.Octets)
		}
	}
}

// readRequest reads the words behind the command.
func readRequest(command string, words []string, find lookup) (*request, error) {
	r := &request{command: command, given: map[string]bool{}}
	r.sa.State = pfkey.Mature
	rest, err := r.readType(words)
	if err != nil {
		return r, err
	}
	if len(rest) == 0 && r.whole() {
		return r, wrong("Need SA parameters for %s.", command)
	}
	x := &reader{words: rest, request: r, find: find}
	for len(x.words) > 0 {
		if err := x.extension(); err != nil {
			return r, err
		}
	}
	return r, r.check()
}

// readType takes the SA type, of which these commands want one.
func (r *request) readType(words []string) ([]string, error) {
	missing := wrong("Must specify a specific SA type.")
	if !r.whole() {
		missing = wrong("Must specify a single SA type.")
	}
	if len(words) == 0 {
		return nil, missing
	}
	t, err := readSAType(words[0])
	if err != nil {
		return nil, err
	}
	if t == pfkey.SATypeUnspec {
		return nil, missing
	}
	r.saType = t
	return words[1:], nil
}

func readSAType(word string) (pfkey.SAType, error) {
	n, ok := look(saTypes, word, 8)
	if !ok {
		return 0, wrong("Unknown SA type (%s).", shown(word))
	}
	return pfkey.SAType(n), nil
}

// check looks at what must be there together.
func (r *request) check() error {
	if !r.given["spi"] {
		return wrong("The SPI value is missing for the association you wish to %s.", r.command)
	}
	if !r.whole() {
		return nil
	}
	if r.saType == pfkey.SATypeAH && (r.given["encr_alg"] || r.encrypt != nil) {
		return wrong("Cannot specify encryption with SA type ah.")
	}
	if r.command == "add" {
		if err := r.checkAlgorithms(); err != nil {
			return err
		}
	}
	if r.dst == nil {
		return wrong("Need destination address for %s.", r.command)
	}
	return nil
}

// checkAlgorithms: an SA protects something, and has a key. Without a cipher ESP has the NULL cipher.
func (r *request) checkAlgorithms() error {
	if r.sa.Auth == 0 && r.sa.Encrypt == 0 {
		return wrong("Select at least one algorithm for this add.")
	}
	if r.auth == nil && r.encrypt == nil {
		return wrong("Must have at least one key for an add.")
	}
	if r.saType == pfkey.SATypeESP && r.sa.Encrypt == 0 {
		r.sa.Encrypt = nullCipher
	}
	if r.sa.State == pfkey.Larval {
		r.warn("WARNING: Cannot set LARVAL SA state.")
		r.sa.State = pfkey.Mature
	}
	return nil
}

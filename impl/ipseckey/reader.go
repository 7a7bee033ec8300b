package ipseckey

import (
	"fmt"
	"strings"

	"ikewit/impl/wire/pfkey"
)

// A reader takes extensions and their values off the words of a command.
type reader struct {
	request *request
	words   []string
	word    string // of the extension that is being read
	find    lookup
}

// extension takes the next one.
func (x *reader) extension() error {
	x.word, x.words = x.words[0], x.words[1:]
	r := x.request
	e, known := extensionOf[x.word]
	switch {
	case !known:
		return wrong("Unknown extension field %s.", shown(x.word))
	case e != nil && (e.names || r.whole()):
	case r.whole():
		return wrong("Don't use extension %s for add/update.", x.word)
	default:
		return wrong("Don't use extension %s for '%s' command.", x.word, r.command)
	}
	if r.given[e.name()] {
		what := e.what
		if e.short != "" && !r.whole() {
			what = e.short
		}
		return wrong("Can only specify single %s.", what)
	}
	r.given[e.name()] = true
	return e.read(x)
}

// value takes the next word, whatever it is.
func (x *reader) value() (string, error) {
	if len(x.words) == 0 {
		return "", wrong("Unexpected end of command line.")
	}
	word := x.words[0]
	x.words = x.words[1:]
	return word, nil
}

func (x *reader) number(bits int) (uint64, error) {
	word, err := x.value()
	if err != nil {
		return 0, err
	}
	return number(word, bits)
}

// firstFreeSPI is the first SPI that is not reserved (RFC 2406 section 2.1).
const firstFreeSPI = 256

func (x *reader) spi() error {
	word, err := x.value()
	if err != nil {
		return err
	}
	n, err := number(word, 32)
	if err != nil {
		return err
	}
	switch {
	case n == 0:
		return wrong("Invalid SPI value %q.", word)
	case n < firstFreeSPI:
		x.request.warn(fmt.Sprintf("WARNING: SPI 0x%x is reserved.", n))
	}
	x.request.sa.SPI = uint32(n)
	return nil
}

func (x *reader) replay() error {
	n, err := x.number(8)
	if err != nil {
		return err
	}
	if n != 0 {
		x.request.warn("WARNING:  Replay with manual keying considered harmful.")
	}
	x.request.sa.Replay = uint8(n)
	return nil
}

// named takes a word of a table, or a number.
func (x *reader) named(names []name, bits int, what string) (uint64, error) {
	word, err := x.value()
	if err != nil {
		return 0, err
	}
	n, ok := look(names, word, bits)
	if !ok {
		return 0, wrong("Unknown %s type %s.", what, shown(word))
	}
	return n, nil
}

func (x *reader) state() error {
	n, err := x.named(states, 8, "state")
	x.request.sa.State = pfkey.SAState(n)
	return err
}

func (x *reader) authAlgorithm() error {
	n, err := x.named(authAlgorithms, 8, "authentication algorithm")
	x.request.sa.Auth = uint8(n)
	return err
}

func (x *reader) encryptAlgorithm() error {
	n, err := x.named(encryptAlgorithms, 8, "encryption algorithm")
	x.request.sa.Encrypt = uint8(n)
	return err
}

func (x *reader) authKey() (err error) {
	x.request.auth, err = x.key(pfkey.ExtKeyAuth)
	return err
}

func (x *reader) encryptKey() (err error) {
	x.request.encrypt, err = x.key(pfkey.ExtKeyEncrypt)
	return err
}

func (x *reader) key(which pfkey.ExtensionType) (*pfkey.Key, error) {
	word, err := x.value()
	if err != nil {
		return nil, err
	}
	k, warning, err := readKey(which, word)
	if warning != "" {
		x.request.warn(warning)
	}
	return k, err
}

func (x *reader) sourceIdentity() (err error) {
	x.request.srcIdentity, err = x.identity(pfkey.ExtIdentitySrc)
	return err
}

func (x *reader) destinationIdentity() (err error) {
	x.request.dstIdentity, err = x.identity(pfkey.ExtIdentityDst)
	return err
}

// identity takes a type and a text.
func (x *reader) identity(which pfkey.ExtensionType) (*pfkey.Identity, error) {
	n, err := x.named(identityTypes, 16, "identity")
	if err != nil {
		return nil, err
	}
	text, err := x.value()
	if err != nil {
		return nil, err
	}
	return &pfkey.Identity{Which: which, Type: pfkey.IdentityType(n), Name: text}, nil
}

// ofIPv6 reports whether the extension wants IPv6 addresses only.
func (x *reader) ofIPv6() bool { return strings.HasSuffix(x.word, "6") }

func (x *reader) source() (err error) {
	x.request.src, err = x.place()
	return err
}

func (x *reader) destination() (err error) {
	x.request.dst, err = x.place()
	return err
}

func (x *reader) place() (*place, error) {
	word, err := x.value()
	if err != nil {
		return nil, err
	}
	return readPlace(word, x.ofIPv6(), x.find)
}

// proxy takes an address or name and perhaps /prefix. A name with several addresses does not say which.
func (x *reader) proxy() error {
	word, err := x.value()
	if err != nil {
		return err
	}
	host, length, sized := strings.Cut(word, "/")
	p, err := readPlace(host, x.ofIPv6(), x.find)
	if err != nil {
		return err
	}
	if len(p.addrs) > 1 {
		x.request.warn(fmt.Sprintf("Proxy address %s is vague, not using.", shown(host)))
		return nil
	}
	if sized {
		n, err := number(length, 8)
		if err != nil {
			return err
		}
		if int(n) > p.addrs[0].BitLen() {
			return wrong("Expecting a number, but got %s (too big).", length)
		}
		if p.prefix = uint8(n); n == 0 {
			p.addrs[0] = unspecified(p.addrs[0])
		}
	}
	x.request.proxy = p
	return nil
}

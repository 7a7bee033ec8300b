package secret

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"ikewit/impl/alg"
	"ikewit/impl/conn"
)

// A LineError names a line that could not be used, and why; never what stands in it.
type LineError struct {
	File string
	Line int // from 1
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("%q line %d: %v", e.File, e.Line, e.Err) }
func (e *LineError) Unwrap() error { return e.Err }

// Read reads the text of a secrets file. A bad line is skipped and gives a *LineError; the
// others stand. lookup gives the addresses of a host name, none if it has none; nil: host
// names are refused.
func Read(name, text string, lookup func(host string) []netip.Addr) (*File, []error) {
	f := &File{Name: name}
	var errs []error
	for n := 1; text != ""; n++ {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		fields, err := split(strings.TrimSuffix(line, "\r"))
		if err == nil && len(fields) > 0 {
			var e entry
			if e, err = parseEntry(fields, lookup); err == nil {
				f.entries = append(f.entries, e)
			}
		}
		if err != nil {
			errs = append(errs, &LineError{name, n, err})
		}
	}
	return f, errs
}

// A field is one word of a line, or a quoted text without its quotes.
type field struct {
	text   string
	quoted bool
}

// split cuts a line into its fields and leaves the comment out.
func split(line string) ([]field, error) {
	var fields []field
	for {
		line = strings.TrimLeft(line, " \t")
		if line == "" || line[0] == '#' {
			return fields, nil
		}
		if q := line[0]; q == '"' || q == '\'' {
			end := strings.IndexByte(line[1:], q)
			if end < 0 {
				return nil, errors.New("a quote is opened and not closed")
			}
			fields = append(fields, field{line[1 : 1+end], true})
			line = line[end+2:]
			if line != "" && !strings.ContainsRune(" \t#", rune(line[0])) {
				return nil, errors.New("text directly behind a closing quote")
			}
			continue
		}
		end := strings.IndexAny(line, " \t")
		if end < 0 {
			end = len(line)
		}
		fields = append(fields, field{line[:end], false})
		line = line[end:]
	}
}

// parseEntry reads the fields of a line: peers, and the secret as the last one.
func parseEntry(fields []field, lookup func(string) []netip.Addr) (entry, error) {
	var e entry
	last := len(fields) - 1
	if last == 0 {
		return e, errors.New("one field only: an entry is one or more peers and then the secret")
	}
	for i, p := range fields[:last] {
		if p.quoted {
			return e, fmt.Errorf("field %d is quoted, and only the secret may be; the secret is the last field", i+1)
		}
		if err := e.addPeer(p.text, lookup); err != nil {
			return e, fmt.Errorf("field %d: %w", i+1, err)
		}
	}
	var err error
	e.key, err = parseSecret(fields[last])
	return e, err
}

// addPeer reads one peer of an entry.
func (e *entry) addPeer(text string, lookup func(string) []netip.Addr) error {
	if text == "%any" {
		e.any = true
		return nil
	}
	if a, err := netip.ParseAddr(text); err == nil {
		e.addrs = append(e.addrs, a.Unmap())
		return nil
	}
	if user, host, found := strings.Cut(text, "@"); found {
		if !isHostName(host) {
			return errors.New("no domain name behind the @")
		}
		if user == "" {
			e.ids = append(e.ids, conn.Identity{Type: 2, Data: host})
		} else {
			e.ids = append(e.ids, conn.Identity{Type: 3, Data: text})
		}
		return nil
	}
	if !isHostName(text) {
		return errors.New("neither an address, a host name, @domain, user@domain nor %any")
	}
	var addrs []netip.Addr
	if lookup != nil {
		addrs = lookup(text)
	}
	if len(addrs) == 0 {
		return errors.New("the host name has no address")
	}
	for _, a := range addrs {
		e.addrs = append(e.addrs, a.Unmap())
	}
	return nil
}

// isHostName reports whether a text can be a host or domain name (RFC 1123 section 2.1; the
// underscore is common).
func isHostName(s string) bool {
	if s == "" || len(s) > 253 || strings.Trim(s, "0123456789.") == "" {
		return false
	}
	for _, c := range []byte(s) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '.', c == '_':
		default:
			return false
		}
	}
	return true
}

// parseSecret reads the last field of an entry.
func parseSecret(f field) (alg.Key, error) {
	var key []byte
	var err error
	switch {
	case f.quoted:
		key = []byte(f.text)
	case strings.HasPrefix(f.text, "0x"):
		if len(f.text)%2 != 0 {
			return nil, errors.New("the secret 0x... has an odd number of digits")
		}
		if key, err = hex.DecodeString(f.text[2:]); err != nil {
			return nil, errors.New("the secret 0x... has something other than hexadecimal digits")
		}
	case strings.HasPrefix(f.text, "0s"):
		if key, err = decodeBase64(f.text[2:]); err != nil {
			return nil, errors.New("the secret 0s... is not base64")
		}
	case strings.HasPrefix(f.text, "0t"):
		key = []byte(f.text[2:])
	default:
		key = []byte(f.text)
	}
	if len(key) == 0 {
		return nil, errors.New("the secret is empty")
	}
	return key, nil
}

// decodeBase64 takes padding or leaves it.
func decodeBase64(s string) ([]byte, error) {
	return base64.RawStdEncoding.Strict().DecodeString(strings.TrimRight(s, "="))
}

package secret

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"ikewit/impl/conn"
)

func lookup(host string) []netip.Addr {
	switch host {
	case "bob.example":
		return []netip.Addr{netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("fd00::2")}
	case "bob":
		return []netip.Addr{netip.MustParseAddr("::ffff:10.0.0.2")}
	}
	return nil
}

func TestSecretsAreReadInEveryForm(t *testing.T) {
	for _, row := range []struct{ line, want string }{
		{`10.0.0.2 word`, "word"},
		{"\t 10.0.0.2 \t word \t", "word"},
		{"10.0.0.2 word\r", "word"},
		{`10.0.0.2 word # comment`, "word"},
		{`10.0.0.2 wo#rd'"x`, `wo#rd'"x`},
		{`10.0.0.2 "two words"`, "two words"},
		{`10.0.0.2 "it's # here"#comment`, "it's # here"},
		{`10.0.0.2 'say "x"'`, `say "x"`},
		{`10.0.0.2 "0x00"`, "0x00"},
		{`10.0.0.2 0x00ff7A`, "\x00\xffz"},
		{`10.0.0.2 0sAP96`, "\x00\xffz"},
		{`10.0.0.2 0sAP8=`, "\x00\xff"},
		{`10.0.0.2 0t0x00`, "0x00"},
		{`10.0.0.2 0X00`, "0X00"},
		{`10.0.0.2 %any`, "%any"},
		{`bob.example word`, "word"},
		{`bob word`, "word"},
		{`10.0.0.9 10.0.0.2 word`, "word"},
		{`%any word`, "word"},
		{`::ffff:10.0.0.2 word`, "word"},
		{`@nobody.example %any word`, "word"},
	} {
		f, errs := Read("s", row.line+"\n", lookup)
		if len(errs) > 0 || f.Len() != 1 {
			t.Errorf("%q: %d entries, errors %v", row.line, f.Len(), errs)
			continue
		}
		key, err := f.PreShared(netip.Addr{}, netip.MustParseAddr("10.0.0.2"), conn.Identity{})
		if err != nil || string(key.Octets()) != row.want {
			t.Errorf("%q: secret %q, error %v, want %q", row.line, key.Octets(), err, row.want)
		}
	}
}

func TestBadLinesAreNamedAndSkipped(t *testing.T) {
	for _, row := range []struct{ line, want string }{
		{`hunter2`, "one field only"},
		{`"hunter2"`, "one field only"},
		{`10.0.0.2`, "one field only"},
		{`10.0.0.2 "hunter2`, "a quote is opened and not closed"},
		{`10.0.0.2 'hunter2"`, "a quote is opened and not closed"},
		{`10.0.0.2 "hunter2"x`, "text directly behind a closing quote"},
		{`10.0.0.2 "hunter2" tail`, "field 2 is quoted"},
		{`10.0.0.2 ""`, "the secret is empty"},
		{`10.0.0.2 0x`, "the secret is empty"},
		{`10.0.0.2 0t`, "the secret is empty"},
		{`10.0.0.2 0s`, "the secret is empty"},
		{`10.0.0.2 0xabc`, "odd number of digits"},
		{`10.0.0.2 0xabcg`, "something other than hexadecimal digits"},
		{`10.0.0.2 0s!!!!`, "not base64"},
		{`10.0.0.2 0sA`, "not base64"},
		{`10.0.0.2 hunter2 tail`, "field 2: the host name has no address"},
		{`hunter2! tail`, "field 1: neither an address"},
		{`10.0.0.256 tail`, "field 1: neither an address"},
		{`%hunter2 tail`, "field 1: neither an address"},
		{`hunter2@ tail`, "no domain name behind the @"},
		{`@hunter2! tail`, "no domain name behind the @"},
	} {
		f, errs := Read("/etc/s", "# first\n\n"+row.line+"\n10.0.0.7 good", lookup)
		if f.Len() != 1 || len(errs) != 1 {
			t.Errorf("%q: %d entries, errors %v; want one of each", row.line, f.Len(), errs)
			continue
		}
		text := errs[0].Error()
		if !strings.HasPrefix(text, `"/etc/s" line 3: `) || !strings.Contains(text, row.want) {
			t.Errorf("%q: %s; want %q", row.line, text, row.want)
		}
		for _, word := range []string{"hunter2", "tail", "abc"} {
			if strings.Contains(text, word) {
				t.Errorf("%q: the error shows a word of the line: %s", row.line, text)
			}
		}
	}
}

func TestHostNamesNeedALookup(t *testing.T) {
	f, errs := Read("s", "bob word\n", nil)
	if f.Len() != 0 || len(errs) != 1 {
		t.Errorf("%d entries, errors %v", f.Len(), errs)
	}
}

const several = `
%any              any-1
10.0.0.2          addr-1
10.0.0.2          addr-2
@bob.example      fqdn
u@bob.example     user
%any              any-2
10.0.0.9 10.0.0.4 two
fd00::1 fd00::2   six
`

func TestSelection(t *testing.T) {
	fqdn := conn.Identity{Type: 2, Data: "bob.example"}
	user := conn.Identity{Type: 3, Data: "u@bob.example"}
	own := func(a netip.Addr) bool {
		return a == netip.MustParseAddr("10.0.0.9") || a == netip.MustParseAddr("10.0.0.1") || a == netip.MustParseAddr("fd00::1")
	}
	for _, row := range []struct {
		name          string
		local, remote string
		id            conn.Identity
		own           func(netip.Addr) bool
		want          string
	}{
		{"the address goes before %any and the earlier line first", "10.0.0.1", "10.0.0.2", conn.Identity{}, nil, "addr-1"},
		{"the address goes before the identity", "10.0.0.1", "10.0.0.2", fqdn, nil, "addr-1"},
		{"a mapped address is the address", "10.0.0.1", "::ffff:10.0.0.2", conn.Identity{}, nil, "addr-1"},
		{"the identity goes before %any", "10.0.0.1", "10.0.0.3", fqdn, nil, "fqdn"},
		{"a user identity is no domain", "10.0.0.1", "10.0.0.3", user, nil, "user"},
		{"else the first %any", "10.0.0.1", "10.0.0.3", conn.Identity{}, nil, "any-1"},
		{"two addresses, ours unknown", "10.0.0.1", "10.0.0.4", conn.Identity{}, nil, "two"},
		{"two addresses, one is ours and we speak from it", "10.0.0.9", "10.0.0.4", conn.Identity{}, own, "two"},
		{"two addresses, one is ours and we speak from another", "10.0.0.1", "10.0.0.4", conn.Identity{}, own, "any-1"},
		{"two addresses, none of them ours", "10.0.0.1", "fd00::2", conn.Identity{}, func(netip.Addr) bool { return false }, "six"},
		{"two addresses of ours talk with each other", "fd00::1", "fd00::2", conn.Identity{}, func(netip.Addr) bool { return true }, "six"},
		{"the peer's address is ours too", "10.0.0.1", "10.0.0.2", conn.Identity{}, func(netip.Addr) bool { return true }, "addr-1"},
		{"IPv6", "fd00::1", "fd00::2", conn.Identity{}, own, "six"},
	} {
		f, errs := Read("s", several, nil)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		f.Own = row.own
		key, err := f.PreShared(netip.MustParseAddr(row.local), netip.MustParseAddr(row.remote), row.id)
		if err != nil || string(key.Octets()) != row.want {
			t.Errorf("%s: %q, %v; want %q", row.name, key.Octets(), err, row.want)
		}
	}
}

func TestNoSecretNamesPeerAndFile(t *testing.T) {
	f, _ := Read("/etc/s", "10.0.0.2 x\n", nil)
	_, err := f.PreShared(netip.Addr{}, netip.MustParseAddr("10.0.0.3"), conn.Identity{})
	if !errors.Is(err, ErrNone) || err.Error() != "no secret for 10.0.0.3 in /etc/s" {
		t.Errorf("%v", err)
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	f, _ := Read("s", "10.0.0.2 hunter2\n", nil)
	key, _ := f.PreShared(netip.Addr{}, netip.MustParseAddr("10.0.0.2"), conn.Identity{})
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		for _, v := range []any{f, *f, f.entries, key} {
			s := fmt.Sprintf(verb, v)
			if strings.Contains(s, "hunter2") || strings.Contains(s, "68756e746572") || strings.Contains(s, "104 117 110") {
				t.Errorf("%s of %T prints %s", verb, v, s)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(several)
	f.Add("10.0.0.2 \"x\" # y\n%any 0xzz\n'")
	f.Fuzz(func(t *testing.T, text string) {
		file, errs := Read("s", text, lookup)
		if n := strings.Count(text, "\n") + 1; file.Len()+len(errs) > n {
			t.Errorf("%d entries and %d errors of %d lines", file.Len(), len(errs), n)
		}
		for _, e := range file.entries {
			if len(e.key) == 0 || len(e.addrs)+len(e.ids) == 0 && !e.any {
				t.Errorf("entry for nobody or without secret: %+v", e)
			}
		}
	})
}

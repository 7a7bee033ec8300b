package ipseckey

import (
	"errors"
	"testing"
)

// Without a choice the kernel's netlink interface comes before its key socket; when neither opens, all three are named: IK-43.
func TestChoice(t *testing.T) {
	netlink, socket := &echo{}, &echo{}
	opens := func(e Engine) func() (Engine, error) { return func() (Engine, error) { return e, nil } }
	fails := func(why string) func() (Engine, error) {
		return func() (Engine, error) { return nil, errors.New(why) }
	}
	for _, row := range []struct {
		choice       string
		xfrm, kernel func() (Engine, error)
		want         Engine
		said         string
	}{
		{"", opens(netlink), opens(socket), netlink, ""},
		{"", fails("no netlink"), opens(socket), socket, ""},
		{"", fails("no netlink"), fails("no key socket"), nil,
			"no SA database: XFRM: no netlink; PF_KEY: no key socket; user space: IPSECKEY_SADB is not set to unix:PATH"},
		{"xfrm", fails("no netlink"), opens(socket), nil, "no netlink"},
		{"pfkey", opens(netlink), fails("no key socket"), nil, "no key socket"},
		{"pfkey", opens(netlink), opens(socket), socket, ""},
		{"XFRM", opens(netlink), opens(socket), nil, `IPSECKEY_SADB is "XFRM"; it may be xfrm, pfkey or unix:PATH`},
		{"unix:/no/such/socket", opens(netlink), opens(socket), nil, "PF_KEY socket /no/such/socket: no such file or directory"},
	} {
		got, err := choose(row.choice, row.xfrm, row.kernel)
		said := ""
		if err != nil {
			said = err.Error()
		}
		if got != row.want || said != row.said {
			t.Errorf("%q: %v, %q; want %q", row.choice, got == row.want, said, row.said)
		}
	}
}

package ipseckey

import (
	"ikewit/impl/wire/pfkey"
)

// What Linux's AF_KEY wants of an ADD or UPDATE beside what RFC 2367 says: both limits or none, a mode, a key of no octets
// for the NULL cipher, the prefix length of a proxy; and an UPDATE tells the SA again.

// complete adds what is missing.
func complete(m *pfkey.Message) {
	sa, _ := m.Find(pfkey.ExtSA).(*pfkey.SA)
	for _, which := range []pfkey.ExtensionType{pfkey.ExtLifetimeHard, pfkey.ExtLifetimeSoft} {
		if m.Find(which) == nil {
			m.Extensions = append(m.Extensions, &pfkey.Lifetime{Which: which})
		}
	}
	if m.SAType == pfkey.SATypeESP && sa.Encrypt == nullCipher && m.Find(pfkey.ExtKeyEncrypt) == nil {
		m.Extensions = append(m.Extensions, &pfkey.Key{Which: pfkey.ExtKeyEncrypt})
	}
	mode := uint8(modeTransport)
	if proxy, ok := m.Find(pfkey.ExtAddressProxy).(*pfkey.Address); ok {
		mode = modeTunnel
		if proxy.PrefixLen == 0 && !proxy.Addr.IsUnspecified() {
			proxy.PrefixLen = uint8(proxy.Addr.BitLen())
		}
	}
	if m.Find(pfkey.ExtSA2) == nil {
		m.Extensions = append(m.Extensions, &pfkey.SA2{Mode: mode})
	}
}

// Modes of X_SA2.
const (
	modeTransport = 1
	modeTunnel    = 2
)

// borrow takes from the SA as it is what the update does not say.
func borrow(m, held *pfkey.Message) {
	sa, old := m.Find(pfkey.ExtSA).(*pfkey.SA), held.Find(pfkey.ExtSA).(*pfkey.SA)
	sa.Auth, sa.Encrypt, sa.Replay = old.Auth, old.Encrypt, old.Replay
	for _, which := range []pfkey.ExtensionType{pfkey.ExtKeyAuth, pfkey.ExtKeyEncrypt, pfkey.ExtSA2} {
		if e := held.Find(which); e != nil && m.Find(which) == nil {
			m.Extensions = append(m.Extensions, e)
		}
	}
	mode, _ := held.Find(pfkey.ExtSA2).(*pfkey.SA2)
	if e := held.Find(pfkey.ExtAddressProxy); e != nil && mode != nil && mode.Mode == modeTunnel {
		m.Extensions = replaced(m.Extensions, e)
	}
}

// replaced puts an extension in the place of the one of its kind, or at the end.
func replaced(list []pfkey.Extension, e pfkey.Extension) []pfkey.Extension {
	for i := range list {
		if list[i].Kind() == e.Kind() {
			list[i] = e
			return list
		}
	}
	return append(list, e)
}

package enginetest

import (
	"net/netip"

	"ikewit/impl/alg"
	"ikewit/impl/conn"
	"ikewit/impl/secret"
)

// PSK is one pre-shared key for every peer.
type PSK string

var _ secret.Finder = PSK("")

// PreShared gives the key; the empty one is none.
func (k PSK) PreShared(netip.Addr, netip.Addr, conn.Identity) (alg.Key, error) {
	if k == "" {
		return nil, secret.ErrNone
	}
	return alg.Key(k), nil
}

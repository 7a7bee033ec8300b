package conn

import "net/netip"

// A Database finds the connections that an arriving negotiation may be meant for.
type Database interface {
	// ForPeer gives the connections that may serve a phase 1 from remote to local, best first.
	// None: the peer is refused silently.
	ForPeer(local, remote netip.AddrPort) []*Connection
}

// List is a Database of a few connections, tried in order.
type List []*Connection

// ForPeer gives the connections whose remote end is that address or any, specific ones first.
func (l List) ForPeer(local, remote netip.AddrPort) []*Connection {
	var exact, any []*Connection
	for _, c := range l {
		switch {
		case c.Local.Addr.IsValid() && c.Local.Addr != local.Addr():
		case c.Remote.Addr == remote.Addr():
			exact = append(exact, c)
		case !c.Remote.Addr.IsValid():
			any = append(any, c)
		}
	}
	return append(exact, any...)
}

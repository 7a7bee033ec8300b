package plutoplus

import (
	"net/netip"

	"ikewit/impl/conn"
)

// database gives the connections for peers that call: in WIT mode the one peer, else anybody.
func (p *Program) database() conn.Database {
	if p.options.Mode == WIT {
		return conn.List{p.options.Connection(p.ends.Listen, p.ends)}
	}
	// Nobody else can put policies into a stack that lives in this process.
	return anybody{p.options.AnyPeer(p.ends.Listen, p.driver.Name() == "user")}
}

// anybody gives every peer a connection of its own, so that an ISAKMP SA which the peer began
// serves a request of the kernel too: that is looked for by both addresses.
type anybody struct{ like *conn.Connection }

func (a anybody) ForPeer(local, remote netip.AddrPort) []*conn.Connection {
	c := *a.like
	c.Local.Addr, c.Remote.Addr = local.Addr(), remote.Addr()
	return []*conn.Connection{&c}
}

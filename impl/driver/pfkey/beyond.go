package pfkey

import (
	"maps"

	"ikewit/impl/pfsa"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/pfkey"
)

// What PF_KEY has no place for in an SA: which way it carries, and which packets may be in it, but for the source of a tunnel.
// With PF_KEY that is for policies to say (RFC 2367 section 1.2); the driver remembers it for the SAs that it added itself, and
// tells it with them, as long as nobody deletes them.
type beyond struct {
	direction sadb.Direction
	selector  sadb.Selector
}

// expressible cuts the selector of an SA down to what a message can say.
func expressible(sa sadb.SA) sadb.SA {
	var told sadb.Selector
	if _, prefix := sa.Selector.Src.Prefix(); prefix && sa.Mode == sadb.Tunnel {
		told.Src = sa.Selector.Src
	}
	sa.Selector = told
	return sa
}

func (d *Driver) keep(sa *sadb.SA) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if b := (beyond{sa.Direction, sa.Selector}); b != (beyond{}) {
		d.beyond[sa.ID()] = b
	} else {
		delete(d.beyond, sa.ID())
	}
}

// recall puts back what the driver knows of an SA.
func (d *Driver) recall(sa *sadb.SA) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if b, ok := d.beyond[sa.ID()]; ok {
		sa.Direction, sa.Selector = b.direction, b.selector
	}
}

// lose forgets what is gone by a message that says so, whoever did it. The caller holds the lock.
func (d *Driver) lose(m *pfkey.Message) {
	if m.Errno != 0 {
		return
	}
	switch m.Type {
	case pfkey.Delete:
		if id, _, err := pfsa.Name(m); err == nil {
			delete(d.beyond, id)
		}
	case pfkey.Flush:
		maps.DeleteFunc(d.beyond, func(id sadb.ID, _ beyond) bool {
			return m.SAType == pfkey.SATypeUnspec || m.SAType == pfsa.SAType(id.Proto)
		})
	}
}

package pfkey

import (
	"ikewit/impl/sadb"
	"ikewit/impl/wire/pfkey"
)

// watch makes events of the engine's own messages until the engine is gone. The reader puts those aside for it, since making
// one may take a request.
func (d *Driver) watch() {
	defer close(d.events)
	for {
		select {
		case m := <-d.heard.Out():
			e, ok := d.event(m)
			if !ok {
				continue
			}
			select {
			case d.events <- e:
			case <-d.ended:
				return
			}
		case <-d.ended:
			return
		}
	}
}

// event reads a message of the engine; false: it is none of those, or cannot be read.
func (d *Driver) event(m *pfkey.Message) (sadb.Event, bool) {
	switch m.Type {
	case pfkey.Expire:
		sa, err := d.told(m)
		hard := m.Find(pfkey.ExtLifetimeHard) != nil
		if hard {
			d.mu.Lock()
			delete(d.beyond, sa.ID())
			d.mu.Unlock()
		}
		return sadb.Expire{SA: sa, Hard: hard}, err == nil
	case pfkey.Acquire:
		a, err := d.acquire(m)
		if err != nil || m.Errno != 0 {
			return nil, false
		}
		d.wanted(a)
		return a, true
	}
	return nil, false
}

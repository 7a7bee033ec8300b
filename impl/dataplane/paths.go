package dataplane

import (
	"net/netip"
	"time"
)

// pathLife is how long a path is believed to be narrow; then larger packets are tried again. RFC 1191
// section 6.3 recommends ten minutes.
const pathLife = 10 * time.Minute

// maxPaths bounds what is remembered of what anybody may say.
const maxPaths = 4096

// paths are what is known of the ways to destinations.
type paths struct {
	link  int // what our own link carries, in octets
	known map[netip.Addr]path
	next  time.Time // when the first of them is over; zero: never
}

type path struct {
	mtu int
	end time.Time
}

func newPaths(link int) paths { return paths{link: link, known: map[netip.Addr]path{}} }

// mtu is the longest packet that the way to an address takes, as far as is known.
func (t *paths) mtu(to netip.Addr) int {
	if p, ok := t.known[to]; ok {
		return min(p.mtu, t.link)
	}
	return t.link
}

// narrow takes note that the way to an address takes no more than so many octets, and reports whether
// that is news. Nobody is believed who says less than every host must take.
func (t *paths) narrow(now time.Time, to netip.Addr, mtu int) bool {
	least := minMTU4
	if to.Is6() {
		least = minMTU6
	}
	mtu = max(mtu, least)
	_, known := t.known[to]
	if mtu >= t.mtu(to) || !known && len(t.known) >= maxPaths {
		return false
	}
	end := now.Add(pathLife)
	t.known[to] = path{mtu, end}
	if t.next.IsZero() || end.Before(t.next) {
		t.next = end
	}
	return true
}

// aged forgets what is too old, and reports whether there was any.
func (t *paths) aged(now time.Time) bool {
	if t.next.IsZero() || now.Before(t.next) {
		return false
	}
	t.next = time.Time{}
	for to, p := range t.known {
		if !now.Before(p.end) {
			delete(t.known, to)
		} else if t.next.IsZero() || p.end.Before(t.next) {
			t.next = p.end
		}
	}
	return true
}

package ike

import (
	"net/netip"
	"time"
)

// A Limiter allows one thing per peer and interval. Its memory is fixed: two peers may share a place,
// and then share their allowance, so that a flood from many addresses costs nothing.
type Limiter struct {
	next []time.Time // for each place, when something is allowed again
}

const limiterPlaces = 512 // ours

// Allow reports whether the peer's time has come, and if so uses it up.
func (l *Limiter) Allow(now time.Time, peer netip.Addr, interval time.Duration) bool {
	if l.next == nil {
		l.next = make([]time.Time, limiterPlaces)
	}
	next := &l.next[place(peer)]
	if now.Before(*next) {
		return false
	}
	*next = now.Add(interval)
	return true
}

// place is FNV-1a of the address, cut to the number of places.
func place(peer netip.Addr) uint32 {
	h := uint32(2166136261)
	for _, octet := range peer.As16() {
		h = (h ^ uint32(octet)) * 16777619
	}
	return (h ^ h>>16) % limiterPlaces
}

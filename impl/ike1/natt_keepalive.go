package ike1

import (
	"net/netip"
	"time"

	"ikewit/impl/ike"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/ikehdr"
)

// A mapping is what a NAT before us keeps for the way to a peer, as long as something goes that way: IKE, ESP, or else a keepalive.
// IKE passes here; of ESP the SA database is asked, a few times in each interval, and what was sent since the last time is taken to
// have been sent right after that. So silence is never longer than the interval. RFC 3948 section 4.
type mapping struct {
	m             *Machine
	local, remote netip.AddrPort
	timer         ike.Timer
	used          time.Time // something went this way then, or later
	asked         time.Time // when packets were counted
	packets       uint64    // of ESP, then
}

// looks is how often in an interval packets of ESP are counted. Ours.
const looks = 4

// keepAlive begins to keep a mapping alive, if there is a NAT before us. RFC 3948 section 4.
func (m *Machine) keepAlive(s *association) {
	key := [2]netip.AddrPort{s.local, s.remote}
	if !s.encapsulates() || !s.natt.local || m.mappings[key] != nil {
		return
	}
	now := m.core.Now()
	p := &mapping{m: m, local: s.local, remote: s.remote, used: now, asked: now}
	m.mappings[key] = p
	p.wait()
}

// usedMapping notes that a message goes the way of a mapping: for a while it needs nothing else.
func (m *Machine) usedMapping(local, remote netip.AddrPort) {
	if p := m.mappings[[2]netip.AddrPort{local, remote}]; p != nil {
		p.used = m.core.Now()
	}
}

// wait sets the timer to when a keepalive may be due, or packets are to be counted.
func (p *mapping) wait() {
	interval, now := p.m.core.Limits.Keepalive, p.m.core.Now()
	p.m.core.Set(&p.timer, min(interval/looks, p.used.Add(interval).Sub(now)), "keepalive", p)
}

// Wake counts what has gone by the mapping since the last time. Without an SA there is nothing to be kept.
func (p *mapping) Wake(*ike.Timer) {
	if !p.needed() {
		delete(p.m.mappings, [2]netip.AddrPort{p.local, p.remote})
		return
	}
	var list []sadb.ID
	for pair := range p.pairs {
		for i := range pair.Out {
			list = append(list, pair.Out[i].ID())
		}
	}
	if len(list) == 0 {
		p.counted(p.m.core.Now(), 0)
		return
	}
	at := p.m.core.Now()
	p.m.core.Tally(list, func(packets uint64) { p.counted(at, packets) })
}

// counted sends a keepalive if nothing else has gone by the mapping for an interval: one octet, from and to the ports of ESP in UDP.
// RFC 3948 sections 2.3 and 4.
func (p *mapping) counted(at time.Time, packets uint64) {
	core := p.m.core
	if packets > p.packets && p.asked.After(p.used) {
		p.used = p.asked
	}
	p.asked, p.packets = at, packets
	if core.Now().Sub(p.used) >= core.Limits.Keepalive {
		if core.Trace.Messages {
			core.Emit(ike.Sent{Exchange: ike.Exchange{Local: p.local, Remote: p.remote}, Message: "KEEP"})
		}
		core.Emit(ike.Send{Local: p.local, Remote: p.remote, Octets: ikehdr.AppendKeepalive(nil), Message: "KEEP"})
		p.used = core.Now()
	}
	p.wait()
}

// pairs gives those whose packets go by the mapping.
func (p *mapping) pairs(yield func(*ike.Pair) bool) {
	for pair := range p.m.pairs.Between(p.local.Addr(), p.remote.Addr()) {
		if pair.Up() && pair.Remote == p.remote && !yield(pair) {
			return
		}
	}
}

func (p *mapping) needed() bool {
	for s := range p.m.with(ends{p.local.Addr(), p.remote.Addr()}).all {
		if s.up() && s.local == p.local && s.remote == p.remote {
			return true
		}
	}
	for range p.pairs {
		return true
	}
	return false
}

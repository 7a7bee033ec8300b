package pfkey

import (
	"net/netip"

	"ikewit/impl/sadb"
)

// ends are those of an SA.
type ends struct {
	proto    sadb.Protocol
	src, dst netip.Addr
}

// asked is an ACQUIRE that waits for its SAs: what is added because of it carries its number (RFC 2367 section 3.1.6).
type asked struct {
	seq     uint32
	out, in bool // there already
}

// mostAsked bounds what is remembered of requests that nobody fulfils.
const mostAsked = 1024

// wanted remembers a request.
func (d *Driver) wanted(a sadb.Acquire) {
	name := ends{a.Template.Proto, a.Packet.Src.From, a.Packet.Dst.From}
	if a.Template.Mode == sadb.Tunnel {
		name.src, name.dst = a.Template.Src, a.Template.Dst
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.asked) >= mostAsked {
		clear(d.asked)
	}
	d.asked[name] = &asked{seq: a.Seq}
}

// request finds the one that an SA answers, in its direction or as the other of the pair; nil: nobody asked. The caller holds the
// lock.
func (d *Driver) request(sa *sadb.SA) (a *asked, way *bool) {
	if a = d.asked[ends{sa.Proto, sa.Src, sa.Dst}]; a != nil {
		return a, &a.out
	}
	if a = d.asked[ends{sa.Proto, sa.Dst, sa.Src}]; a != nil {
		return a, &a.in
	}
	return nil, nil
}

// numberOf gives the number for the message that adds an SA.
func (d *Driver) numberOf(sa *sadb.SA) uint32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	if a, way := d.request(sa); a != nil && !*way && a.seq != 0 && d.waiting[a.seq] == nil {
		return a.seq
	}
	return number()
}

// answered notes that an SA is there; a request is over when its pair is.
func (d *Driver) answered(sa *sadb.SA) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a, way := d.request(sa)
	if a == nil {
		return
	}
	if *way = true; a.out && a.in {
		delete(d.asked, ends{sa.Proto, sa.Src, sa.Dst})
		delete(d.asked, ends{sa.Proto, sa.Dst, sa.Src})
	}
}

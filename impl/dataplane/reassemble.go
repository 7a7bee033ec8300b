package dataplane

import (
	"net/netip"
	"time"

	"ikewit/impl/wire/ipsec"
)

// How long fragments wait for each other (RFC 791 section 3.2 says 15 seconds), and how many datagrams
// do at most.
const (
	fragmentLife = 15 * time.Second
	maxDatagrams = 64
)

// A reassembler puts datagrams together. The zero value is ready. It is needed where a fragment does not
// show what a decision needs, or where only whole datagrams may be protected; it holds no more than
// maxDatagrams of 64 kB.
type reassembler struct {
	waiting map[datagramID]*datagram
	lost    uint64 // datagrams that never became whole
}

type datagramID struct {
	src, dst netip.Addr
	id       uint32
	proto    uint8 // IPv4: part of the identity (RFC 791); IPv6: 0
	v6       bool
	via      uint32 // SPI of the SA that the fragments came in; 0: none
}

// A datagram is what has come of one.
type datagram struct {
	head   []byte  // IP headers in front, of the first fragment; nil before it came
	pieces []piece // in order, without overlap
	got    int     // octets in pieces
	size   int     // octets of payload; 0: the last fragment has not come
	end    time.Time
}

type piece struct {
	at     int
	octets []byte
}

// add takes a fragment; true: its datagram is whole now, and this is it. Only fragments that came the
// same way make one: via is the SPI of their SA, or 0.
func (a *reassembler) add(now time.Time, p *ipsec.Packet, via uint32) (Buffer, bool) {
	a.expire(now)
	head, data := headAndData(p)
	id := datagramID{p.Src, p.Dst, p.Fragment.ID, p.Proto, p.V6, via}
	if p.V6 {
		id.proto = 0
	}
	d := a.waiting[id]
	if d == nil {
		if len(a.waiting) >= maxDatagrams {
			a.lost++
			return Buffer{}, false
		}
		if a.waiting == nil {
			a.waiting = map[datagramID]*datagram{}
		}
		d = &datagram{end: now.Add(fragmentLife)}
		a.waiting[id] = d
	}
	if !d.add(p.Fragment, head, data) {
		delete(a.waiting, id)
		a.lost++
		return Buffer{}, false
	}
	if d.size == 0 || d.got < d.size || d.head == nil {
		return Buffer{}, false
	}
	delete(a.waiting, id)
	if len(d.head)+d.size > maxPacket {
		a.lost++
		return Buffer{}, false
	}
	return d.whole(), true
}

// headAndData takes a fragment apart: the headers of the datagram, as they are without the
// fragmentation, and the part of its payload.
func headAndData(p *ipsec.Packet) (head, data []byte) {
	if !p.V6 {
		head = append([]byte(nil), p.Octets[:p.Upper]...)
		head[6], head[7] = 0, 0
		return head, p.Octets[p.Upper:]
	}
	at := p.Fragment.At
	head = append([]byte(nil), p.Octets[:at]...)
	head[p.Fragment.NamedAt] = p.Octets[at]
	return head, p.Octets[at+8:]
}

// add puts a piece in its place. False: it cannot be, or it overlaps another; then the whole datagram is
// given up (RFC 5722). The same piece twice is no harm.
func (d *datagram) add(f ipsec.FragmentInfo, head, data []byte) bool {
	from, to := f.Offset, f.Offset+len(data)
	switch {
	case len(data) == 0, f.More && len(data)%8 != 0, to > maxPacket:
		return false
	case d.size > 0 && to > d.size, !f.More && d.size > 0 && to != d.size:
		return false
	}
	i := 0
	for i < len(d.pieces) && d.pieces[i].at < from {
		i++
	}
	if i < len(d.pieces) && d.pieces[i].at == from && len(d.pieces[i].octets) == len(data) {
		return true
	}
	if i > 0 && d.pieces[i-1].at+len(d.pieces[i-1].octets) > from || i < len(d.pieces) && d.pieces[i].at < to {
		return false
	}
	if !f.More {
		if n := len(d.pieces); n > 0 && d.pieces[n-1].at+len(d.pieces[n-1].octets) > to {
			return false
		}
		d.size = to
	}
	if from == 0 {
		d.head = head
	}
	d.pieces = append(d.pieces, piece{})
	copy(d.pieces[i+1:], d.pieces[i:])
	d.pieces[i] = piece{from, append([]byte(nil), data...)}
	d.got += len(data)
	return true
}

// whole puts the pieces together.
func (d *datagram) whole() Buffer {
	b := newBuffer(len(d.head) + d.size)
	octets := b.Packet()
	copy(octets, d.head)
	for _, p := range d.pieces {
		copy(octets[len(d.head)+p.at:], p.octets)
	}
	ipsec.SetLength(octets, len(d.head), len(octets))
	return b
}

// expire gives up what has waited too long.
func (a *reassembler) expire(now time.Time) {
	for id, d := range a.waiting {
		if !now.Before(d.end) {
			delete(a.waiting, id)
			a.lost++
		}
	}
}

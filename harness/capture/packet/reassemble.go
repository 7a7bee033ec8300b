package packet

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
)

// maxPiles bounds how many packets may be incomplete at a time (ours); the oldest goes first.
const maxPiles = 256

// A Reassembler puts fragments together. The zero value is ready.
//
// Fragments that overlap are refused, as RFC 5722 demands for IPv6; an exact copy is passed over.
type Reassembler struct {
	piles map[pileKey]*pile
	order []pileKey // oldest first
}

type pileKey struct {
	src, dst netip.Addr
	protocol uint8 // IPv4 only: for IPv6 it may differ between fragments
	id       uint32
}

type pile struct {
	first *IP // offset 0
	parts []part
	total int // octets of the whole payload; -1 until the last fragment came
}

type part struct {
	offset int
	data   []byte
}

// Add takes one packet. What is no fragment comes straight back; a fragment that completes a packet gives the
// whole; any other gives false. The header of a whole is that of its first fragment, with length and fragment
// fields set as if it had never been cut; the IPv4 checksum stays what it was.
func (r *Reassembler) Add(p IP) (whole IP, done bool, err error) {
	if !p.Fragment {
		return p, true, nil
	}
	if p.Missing > 0 {
		return IP{}, false, fmt.Errorf("fragment %08x: the capture lacks %d octets", p.ID, p.Missing)
	}
	if p.More && len(p.Payload)%8 != 0 || p.Offset+len(p.Payload) > 0xffff {
		return IP{}, false, fmt.Errorf("fragment %08x: %d octets at offset %d", p.ID, len(p.Payload), p.Offset)
	}
	key := pileKey{p.Src, p.Dst, p.Protocol, p.ID}
	if p.Version == 6 {
		key.protocol = 0
	}
	q := r.pile(key)
	if err := q.add(p); err != nil {
		r.drop(key)
		return IP{}, false, err
	}
	if !q.complete() {
		return IP{}, false, nil
	}
	r.drop(key)
	whole, err = q.whole()
	return whole, err == nil, err
}

func (r *Reassembler) pile(key pileKey) *pile {
	if q, ok := r.piles[key]; ok {
		return q
	}
	if r.piles == nil {
		r.piles = map[pileKey]*pile{}
	}
	if len(r.order) == maxPiles {
		r.drop(r.order[0])
	}
	q := &pile{total: -1}
	r.piles[key], r.order = q, append(r.order, key)
	return q
}

func (r *Reassembler) drop(key pileKey) {
	delete(r.piles, key)
	r.order = slices.DeleteFunc(r.order, func(k pileKey) bool { return k == key })
}

func (q *pile) add(p IP) error {
	end := p.Offset + len(p.Payload)
	at, found := slices.BinarySearchFunc(q.parts, p.Offset, func(x part, offset int) int { return x.offset - offset })
	if found && slices.Equal(q.parts[at].data, p.Payload) {
		return nil
	}
	if found || at > 0 && q.parts[at-1].offset+len(q.parts[at-1].data) > p.Offset || at < len(q.parts) && q.parts[at].offset < end {
		return fmt.Errorf("fragment %08x: octets %d to %d overlap another", p.ID, p.Offset, end)
	}
	if !p.More {
		if q.total >= 0 && q.total != end {
			return fmt.Errorf("fragment %08x: two last fragments", p.ID)
		}
		q.total = end
	}
	if p.Offset == 0 {
		q.first = &p
	}
	q.parts = slices.Insert(q.parts, at, part{p.Offset, slices.Clone(p.Payload)})
	return nil
}

func (q *pile) complete() bool {
	if q.total < 0 || q.first == nil {
		return false
	}
	next := 0
	for _, x := range q.parts {
		if x.offset != next {
			return false
		}
		next += len(x.data)
	}
	return next == q.total
}

func (q *pile) whole() (IP, error) {
	p := *q.first
	p.Payload = make([]byte, 0, q.total)
	for _, x := range q.parts {
		p.Payload = append(p.Payload, x.data...)
	}
	p.Header = slices.Clone(p.Header)
	p.Fragment, p.More, p.Offset = false, false, 0
	length := len(p.Header) + len(p.Payload)
	if length > 0xffff {
		return IP{}, fmt.Errorf("fragment %08x: %d octets when put together", p.ID, length)
	}
	if p.Version == 4 {
		binary.BigEndian.PutUint16(p.Header[2:], uint16(length))
		binary.BigEndian.PutUint16(p.Header[6:], 0)
		return p, nil
	}
	binary.BigEndian.PutUint16(p.Header[4:], uint16(length-40))
	return p, p.extensions()
}

package dataplane

import (
	"encoding/binary"

	"ikewit/impl/sadb"
	"ikewit/impl/wire/ipsec"
)

// flowOf gives what selectors look at.
func flowOf(p *ipsec.Packet) sadb.Flow {
	f := sadb.Flow{Src: p.Src, Dst: p.Dst, Proto: p.Proto, Opaque: p.IsFragment()}
	if !f.Opaque {
		f.SrcPort, f.DstPort, _ = p.Ports()
	}
	return f
}

// A key names a flow for the memory: addresses, protocol and ports as the packet has them. The zero
// key is of no packet.
type key struct {
	src, dst [2]uint64
	above    uint64 // version, protocol, ports
}

// keyOf gives the key of a packet that is no fragment.
func keyOf(p *ipsec.Packet) key {
	b := p.Octets
	src, dst, _ := p.Ports()
	above := uint64(p.Proto)<<32 | uint64(src)<<16 | uint64(dst)
	if p.V6 {
		return key{
			[2]uint64{binary.BigEndian.Uint64(b[8:]), binary.BigEndian.Uint64(b[16:])},
			[2]uint64{binary.BigEndian.Uint64(b[24:]), binary.BigEndian.Uint64(b[32:])},
			6<<60 | above,
		}
	}
	return key{
		src:   [2]uint64{uint64(binary.BigEndian.Uint32(b[12:]))},
		dst:   [2]uint64{uint64(binary.BigEndian.Uint32(b[16:]))},
		above: 4<<60 | above,
	}
}

// A memory remembers what was decided about flows, as long as nothing changes: one place for each of
// slots values of a hash. Nothing depends on it but speed.
type memory[T any] struct {
	places  []place[T]
	version uint64
}

type place[T any] struct {
	key     key
	version uint64
	value   T
}

const slots = 1024

// forget makes everything be decided anew.
func (m *memory[T]) forget() { m.version++ }

// find gives what was remembered for a flow.
func (m *memory[T]) find(k *key) (value T, ok bool) {
	if m.places == nil {
		return value, false
	}
	p := &m.places[k.hash()]
	if p.version != m.version || p.key != *k {
		return value, false
	}
	return p.value, true
}

func (m *memory[T]) keep(k *key, value T) {
	if m.places == nil {
		m.places = make([]place[T], slots)
	}
	m.places[k.hash()] = place[T]{*k, m.version, value}
}

func (k *key) hash() uint64 {
	const odd = 0x9e3779b97f4a7c15
	h := k.src[0]
	for _, v := range [4]uint64{k.src[1], k.dst[0], k.dst[1], k.above} {
		h = (h ^ h>>29 ^ v) * odd
	}
	return h >> 54 // the ten highest bits: slots
}

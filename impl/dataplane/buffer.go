package dataplane

// Room that a Buffer should have around a packet. With less, the packet is copied; nothing else goes
// wrong.
const (
	Headroom = 160 // in front: an outer IPv6 header, AH and ESP with IV, and what a TUN device wants
	Tailroom = 64  // behind: padding, trailer and the longest ICV
)

// A Buffer is a packet with room around it. The packet is Octets[From:To].
type Buffer struct {
	Octets   []byte
	From, To int
}

// Packet is the packet itself; it shares Octets.
func (b *Buffer) Packet() []byte { return b.Octets[b.From:b.To] }

// newBuffer makes a buffer for a packet of n octets, with room around it.
func newBuffer(n int) Buffer {
	return Buffer{Octets: make([]byte, Headroom+n+Tailroom), From: Headroom, To: Headroom + n}
}

// reserve makes sure that there is room for so many octets more, in front of the packet and behind.
func (b *Buffer) reserve(front, back int) {
	if b.From >= front && len(b.Octets)-b.To >= back {
		return
	}
	n := b.To - b.From
	grown := make([]byte, Headroom+front+n+back+Tailroom)
	copy(grown[Headroom+front:], b.Packet())
	*b = Buffer{Octets: grown, From: Headroom + front, To: Headroom + front + n}
}

package world

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"ikewit/harness/capture/ipsec"
	"ikewit/harness/capture/packet"
	"ikewit/harness/check"
	"ikewit/harness/fabric"
)

// etherHeader is the octets before the IP packet in a frame of the wire.
const etherHeader = 14

// protectedPacket gives the n-th ESP or AH packet, from 1, that one peer sent another, and a copy of its frame.
func (w *World) protectedPacket(from, to string, n int) (p check.Packet, frame []byte, err error) {
	e, err := w.Evidence()
	if err != nil {
		return p, nil, err
	}
	seen := 0
	for _, p := range e.Packets() {
		r := p.Record
		if r.Src.Addr() != w.wireAddr(from) || r.Dst.Addr() != w.wireAddr(to) || p.Opened == nil {
			continue
		}
		if seen++; seen == n {
			return p, slices.Clone(e.frames[r.Frame-1].Data), nil
		}
	}
	return p, nil, &Unresolved{fmt.Sprintf("there are only %d packets from %s to %s in SAs", seen, from, to)}
}

// put sends a frame and remembers that it is ours.
func (w *World) put(from string, frame []byte) error {
	n, err := w.namespaces()
	if err != nil {
		return err
	}
	before, err := n.Frames()
	if err != nil {
		return err
	}
	w.traffic.forged = append(w.traffic.forged, forgery{from, len(before), frame})
	w.cached = nil
	return n.Inject(w.onWire(from), frame)
}

// Replay sends the n-th protected packet again, several times, and waits until it has been dealt with.
func (w *World) Replay(ctx context.Context, from, to string, n, times int) error {
	_, frame, err := w.protectedPacket(from, to, n)
	if err != nil {
		return err
	}
	for range times {
		if err := w.put(from, frame); err != nil {
			return err
		}
	}
	return w.settleTraffic(ctx, from, to)
}

// A Forgery says what is changed in a packet that was seen. Its ICV is made anew, with the key that the judge
// computed, before a bit is flipped: without Flip the packet is one that the peer might have sent.
type Forgery struct {
	Seq  uint32 // a new sequence number; 0: the old one
	SPI  uint32 // a new SPI; 0: the old one
	Flip string // where a bit is flipped: ICV, IV, ciphertext, payload; "": nowhere

	// Of ESP in UDP: another source port (0: the old one), and a UDP checksum, where others have none.
	Port     uint16
	Checksum bool

	// Inner makes another packet of the one inside, where there is no cipher; nil: it stays.
	Inner func(inner []byte) []byte
}

// Forge changes the first protected packet and sends it.
func (w *World) Forge(ctx context.Context, from, to string, f Forgery) error {
	p, frame, err := w.protectedPacket(from, to, 1)
	if err != nil {
		return err
	}
	if p.Record.NATT {
		return w.forgeInUDP(ctx, from, to, f, p, frame)
	}
	at := etherHeader + len(p.Record.IP.Header)
	b, spiAt := frame[at:], 0
	if p.Record.AH != nil {
		spiAt = 4
	}
	if f.SPI != 0 {
		binary.BigEndian.PutUint32(b[spiAt:], f.SPI)
	}
	if f.Seq != 0 {
		binary.BigEndian.PutUint32(b[spiAt+4:], f.Seq)
	}
	if err := sign(p.SA, frame[etherHeader:at], b); err != nil {
		return err
	}
	if f.Flip != "" {
		place, err := flipAt(p, f.Flip, len(b))
		if err != nil {
			return err
		}
		b[place] ^= 1
	}
	if err := w.put(from, frame); err != nil {
		return err
	}
	return w.settleTraffic(ctx, from, to)
}

// sign puts the ICV into an ESP or AH packet behind its IPv4 header without options.
func sign(sa *ipsec.SA, ip, b []byte) error {
	if sa.Integrity == nil || sa.Cipher != nil && sa.Cipher.Old {
		return nil
	}
	if sa.Cipher != nil {
		end := len(b) - sa.Integrity.ICV
		copy(b[end:], sa.Integrity.Sum(sa.AuthKey, b[:end]))
		return nil
	}
	if len(ip) != 20 {
		return &Unsupported{"AH is forged over IPv4 without options only"}
	}
	// What changes on the way is zero in the ICV: RFC 2402 section 3.3.3.1.
	covered := slices.Clone(ip)
	for _, at := range []int{1, 6, 7, 8, 10, 11} {
		covered[at] = 0
	}
	icv := b[12 : 12+sa.Integrity.ICV]
	clear(icv)
	copy(icv, sa.Integrity.Sum(sa.AuthKey, covered, b))
	return nil
}

// flipAt gives the octet, from the SPI or the AH on, in which a bit is flipped.
func flipAt(p check.Packet, part string, end int) (int, error) {
	esp := p.Record.ESP != nil && !p.SA.Cipher.Old
	switch {
	case part == "ICV" && p.Record.AH != nil:
		return 12, nil
	case part == "payload" && p.Record.AH != nil:
		return end - 1, nil
	case part == "ICV" && esp && p.SA.Integrity != nil:
		return end - 1, nil
	case part == "IV" && esp && len(p.Opened.IV) > 0:
		return 8, nil
	case part == "ciphertext" && esp:
		return 8 + len(p.Opened.IV), nil
	}
	return 0, fmt.Errorf("%s has no %s to flip a bit in", p.Name(), part)
}

// ClearPing puts an echo request on the wire that should have been protected.
func (w *World) ClearPing(ctx context.Context, from, to string) error {
	_, like, err := w.protectedPacket(from, to, 1)
	if err != nil {
		return err
	}
	src, dst := w.wireAddr(from), w.wireAddr(to)
	if !src.Is4() {
		return &Unsupported{"a clear ping is made for IPv4 only"}
	}
	frame := append(slices.Clone(like[:etherHeader]), packet.WrapIP(src, dst, packet.ProtoICMP, echoRequest(w.payload(pingSize)))...)
	if err := w.put(from, frame); err != nil {
		return err
	}
	return w.settleTraffic(ctx, from, to)
}

func echoRequest(data []byte) []byte {
	b := append([]byte{8, 0, 0, 0, trafficID >> 8, trafficID & 0xff, 0xff, 0xff}, data...)
	binary.BigEndian.PutUint16(b[2:], fabric.Checksum(b))
	return b
}

// ForgeriesSeen is the guard of everything above: what was put on the wire was on the wire.
func (w *World) ForgeriesSeen() error {
	e, err := w.Evidence()
	if err != nil {
		return err
	}
	if n := len(w.traffic.forged); n == 0 || len(e.Forged) != n {
		return &Unresolved{fmt.Sprintf("of %d frames that were put on the wire, %d were seen there", n, len(e.Forged))}
	}
	return nil
}

package pcapfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// Block types and options that the reader and the writer know.
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockOldPacket = 2
	blockSimple    = 3
	blockPacket    = 6

	optEnd       = 0
	optComment   = 1
	optName      = 2 // of an interface
	optUserAppl  = 4 // of a section
	optTSResol   = 9 // of an interface
	byteOrderBig = 0x1a2b3c4d
)

// maxInterfaces bounds what one section may describe (ours).
const maxInterfaces = 1 << 12

// A section is what frames of a pcapng file refer to.
type section struct {
	order      binary.ByteOrder
	interfaces []iface
}

type iface struct {
	link LinkType
	name string
	snap uint32
	unit func(ticks uint64) time.Time
}

func (r *Reader) startPcapng(src io.Reader) error {
	s := &section{}
	r.next = func() (Frame, error) {
		for {
			kind, body, err := r.block(src, s)
			if err != nil {
				return Frame{}, err
			}
			switch kind {
			case blockInterface:
				if err := r.addInterface(s, body); err != nil {
					return Frame{}, err
				}
			case blockPacket, blockOldPacket:
				return r.packet(s, kind, body)
			case blockSimple:
				return r.simple(s, body)
			}
		}
	}
	return nil
}

// block reads one block: type, total length, body, total length again. A section header sets the byte order.
func (r *Reader) block(src io.Reader, s *section) (uint32, []byte, error) {
	var h [12]byte
	if n, err := io.ReadFull(src, h[:8]); err != nil {
		if errors.Is(err, io.EOF) && n == 0 {
			return 0, nil, io.EOF
		}
		return 0, nil, r.fail("Block Type", err)
	}
	have := 8
	if binary.BigEndian.Uint32(h[:]) == blockSection {
		if _, err := io.ReadFull(src, h[8:]); err != nil {
			return 0, nil, r.fail("Byte-Order Magic", err)
		}
		have = 12
		*s = section{order: binary.LittleEndian}
		if binary.BigEndian.Uint32(h[8:]) == byteOrderBig {
			s.order = binary.BigEndian
		} else if magic := s.order.Uint32(h[8:]); magic != byteOrderBig {
			return 0, nil, r.fail("Byte-Order Magic", fmt.Errorf("%08x", magic))
		}
	}
	if s.order == nil {
		return 0, nil, r.fail("Block Type", errors.New("no section header before it"))
	}
	kind, total := s.order.Uint32(h[:]), s.order.Uint32(h[4:])
	if int(total) < have+4 || total%4 != 0 || total > maxFrame+4096 {
		return 0, nil, r.fail("Block Total Length", fmt.Errorf("%d octets in a block of type %d", total, kind))
	}
	body, err := r.read(src, "block body", int(total)-have)
	if err != nil {
		return 0, nil, err
	}
	if again := s.order.Uint32(body[len(body)-4:]); again != total {
		return 0, nil, r.fail("Block Total Length", fmt.Errorf("%d before and %d after the body", total, again))
	}
	return kind, body[:len(body)-4], nil
}

func (r *Reader) addInterface(s *section, b []byte) error {
	if len(b) < 8 {
		return r.fail("Interface Description Block", fmt.Errorf("%d octets, at least 8 are needed", len(b)))
	}
	if len(s.interfaces) == maxInterfaces {
		return r.fail("Interface Description Block", fmt.Errorf("more than %d interfaces", maxInterfaces))
	}
	i := iface{link: LinkType(s.order.Uint16(b)), snap: s.order.Uint32(b[4:]), unit: ticksOf(6)}
	err := r.options(s, b[8:], func(code uint16, v []byte) {
		switch {
		case code == optName:
			i.name = string(v)
		case code == optTSResol && len(v) > 0:
			i.unit = ticksOf(v[0])
		}
	})
	s.interfaces = append(s.interfaces, i)
	return err
}

// ticksOf reads if_tsresol: a negative power of ten, or of two if the high bit is set.
func ticksOf(resol byte) func(uint64) time.Time {
	per := math.Pow(10, float64(resol&0x7f))
	if resol&0x80 != 0 {
		per = math.Pow(2, float64(resol&0x7f))
	}
	return func(ticks uint64) time.Time {
		if per <= 1e9 && per >= 1 {
			n := uint64(per)
			return time.Unix(int64(ticks/n), int64(float64(ticks%n)/per*1e9+0.5)).UTC()
		}
		return time.Unix(int64(float64(ticks)/per), 0).UTC()
	}
}

// packet reads an Enhanced Packet Block, or the Packet Block that it replaced.
//
//	+---------------------------------------------------------------+
//	|          Interface ID (old: 16 bits, then 16 of drops)        |
//	+---------------------------------------------------------------+
//	|              Timestamp, upper and lower 32 bits               |
//	+---------------------------------------------------------------+
//	|    Captured Packet Length     |    Original Packet Length     |
//	+---------------------------------------------------------------+
//	~           Packet Data, padded to 32 bits; Options             ~
//	+---------------------------------------------------------------+
func (r *Reader) packet(s *section, kind uint32, b []byte) (Frame, error) {
	if len(b) < 20 {
		return Frame{}, r.fail("Enhanced Packet Block", fmt.Errorf("%d octets, at least 20 are needed", len(b)))
	}
	id := s.order.Uint32(b)
	if kind == blockOldPacket {
		id = uint32(s.order.Uint16(b))
	}
	if int64(id) >= int64(len(s.interfaces)) {
		return Frame{}, r.fail("Interface ID", fmt.Errorf("%d, only %d are described", id, len(s.interfaces)))
	}
	captured := s.order.Uint32(b[12:])
	if int64(captured) > int64(len(b)-20) {
		return Frame{}, r.fail("Captured Packet Length", fmt.Errorf("%d octets in a block of %d", captured, len(b)))
	}
	i := s.interfaces[id]
	ticks := uint64(s.order.Uint32(b[4:]))<<32 | uint64(s.order.Uint32(b[8:]))
	f := Frame{Time: i.unit(ticks), Link: i.link, Interface: i.name, Data: b[20 : 20+captured : 20+captured]}
	f.Length = max(int(s.order.Uint32(b[16:])), len(f.Data))
	err := r.options(s, b[min(len(b), 20+(int(captured)+3)&^3):], func(code uint16, v []byte) {
		if code == optComment {
			f.Comments = append(f.Comments, string(v))
		}
	})
	return f, err
}

// simple reads a Simple Packet Block: original length and data, of the first interface.
func (r *Reader) simple(s *section, b []byte) (Frame, error) {
	if len(b) < 4 || len(s.interfaces) == 0 {
		return Frame{}, r.fail("Simple Packet Block", fmt.Errorf("%d octets, %d interfaces", len(b), len(s.interfaces)))
	}
	length, i := s.order.Uint32(b), s.interfaces[0]
	captured := min(length, uint32(len(b)-4))
	if i.snap != 0 {
		captured = min(captured, i.snap)
	}
	return Frame{Link: i.link, Interface: i.name, Data: b[4 : 4+captured], Length: int(length)}, nil
}

// options walks code, length, value, each value padded to 32 bits.
func (r *Reader) options(s *section, b []byte, each func(code uint16, v []byte)) error {
	for len(b) >= 4 {
		code, n := s.order.Uint16(b), int(s.order.Uint16(b[2:]))
		if code == optEnd {
			return nil
		}
		if n > len(b)-4 {
			return r.fail("Option Length", fmt.Errorf("option %d has %d octets, %d are left", code, n, len(b)-4))
		}
		each(code, b[4:4+n])
		b = b[min(len(b), 4+(n+3)&^3):]
	}
	return nil
}

package pcapfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// A Writer writes a pcapng file: one section, an interface per name and link type, one block per frame. What it
// has written is always a whole file: nothing is buffered.
type Writer struct {
	w          io.Writer
	interfaces []iface
}

// NewWriter starts a file. application names the program that writes it.
func NewWriter(w io.Writer, application string) (*Writer, error) {
	p := &Writer{w: w}
	b := binary.LittleEndian.AppendUint32(nil, byteOrderBig)
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint16(b, 0)
	b = binary.LittleEndian.AppendUint64(b, math.MaxUint64) // length of the section: not known
	b, err := appendOptions(b, option{optUserAppl, application})
	if err != nil {
		return nil, err
	}
	return p, p.block(blockSection, b)
}

// Write writes one frame with its comments. Number is ignored; a zero Length means len(Data).
func (p *Writer) Write(f Frame) error {
	if len(f.Data) > maxFrame {
		return fmt.Errorf("frame of %d octets, at most %d can be written", len(f.Data), maxFrame)
	}
	id, err := p.interfaceOf(f)
	if err != nil {
		return err
	}
	var ticks uint64
	if !f.Time.IsZero() {
		ticks = uint64(f.Time.UnixNano())
	}
	b := binary.LittleEndian.AppendUint32(nil, uint32(id))
	b = binary.LittleEndian.AppendUint32(b, uint32(ticks>>32))
	b = binary.LittleEndian.AppendUint32(b, uint32(ticks))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(f.Data)))
	b = binary.LittleEndian.AppendUint32(b, uint32(max(f.Length, len(f.Data))))
	b = pad(append(b, f.Data...))
	var options []option
	for _, c := range f.Comments {
		options = append(options, option{optComment, c})
	}
	if b, err = appendOptions(b, options...); err != nil {
		return err
	}
	return p.block(blockPacket, b)
}

// interfaceOf finds the interface of a frame, or describes it, with times in nanoseconds.
func (p *Writer) interfaceOf(f Frame) (int, error) {
	if f.Link == LinkBare {
		return 0, errors.New("a bare message has no link; wrap it in IP and UDP first")
	}
	for i, known := range p.interfaces {
		if known.link == f.Link && known.name == f.Interface {
			return i, nil
		}
	}
	b := binary.LittleEndian.AppendUint16(nil, uint16(f.Link))
	b = binary.LittleEndian.AppendUint16(b, 0)
	b = binary.LittleEndian.AppendUint32(b, 0) // no snap length
	options := []option{{optTSResol, "\x09"}}
	if f.Interface != "" {
		options = append([]option{{optName, f.Interface}}, options...)
	}
	b, err := appendOptions(b, options...)
	if err != nil {
		return 0, err
	}
	p.interfaces = append(p.interfaces, iface{link: f.Link, name: f.Interface})
	return len(p.interfaces) - 1, p.block(blockInterface, b)
}

// block writes one block in one call, so that a reader of a growing file sees few torn ones.
func (p *Writer) block(kind uint32, body []byte) error {
	total := uint32(len(body) + 12)
	b := binary.LittleEndian.AppendUint32(make([]byte, 0, total), kind)
	b = binary.LittleEndian.AppendUint32(b, total)
	b = append(b, body...)
	b = binary.LittleEndian.AppendUint32(b, total)
	_, err := p.w.Write(b)
	return err
}

type option struct {
	code  uint16
	value string
}

func appendOptions(b []byte, options ...option) ([]byte, error) {
	if len(options) == 0 {
		return b, nil
	}
	for _, o := range options {
		if len(o.value) > math.MaxUint16 {
			return nil, fmt.Errorf("option %d of %d octets, at most %d can be written", o.code, len(o.value), math.MaxUint16)
		}
		b = binary.LittleEndian.AppendUint16(b, o.code)
		b = binary.LittleEndian.AppendUint16(b, uint16(len(o.value)))
		b = pad(append(b, o.value...))
	}
	return binary.LittleEndian.AppendUint32(b, optEnd), nil
}

// pad fills up to 32 bits.
func pad(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

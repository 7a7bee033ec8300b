package pcapfile

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// startPcap reads the header of a classic file.
//
//	+---------------------------------------------------------------+
//	|                          Magic Number                         |
//	+-------------------------------+-------------------------------+
//	|          Major Version        |         Minor Version         |
//	+-------------------------------+-------------------------------+
//	|                           Reserved 1, 2                       |
//	+---------------------------------------------------------------+
//	|                            SnapLen                            |
//	+----------------------+----------------------------------------+
//	| FCS, reserved        |                 LinkType               |
//	+----------------------+----------------------------------------+
func (r *Reader) startPcap(src io.Reader) error {
	h, err := r.read(src, "file header", 24)
	if err != nil {
		return err
	}
	var order binary.ByteOrder = binary.LittleEndian
	if h[0] == 0xa1 {
		order = binary.BigEndian
	}
	unit := time.Microsecond
	if order.Uint32(h) == 0xa1b23c4d {
		unit = time.Nanosecond
	}
	if major := order.Uint16(h[4:]); major != 2 {
		return r.fail("Major Version", fmt.Errorf("%d, only 2 is known", major))
	}
	link := LinkType(order.Uint32(h[20:]) & 0xffff)
	r.next = func() (Frame, error) { return r.nextPcap(src, order, unit, link) }
	return nil
}

// nextPcap reads one record.
//
//	+---------------------------------------------------------------+
//	|      Timestamp (Seconds)      |  Timestamp (micro- or nano-)  |
//	+---------------------------------------------------------------+
//	|    Captured Packet Length     |    Original Packet Length     |
//	+---------------------------------------------------------------+
//	~                          Packet Data                          ~
//	+---------------------------------------------------------------+
func (r *Reader) nextPcap(src io.Reader, order binary.ByteOrder, unit time.Duration, link LinkType) (Frame, error) {
	var h [16]byte
	if n, err := io.ReadFull(src, h[:]); err != nil {
		if err == io.EOF && n == 0 {
			return Frame{}, io.EOF
		}
		return Frame{}, r.fail("record header", err)
	}
	captured := order.Uint32(h[8:])
	if captured > maxFrame {
		return Frame{}, r.fail("Captured Packet Length", fmt.Errorf("%d octets, at most %d are read", captured, maxFrame))
	}
	data, err := r.read(src, "Packet Data", int(captured))
	if err != nil {
		return Frame{}, err
	}
	at := time.Unix(int64(order.Uint32(h[:])), int64(order.Uint32(h[4:]))*int64(unit)).UTC()
	return Frame{Time: at, Link: link, Data: data, Length: max(int(order.Uint32(h[12:])), len(data))}, nil
}

package pcapfile

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// A Reader gives the frames of one capture, in order.
type Reader struct {
	next  func() (Frame, error)
	close func() error
	err   error // once set, given for ever
	count int
}

// Open opens a capture file. A file that ends in .dat or .bin is taken as one bare message.
func Open(path string) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	var r *Reader
	switch strings.ToLower(filepath.Ext(path)) {
	case ".dat", ".bin":
		r, err = NewBareReader(f)
	default:
		r, err = NewReader(f)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	r.close = f.Close
	return r, nil
}

// NewReader tells the format by the first octets. What is neither pcap, pcapng nor gzip is refused, unless its
// own length field says that it is one ISAKMP message.
func NewReader(src io.Reader) (*Reader, error) {
	b := bufio.NewReaderSize(src, 64<<10)
	if head, _ := b.Peek(2); bytes.Equal(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, fmt.Errorf("gzip header: %w", err)
		}
		b = bufio.NewReaderSize(z, 64<<10)
	}
	head, err := b.Peek(4)
	if err != nil {
		return nil, fmt.Errorf("not a capture: %d octets, the shortest has 24", len(head))
	}
	r := &Reader{}
	switch magic := binary.BigEndian.Uint32(head); magic {
	case 0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1:
		return r, r.startPcap(b)
	case blockSection:
		return r, r.startPcapng(b)
	default:
		if head, _ := b.Peek(28); len(head) == 28 {
			if says := binary.BigEndian.Uint32(head[24:]); says >= 28 && says < maxBare {
				if all, _ := b.Peek(int(says) + 1); len(all) == int(says) {
					return NewBareReader(b)
				}
			}
		}
		return nil, fmt.Errorf("not a capture: starts with %08x, which is neither pcap, pcapng, gzip nor a bare message", magic)
	}
}

// maxBare is one more than what a UDP datagram can carry.
const maxBare = 1 << 16

// NewBareReader takes all of src as the payload of one UDP datagram.
func NewBareReader(src io.Reader) (*Reader, error) {
	all, err := io.ReadAll(io.LimitReader(src, maxBare))
	if err != nil {
		return nil, err
	}
	if len(all) == maxBare {
		return nil, fmt.Errorf("not a bare message: more than %d octets", maxBare-1)
	}
	given := false
	return &Reader{next: func() (Frame, error) {
		if given {
			return Frame{}, io.EOF
		}
		given = true
		return Frame{Link: LinkBare, Data: all, Length: len(all)}, nil
	}}, nil
}

// Next gives the next frame, io.EOF after the last, or a *FormatError where the file is broken.
func (r *Reader) Next() (Frame, error) {
	if r.err != nil {
		return Frame{}, r.err
	}
	f, err := r.next()
	if err != nil {
		r.err = err
		return Frame{}, err
	}
	r.count++
	f.Number = r.count
	return f, nil
}

// Close closes what Open opened.
func (r *Reader) Close() error {
	if r.close == nil {
		return nil
	}
	return r.close()
}

// fail names the frame that could not be read.
func (r *Reader) fail(field string, err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return &FormatError{Frame: r.count + 1, Field: field, Err: err}
}

// read takes exactly n octets; n must have been bounded before.
func (r *Reader) read(src io.Reader, field string, n int) ([]byte, error) {
	b := make([]byte, n)
	if got, err := io.ReadFull(src, b); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = fmt.Errorf("file ends after %d of %d octets: %w", got, n, io.ErrUnexpectedEOF)
		}
		return nil, r.fail(field, err)
	}
	return b, nil
}

package pfkey

import (
	"encoding/binary"
	"fmt"
)

// host is the order of numbers on this machine.
var host = binary.NativeEndian

// A reader takes fields off an extension's body. The first failure sticks; after it every read gives zero.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) take(name string, n int) []byte {
	if r.err == nil && len(r.rest) < n {
		r.err = fmt.Errorf("%s: %d octets are needed, %d are there", name, n, len(r.rest))
	}
	if r.err != nil {
		return make([]byte, min(n, 8)) // callers that take more than a number look at err
	}
	field := r.rest[:n]
	r.rest = r.rest[n:]
	return field
}

func (r *reader) uint8(name string) uint8   { return r.take(name, 1)[0] }
func (r *reader) uint16(name string) uint16 { return host.Uint16(r.take(name, 2)) }
func (r *reader) uint32(name string) uint32 { return host.Uint32(r.take(name, 4)) }
func (r *reader) uint64(name string) uint64 { return host.Uint64(r.take(name, 8)) }

// network32 is for the SPI.
func (r *reader) network32(name string) uint32 { return binary.BigEndian.Uint32(r.take(name, 4)) }

// all gives what is left, in a copy: keys and names outlive the buffer that they came in.
func (r *reader) all() []byte {
	if r.err != nil {
		return nil
	}
	field := append([]byte(nil), r.rest...)
	r.rest = nil
	return field
}

// octets gives n octets in a copy.
func (r *reader) octets(name string, n int) []byte {
	field := r.take(name, n)
	if r.err != nil {
		return nil
	}
	return append([]byte(nil), field...)
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

package isakmp

import (
	"encoding/binary"
	"fmt"
)

// A cursor reads fields off the front of octets. The first field that does not fit is kept as the error; after it
// every read gives zero.
type cursor struct {
	b   []byte
	err error
}

// fail keeps the first error.
func (c *cursor) fail(field, format string, args ...any) {
	if c.err == nil {
		c.err = fieldError(field, format, args...)
	}
	c.b = nil
}

func (c *cursor) octets(field string, n int) []byte {
	if c.err != nil {
		return nil
	}
	if n < 0 || n > len(c.b) {
		c.fail(field, "%d octets, %d are left", n, len(c.b))
		return nil
	}
	out := c.b[:n:n]
	c.b = c.b[n:]
	return out
}

// rest takes everything that is left, which may be nothing.
func (c *cursor) rest() []byte { return c.octets("", len(c.b)) }

func (c *cursor) uint8(field string) uint8 {
	if b := c.octets(field, 1); b != nil {
		return b[0]
	}
	return 0
}

func (c *cursor) uint16(field string) uint16 {
	if b := c.octets(field, 2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (c *cursor) uint32(field string) uint32 {
	if b := c.octets(field, 4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

// within gives a cursor over the next n octets; its error becomes this one's by join.
func (c *cursor) within(field string, n int) *cursor {
	return &cursor{b: c.octets(field, n), err: c.err}
}

func (c *cursor) join(inner *cursor, where string) {
	if c.err == nil && inner.err != nil {
		c.err = fmt.Errorf("%s: %w", where, inner.err)
		c.b = nil
	}
}

// fieldError names a field as the RFC spells it.
func fieldError(field, format string, args ...any) error {
	return fmt.Errorf("%s: %s", field, fmt.Sprintf(format, args...))
}

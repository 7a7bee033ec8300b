// Package bin reads big-endian binary formats with one check at the end.
//
// A [Reader] keeps its first failure, with the name and the place of the field that failed; after
// that every read returns zero. So a parser reads down the drawing of its format field by field, and
// asks [Reader.End] once whether all of it was true. No read panics, whatever the octets say.
package bin

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// What can be wrong with octets that are read field by field; an [*Error] wraps one of these, or what
// the parser gave to [Reader.Fail].
var (
	ErrShort    = errors.New("too few octets")
	ErrLeftOver = errors.New("octets left over")
)

// An Error says which field was wrong, and where.
type Error struct {
	Field  string // as the drawing names it; empty when the fault is what comes after the last field
	Offset int    // of the field's first octet, counted as [NewAt] says
	Err    error
}

// Error names the field, its offset and what was wrong.
func (e *Error) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("octet %d: %v", e.Offset, e.Err)
	}
	return fmt.Sprintf("%s at octet %d: %v", e.Field, e.Offset, e.Err)
}

// Unwrap returns what was wrong, without the place.
func (e *Error) Unwrap() error { return e.Err }

// A Reader reads fields from the front of its octets. The zero Reader has none.
type Reader struct {
	b     []byte
	next  int    // index in b of what is to be read next
	base  int    // offset of b[0] in errors
	field string // the field read last
	start int    // its index in b
	err   error
}

// New returns a Reader of b, whose first octet has offset 0 in errors.
// What is read aliases b.
func New(b []byte) *Reader { return NewAt(b, 0) }

// NewAt is [New] for octets cut from a larger whole: in errors, b's first octet has that offset.
func NewAt(b []byte, offset int) *Reader { return &Reader{b: b, base: offset} }

// Uint8 reads one octet.
func (r *Reader) Uint8(field string) uint8 {
	b := r.Octets(field, 1)
	if b == nil {
		return 0
	}
	return b[0]
}

// Uint16 reads two octets, the high one first.
func (r *Reader) Uint16(field string) uint16 {
	b := r.Octets(field, 2)
	if b == nil {
		return 0
	}
	return binary.BigEndian.Uint16(b)
}

// Uint32 reads four octets, the highest first.
func (r *Reader) Uint32(field string) uint32 {
	b := r.Octets(field, 4)
	if b == nil {
		return 0
	}
	return binary.BigEndian.Uint32(b)
}

// Octets reads n octets. The result aliases what New was given and cannot grow into what follows;
// it is nil only after a failure. A negative n fails.
func (r *Reader) Octets(field string, n int) []byte {
	if r.err != nil {
		return nil
	}
	r.field, r.start = field, r.next
	if n < 0 || n > len(r.b)-r.next {
		r.short(n)
		return nil
	}
	r.next += n
	if n == 0 {
		return []byte{} // not nil, even if b is
	}
	return r.b[r.start:r.next:r.next]
}

// Rest reads all octets that are left, none perhaps. It is nil only after a failure.
func (r *Reader) Rest(field string) []byte { return r.Octets(field, len(r.b)-r.next) }

// Sub reads n octets and returns a Reader of them alone, for a structure within a structure. It
// starts failed if r has failed; a failure of its own does not reach r: give its End to [Reader.Fail].
// It is a value so that it need not be allocated.
func (r *Reader) Sub(field string, n int) Reader {
	b := r.Octets(field, n)
	return Reader{b: b, base: r.base + r.next - len(b), field: field, err: r.err}
}

// Len is the number of octets left; 0 after a failure, so that a loop over Len ends.
func (r *Reader) Len() int {
	if r.err != nil {
		return 0
	}
	return len(r.b) - r.next
}

// Offset is the place of the next octet, counted as [NewAt] says.
func (r *Reader) Offset() int { return r.base + r.next }

// Fail says that the field read last is wrong; an [*Error], as from a Sub, says its own place. The
// first failure stays. A nil err is none.
func (r *Reader) Fail(err error) {
	if r.err != nil || err == nil {
		return
	}
	if _, placed := err.(*Error); !placed {
		err = &Error{Field: r.field, Offset: r.base + r.start, Err: err}
	}
	r.err = err
}

// Err is the first failure, an [*Error], or nil.
func (r *Reader) Err() error { return r.err }

// End is Err, or an [*Error] with [ErrLeftOver] if octets are left that no field has claimed.
func (r *Reader) End() error {
	if n := r.Len(); n > 0 {
		r.field, r.start = "", r.next
		r.Fail(fmt.Errorf("%d %w", n, ErrLeftOver))
	}
	return r.err
}

// short fails the field read last for want of octets.
func (r *Reader) short(want int) {
	r.Fail(fmt.Errorf("%w: wants %d, has %d", ErrShort, want, len(r.b)-r.next))
}

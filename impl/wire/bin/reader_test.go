package bin

import (
	"bytes"
	"errors"
	"testing"
)

func TestReaderReadsFieldsInOrder(t *testing.T) {
	r := New([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
	if v := r.Uint8("a"); v != 1 {
		t.Errorf("Uint8 = %#x", v)
	}
	if v := r.Uint16("b"); v != 0x0203 {
		t.Errorf("Uint16 = %#x", v)
	}
	if v := r.Uint32("c"); v != 0x04050607 {
		t.Errorf("Uint32 = %#x", v)
	}
	if v := r.Octets("d", 2); !bytes.Equal(v, []byte{8, 9}) || cap(v) != 2 {
		t.Errorf("Octets = %x, cap %d", v, cap(v))
	}
	if r.Len() != 2 || r.Offset() != 9 {
		t.Errorf("Len %d, Offset %d", r.Len(), r.Offset())
	}
	if v := r.Rest("e"); !bytes.Equal(v, []byte{10, 11}) {
		t.Errorf("Rest = %x", v)
	}
	if v := r.Rest("f"); v == nil || len(v) != 0 {
		t.Errorf("empty Rest = %v, want no octets, not nil", v)
	}
	if err := r.End(); err != nil {
		t.Errorf("End = %v", err)
	}
}

func TestReaderKeepsFirstFailure(t *testing.T) {
	r := NewAt([]byte{1, 2, 3}, 100)
	r.Uint16("first")
	if v := r.Uint32("second"); v != 0 {
		t.Errorf("failed Uint32 = %d", v)
	}
	if r.Uint8("third") != 0 || r.Uint16("third") != 0 || r.Octets("third", 0) != nil || r.Rest("third") != nil || r.Len() != 0 {
		t.Error("a read after a failure gives something")
	}
	r.Fail(errors.New("later"))

	var e *Error
	if err := r.End(); !errors.As(err, &e) || e.Field != "second" || e.Offset != 102 || !errors.Is(err, ErrShort) {
		t.Errorf("End = %v", err)
	}
	if want := "second at octet 102: too few octets: wants 4, has 1"; r.Err().Error() != want {
		t.Errorf("Err = %q, want %q", r.Err(), want)
	}
}

func TestReaderRefusesNegativeCount(t *testing.T) {
	r := New([]byte{1, 2})
	if r.Octets("n", -1) != nil || !errors.Is(r.Err(), ErrShort) {
		t.Errorf("Octets(-1): %v", r.Err())
	}
}

func TestReaderEndRefusesOctetsLeftOver(t *testing.T) {
	r := New([]byte{1, 2, 3})
	r.Uint8("a")
	err := r.End()
	if !errors.Is(err, ErrLeftOver) || err.Error() != "octet 1: 2 octets left over" {
		t.Errorf("End = %v", err)
	}
}

func TestReaderFailNamesFieldReadLast(t *testing.T) {
	bad := errors.New("odd")
	r := New([]byte{1, 2})
	r.Uint8("a")
	r.Fail(nil)
	r.Uint8("b")
	r.Fail(bad)
	var e *Error
	if !errors.As(r.Err(), &e) || e.Field != "b" || e.Offset != 1 || !errors.Is(r.Err(), bad) {
		t.Errorf("Err = %v", r.Err())
	}
}

func TestReaderSub(t *testing.T) {
	r := NewAt([]byte{0, 1, 2, 3, 4}, 10)
	r.Uint8("before")
	sub := r.Sub("inner", 3)
	sub.Uint16("x")
	sub.Uint16("y")
	var e *Error
	if !errors.As(sub.Err(), &e) || e.Field != "y" || e.Offset != 13 {
		t.Errorf("inner Err = %v", sub.Err())
	}
	if r.Err() != nil || r.Len() != 1 {
		t.Errorf("outer Err = %v, Len %d", r.Err(), r.Len())
	}
	outer := *r
	if outer.Fail(sub.End()); outer.Err() != sub.Err() {
		t.Errorf("outer Err = %v, want that of the inner", outer.Err())
	}
	empty := r.Sub("empty", 0)
	empty.Fail(ErrLeftOver)
	if !errors.As(empty.Err(), &e) || e.Field != "empty" || e.Offset != 14 {
		t.Errorf("Err before anything is read = %v", empty.Err())
	}
	beyond := r.Sub("beyond", 2)
	if r.Err() == nil || beyond.Err() != r.Err() || beyond.Len() != 0 {
		t.Errorf("Sub beyond the end: %v, %v", r.Err(), beyond.Err())
	}
}

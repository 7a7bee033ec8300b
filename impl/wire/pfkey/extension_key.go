package pfkey

import (
	"bytes"
	"fmt"
)

// Key is a secret. RFC 2367 section 2.3.4. It prints as its length.
//
//	|         sadb_key_bits         |       sadb_key_reserved       |
//	+---------------+---------------+---------------+---------------+
//	~            the key, high bit first, padded to 64 bits         ~
type Key struct {
	Which    ExtensionType // ExtKeyAuth or ExtKeyEncrypt
	Bits     uint16
	Reserved uint16
	Octets   []byte // (Bits+7)/8 of them
	Padding  []byte // as received; nil: zeros
}

// Kind is Which.
func (e *Key) Kind() ExtensionType { return e.Which }

// Format writes "key of 128 bits" for every verb.
func (e *Key) Format(s fmt.State, _ rune) { fmt.Fprintf(s, "key of %d bits", e.Bits) }

var _ fmt.Formatter = (*Key)(nil)

func (e *Key) parse(r *reader) {
	e.Bits = r.uint16("bits")
	e.Reserved = r.uint16("reserved")
	e.Octets = r.octets("key", (int(e.Bits)+7)/8)
	e.Padding = padding(r)
}

func (e *Key) append(b []byte) []byte {
	b = host.AppendUint16(b, e.Bits)
	b = host.AppendUint16(b, e.Reserved)
	b = append(b, e.Octets...)
	return append(b, e.Padding...)
}

// padding takes what is left, which may be up to the next multiple of 8 octets; zeros are kept as nil.
func padding(r *reader) []byte {
	if len(r.rest) >= 8 {
		r.fail("%d octets behind the end, padding has 7 at most", len(r.rest))
		return nil
	}
	pad := r.all()
	if len(bytes.Trim(pad, "\x00")) == 0 {
		return nil
	}
	return pad
}

// Identity is the name of an end. RFC 2367 section 2.3.5.
//
//	|      sadb_ident_type          |     sadb_ident_reserved       |
//	+---------------+---------------+---------------+---------------+
//	|                      sadb_ident_id (64 bits)                  |
//	+---------------+---------------+---------------+---------------+
//	~    the name, a C string, terminated, padded to 64 bits        ~
type Identity struct {
	Which    ExtensionType // ExtIdentitySrc or ExtIdentityDst
	Type     IdentityType
	Reserved uint16
	ID       uint64
	Name     string
	Tail     []byte // from the terminator on, as received; nil: one zero and padding of zeros
}

// Kind is Which.
func (e *Identity) Kind() ExtensionType { return e.Which }

func (e *Identity) parse(r *reader) {
	e.Type = IdentityType(r.uint16("type"))
	e.Reserved = r.uint16("reserved")
	e.ID = r.uint64("id")
	text := r.all()
	end := bytes.IndexByte(text, 0)
	switch {
	case len(text) == 0:
		e.Tail = []byte{}
		return
	case end < 0:
		r.fail("the name has no terminator")
		return
	}
	e.Name = string(text[:end])
	if tail := text[end:]; len(tail) > 8 || len(bytes.Trim(tail, "\x00")) > 0 {
		e.Tail = tail
	}
}

func (e *Identity) append(b []byte) []byte {
	b = host.AppendUint16(b, uint16(e.Type))
	b = host.AppendUint16(b, e.Reserved)
	b = host.AppendUint64(b, e.ID)
	b = append(b, e.Name...)
	if e.Tail != nil {
		return append(b, e.Tail...)
	}
	return append(b, 0)
}

// Sensitivity is the labels of an SA. RFC 2367 section 2.3.6. They are kept whole; nothing here acts on them.
type Sensitivity struct {
	DPD                    uint32
	SensLevel, SensWords   uint8 // the bitmap has that many words of 64 bits
	IntegLevel, IntegWords uint8
	Reserved               uint32
	Bitmaps                []byte // secrecy, then integrity
}

// Kind is ExtSensitivity.
func (e *Sensitivity) Kind() ExtensionType { return ExtSensitivity }

func (e *Sensitivity) parse(r *reader) {
	e.DPD = r.uint32("dpd")
	e.SensLevel, e.SensWords = r.uint8("sens_level"), r.uint8("sens_len")
	e.IntegLevel, e.IntegWords = r.uint8("integ_level"), r.uint8("integ_len")
	e.Reserved = r.uint32("reserved")
	e.Bitmaps = r.octets("bitmaps", 8*(int(e.SensWords)+int(e.IntegWords)))
}

func (e *Sensitivity) append(b []byte) []byte {
	b = host.AppendUint32(b, e.DPD)
	b = append(b, e.SensLevel, e.SensWords, e.IntegLevel, e.IntegWords)
	b = host.AppendUint32(b, e.Reserved)
	return append(b, e.Bitmaps...)
}

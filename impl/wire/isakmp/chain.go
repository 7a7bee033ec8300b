package isakmp

import (
	"encoding/binary"
	"fmt"

	"ikewit/impl/wire/bin"
)

// ParseChain reads payloads one behind the other, the first of type first: the body of a message, as
// it came or decrypted. The chain ends at the payload that names no next one; tail is what is left
// then, none perhaps. All of it aliases b, and offsets in errors count from its front.
//
// A [*ParseError] comes with the payloads in front of the bad one.
func ParseChain(first PayloadType, b []byte) (items []Item, tail []byte, err error) {
	return parseChain(first, b, 0)
}

// AppendItems encodes payloads as a chain: each names the type of the next, the last names none.
func AppendItems(b []byte, items []Item) []byte {
	for i := range items {
		item := &items[i]
		if v, ok := item.Body.(*Verbatim); ok {
			b = append(b, v.Octets...)
			continue
		}
		start := len(b)
		b = appendGeneric(b, First(items[i+1:]), item.Reserved)
		b = item.Body.append(b)
		setLength(b, start)
	}
	return b
}

// First is the type that has to stand in front of the chain: that of its first payload, or None.
func First(items []Item) PayloadType {
	if len(items) == 0 {
		return None
	}
	return items[0].chainType()
}

// parseChain is ParseChain for octets that stand at the given offset of what errors count in.
func parseChain(first PayloadType, b []byte, offset int) (items []Item, tail []byte, err error) {
	items = make([]Item, 0, countPayloads(first, b))
	var body bin.Reader
	r := bin.NewAt(b, offset)
	for t := first; t != None; {
		from := r.Offset() - offset
		var next PayloadType
		item := Item{Type: t}
		next, item.Reserved, body = parseGeneric(r, t)
		if err := r.Err(); err != nil {
			return items, nil, refuse(t, PayloadMalformed, err)
		}
		if item.Body, err = parsePayload(t, &body); err != nil {
			return items, nil, err
		}
		item.Raw = b[from : r.Offset()-offset : r.Offset()-offset]
		items = append(items, item)
		t = next
	}
	return items, r.Rest("padding"), nil
}

// countPayloads follows a chain by its lengths alone, so that one allocation holds it.
func countPayloads(first PayloadType, b []byte) (n int) {
	for t := first; t != None && len(b) >= genericSize; n++ {
		length := int(binary.BigEndian.Uint16(b[2:]))
		if length < genericSize || length > len(b) {
			break
		}
		t, b = PayloadType(b[0]), b[length:]
	}
	return n
}

// genericSize is the length of the generic header in octets.
const genericSize = 4

// parseGeneric reads the generic header that begins every payload, proposal and transform, and cuts
// out what it heads. A proposal or transform may be followed by its like only. After a failure next is
// None, so that a loop over a chain ends.
//
//	+---------------+---------------+-------------------------------+
//	| Next Payload  |   RESERVED    |         Payload Length        |
//	+---------------+---------------+-------------------------------+
//
// RFC 2408 section 3.2.
func parseGeneric(r *bin.Reader, t PayloadType) (next PayloadType, reserved uint8, body bin.Reader) {
	next = PayloadType(r.Uint8("Next Payload"))
	if (t == TypeProposal || t == TypeTransform) && next != t && next != None {
		r.Fail(fmt.Errorf("%w: %v after %v", ErrMisplaced, next, t))
	}
	reserved = r.Uint8("RESERVED")
	length := int(r.Uint16("Payload Length"))
	if length < genericSize {
		r.Fail(fmt.Errorf("%w: %d", ErrTooShort, length))
	}
	if has := genericSize + r.Len(); length > has {
		r.Fail(fmt.Errorf("%w: says %d, has %d", bin.ErrShort, length, has))
	}
	body = r.Sub("payload", length-genericSize)
	if r.Err() != nil {
		next = None
	}
	return next, reserved, body
}

// chainType is the type that the chain gives this payload.
func (it *Item) chainType() PayloadType {
	if it.Type == None && it.Body != nil {
		return it.Body.Type()
	}
	return it.Type
}

// appendGeneric writes a generic header whose length [setLength] fills in.
func appendGeneric(b []byte, next PayloadType, reserved uint8) []byte {
	return append(b, uint8(next), reserved, 0, 0)
}

// setLength writes the length of the payload that begins at start and ends b into its generic header.
func setLength(b []byte, start int) {
	binary.BigEndian.PutUint16(b[start+2:], uint16(len(b)-start))
}

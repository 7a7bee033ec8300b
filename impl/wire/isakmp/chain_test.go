package isakmp

import (
	"bytes"
	"testing"

	"ikewit/impl/wire/bin"
)

// A chain of three, with a reserved octet set, and padding behind it.
const threePayloads = `
	04 00 0006         // HASH, KE follows
	0102
	c8 80 0005         // KE, a private one follows
	03
	00 00 0004         // payload 200, the last
	000000`

func TestChain(t *testing.T) {
	b := octets(t, threePayloads)
	items, tail, err := ParseChain(TypeHash, b)
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		typ      PayloadType
		reserved uint8
		raw      []byte
	}{
		{TypeHash, 0, b[:6]},
		{TypeKE, 0x80, b[6:11]},
		{200, 0, b[11:15]},
	}
	if len(items) != len(want) {
		t.Fatalf("%d payloads, want %d", len(items), len(want))
	}
	for i, w := range want {
		it := items[i]
		if it.Type != w.typ || it.Body.Type() != w.typ || it.Reserved != w.reserved || !bytes.Equal(it.Raw, w.raw) {
			t.Errorf("payload %d is %+v, want %+v", i, it, w)
		}
		if &it.Raw[0] != &w.raw[0] {
			t.Errorf("payload %d does not alias what was parsed", i)
		}
	}
	if !bytes.Equal(tail, []byte{0, 0, 0}) {
		t.Errorf("tail is %x", tail)
	}
	if got := append(AppendItems([]byte{0xff}, items), tail...); !bytes.Equal(got, append([]byte{0xff}, b...)) {
		t.Errorf("encoded to %x, want ff%x", got, b)
	}
}

func TestChainOfNothing(t *testing.T) {
	items, tail, err := ParseChain(None, []byte{1, 2})
	if len(items) != 0 || !bytes.Equal(tail, []byte{1, 2}) || err != nil {
		t.Errorf("%v, %x, %v", items, tail, err)
	}
	if First(nil) != None || len(AppendItems(nil, nil)) != 0 {
		t.Error("no payloads make a chain")
	}
}

// What stands in front of the bad payload is not lost.
func TestChainKeepsWhatWasGood(t *testing.T) {
	b := octets(t, threePayloads)
	for n := range len(b) - 3 { // the tail may have any length
		items, tail, err := ParseChain(TypeHash, b[:n])
		good := 0
		for _, end := range []int{6, 11, 15} {
			if n >= end {
				good++
			}
		}
		if err == nil || len(items) != good || tail != nil {
			t.Errorf("the first %d octets: %d payloads, want %d; %v", n, len(items), good, err)
		}
	}
}

var chainRefused = []refusedRow{
	{
		name: "length 0", first: TypeNonce, octets: "00 00 0000",
		payload: TypeNonce, field: "Payload Length", offset: 2, notify: PayloadMalformed, err: ErrTooShort,
	},
	{
		name: "length 3", first: TypeNonce, octets: "00 00 0003",
		payload: TypeNonce, field: "Payload Length", offset: 2, notify: PayloadMalformed, err: ErrTooShort,
	},
	{
		name: "length one past the end", first: TypeNonce, octets: "00 00 0006 ff",
		payload: TypeNonce, field: "Payload Length", offset: 2, notify: PayloadMalformed, err: bin.ErrShort,
	},
	{
		name: "length far past the end", first: TypeNonce, octets: "00 00 ff00 ff",
		payload: TypeNonce, field: "Payload Length", offset: 2, notify: PayloadMalformed, err: bin.ErrShort,
	},
	{
		name: "next payload announced, none there", first: TypeNonce, octets: "0d 00 0005 ff",
		payload: TypeVendorID, field: "Next Payload", offset: 5, notify: PayloadMalformed, err: bin.ErrShort,
	},
	{
		name: "first of type proposal", first: TypeProposal, octets: "00 00 0010  01 01 00 01  00 00 0008  01 01 0000",
		payload: TypeProposal, field: "payload", offset: 4, notify: InvalidPayloadType, err: ErrMisplaced,
	},
	{
		name: "transform among payloads", first: TypeNonce, octets: "03 00 0005 ff  00 00 0008  01 01 0000",
		payload: TypeTransform, field: "payload", offset: 9, notify: InvalidPayloadType, err: ErrMisplaced,
	},
}

// The ways to send what no honest peer would, short of changing octets afterwards.
func TestChainLies(t *testing.T) {
	nonce := &Nonce{Data: []byte{1, 2}}
	for _, c := range []struct {
		name   string
		items  []Item
		first  PayloadType
		octets string
	}{
		{
			"reserved octet",
			[]Item{{Reserved: 1, Body: nonce}},
			TypeNonce, "00 01 0006 0102",
		},
		{
			"nonce that is called payload 100",
			[]Item{{Body: nonce}, {Type: 100, Body: nonce}},
			TypeNonce, "64 00 0006 0102  00 00 0006 0102",
		},
		{
			"notify of a made-up body",
			Items(&Raw{T: TypeNotify, Octets: []byte{9}}),
			TypeNotify, "00 00 0005 09",
		},
		{
			"vendor ID announced behind the last payload",
			Items(nonce, &Verbatim{T: TypeVendorID}),
			TypeNonce, "0d 00 0006 0102",
		},
		{
			"length of a nonce in the middle",
			Items(nonce, &Verbatim{T: TypeNonce, Octets: []byte{uint8(TypeKE), 0, 0xff, 0, 1, 2}}, &KE{Data: []byte{3}}),
			TypeNonce, "0a 00 0006 0102  04 00 ff00 0102  00 00 0005 03",
		},
	} {
		if got, want := AppendItems(nil, c.items), octets(t, c.octets); !bytes.Equal(got, want) || First(c.items) != c.first {
			t.Errorf("%s: %v %x, want %v %x", c.name, First(c.items), got, c.first, want)
		}
	}
}

package isakmp

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"testing"

	"ikewit/impl/wire/bin"
)

// A payloadRow is one payload as it stands on the wire, generic header first, and what it says.
// The header has to name no next payload.
type payloadRow struct {
	name   string
	octets string // hex, laid out like the drawing
	want   Payload
}

// octets reads hex laid out like a drawing: white space does not count, nor do comments behind "//".
func octets(t testing.TB, layout string) []byte {
	t.Helper()
	var digits strings.Builder
	for line := range strings.Lines(layout) {
		line, _, _ = strings.Cut(line, "//")
		for _, group := range strings.Fields(line) {
			digits.WriteString(group)
		}
	}
	b, err := hex.DecodeString(digits.String())
	if err != nil {
		t.Fatalf("%s: %v", layout, err)
	}
	return b
}

// TestPayloads checks each row: it parses to what it says, encodes to the same octets, and no proper
// prefix of it is taken for a payload.
func TestPayloads(t *testing.T) {
	for _, rows := range [][]payloadRow{
		saRows, octetRows, idRows, certRows, notifyRows, deleteRows, attributesRows, natRows, rawRows,
	} {
		for _, row := range rows {
			t.Run(row.want.Type().String()+" "+row.name, func(t *testing.T) { checkPayload(t, row) })
		}
	}
}

func checkPayload(t *testing.T, row payloadRow) {
	b := octets(t, row.octets)
	first := row.want.Type()
	items, tail, err := ParseChain(first, b)
	if err != nil {
		t.Fatal(err)
	}
	if len(items) != 1 || len(tail) != 0 {
		t.Fatalf("parsed to %d payloads and %d octets behind them", len(items), len(tail))
	}
	got := items[0]
	if !reflect.DeepEqual(got.Body, row.want) {
		t.Errorf("parsed to %+v, want %+v", got.Body, row.want)
	}
	if got.Type != first || got.Reserved != 0 || !bytes.Equal(got.Raw, b) {
		t.Errorf("item is %v, reserved %d, raw %x", got.Type, got.Reserved, got.Raw)
	}
	if encoded := AppendItems(nil, Items(row.want)); !bytes.Equal(encoded, b) {
		t.Errorf("encoded to\n%x, want\n%x", encoded, b)
	}
	if p, err := Parse(first, b[genericSize:]); err != nil || !reflect.DeepEqual(p, row.want) {
		t.Errorf("Parse of the body alone: %+v, %v", p, err)
	}
	for n := range b {
		items, _, err := ParseChain(first, b[:n:n])
		var e *ParseError
		if !errors.As(err, &e) || len(items) != 0 {
			t.Errorf("the first %d octets are taken for %d payloads, %v", n, len(items), err)
			continue
		}
		if e.Payload != first || e.Offset > n || !errors.Is(err, bin.ErrShort) {
			t.Errorf("the first %d octets: %v", n, err)
		}
	}
}

// A refusedRow is a payload that must not parse, and what the error has to say.
type refusedRow struct {
	name    string
	first   PayloadType
	octets  string // generic header first
	payload PayloadType
	field   string
	offset  int
	notify  NotifyType
	err     error
}

func TestPayloadsRefused(t *testing.T) {
	for _, rows := range [][]refusedRow{chainRefused, saRefused, fieldRefused, deleteRefused} {
		for _, row := range rows {
			t.Run(row.first.String()+" "+row.name, func(t *testing.T) { checkRefused(t, row) })
		}
	}
}

func checkRefused(t *testing.T, row refusedRow) {
	_, _, err := ParseChain(row.first, octets(t, row.octets))
	var e *ParseError
	if !errors.As(err, &e) {
		t.Fatalf("parsed, %v", err)
	}
	if e.Payload != row.payload || e.Field != row.field || e.Offset != row.offset || e.Notify != row.notify || !errors.Is(err, row.err) {
		t.Errorf("got  %v (%v)\nwant %v payload, %s at octet %d: %v (%v)",
			e, e.Notify, row.payload, row.field, row.offset, row.err, row.notify)
	}
}

// fieldRefused are payloads whose own fields do not fit in.
var fieldRefused = []refusedRow{
	{
		name: "of 4 octets", first: TypeID, octets: "00 00 0004",
		payload: TypeID, field: "ID Type", offset: 4, notify: PayloadMalformed, err: bin.ErrShort,
	},
	{
		name: "of 7 octets", first: TypeID, octets: "00 00 0007  01 00 00",
		payload: TypeID, field: "Port", offset: 6, notify: PayloadMalformed, err: bin.ErrShort,
	},
	{
		name: "without encoding", first: TypeCert, octets: "00 00 0004",
		payload: TypeCert, field: "Cert Encoding", offset: 4, notify: PayloadMalformed, err: bin.ErrShort,
	},
	{
		name: "without type", first: TypeCertRequest, octets: "00 00 0004",
		payload: TypeCertRequest, field: "Cert. Type", offset: 4, notify: PayloadMalformed, err: bin.ErrShort,
	},
	{
		name: "of 8 octets", first: TypeNotify, octets: "00 00 0008  00000001",
		payload: TypeNotify, field: "Protocol-ID", offset: 8, notify: PayloadMalformed, err: bin.ErrShort,
	},
	{
		name: "SPI size beyond the payload", first: TypeNotify, octets: "00 00 0010  00000001  03 05 000e  01020304",
		payload: TypeNotify, field: "SPI", offset: 12, notify: PayloadMalformed, err: bin.ErrShort,
	},
	{
		name: "attribute beyond the payload", first: TypeAttributes, octets: "00 00 000d  01 00 0001  4089 0002 61",
		payload: TypeAttributes, field: "Attribute Value", offset: 12, notify: PayloadMalformed, err: bin.ErrShort,
	},
	{
		name: "without address family", first: TypeNATOA, octets: "00 00 0007  01 0000",
		payload: TypeNATOA, field: "RESERVED", offset: 5, notify: PayloadMalformed, err: bin.ErrShort,
	},
}

func TestParseRefusesTypesThatAreNoPayload(t *testing.T) {
	for _, c := range []PayloadType{None, TypeProposal, TypeTransform} {
		_, err := Parse(c, []byte{1, 2, 3, 4})
		var e *ParseError
		if !errors.As(err, &e) || !errors.Is(err, ErrMisplaced) || e.Notify != InvalidPayloadType {
			t.Errorf("Parse(%v): %v", c, err)
		}
	}
}

// TestPayloadTypes goes through all 256: each is known, private or reserved, parses as what it is
// called, and comes back the same.
func TestPayloadTypes(t *testing.T) {
	known := map[PayloadType]bool{1: true, 15: true, 20: true, 21: true, 130: true, 131: true}
	for i := PayloadType(4); i <= 14; i++ {
		known[i] = true
	}
	for i := range 256 {
		c := PayloadType(i)
		if c.Known() != known[c] || c.Private() != (i >= 128) || c.Reserved() != (!known[c] && i < 128) {
			t.Errorf("%v: known %v, private %v, reserved %v", c, c.Known(), c.Private(), c.Reserved())
		}
		if _, named := payloadNames.name(c); c.Known() && !named {
			t.Errorf("%v has no name", c)
		}
		if c == None || c == TypeProposal || c == TypeTransform || c == TypeSA {
			continue
		}
		body := make([]byte, 8) // zeros mean no octets and no SPIs everywhere, and one attribute of no length
		p, err := Parse(c, body)
		if err != nil || p.Type() != c || !bytes.Equal(p.append(nil), body) {
			t.Errorf("%v: %+v, %v", c, p, err)
		}
		if _, raw := p.(*Raw); raw == c.Known() {
			t.Errorf("%v parses to %T", c, p)
		}
	}
}

func TestParseErrorText(t *testing.T) {
	_, _, err := ParseChain(TypeNotify, octets(t, "00 00 0008  00000001"))
	if want := "N payload, Protocol-ID at octet 8: too few octets: wants 1, has 0"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	_, _, err = ParseChain(TypeDelete, octets(t, "00 00 000d  00000001  03 04 0000 ff"))
	if want := "D payload at octet 12: 1 octets left over"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	_, err = ParseMessage(nil)
	if want := "header, Initiator Cookie at octet 0: too few octets: wants 8, has 0"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

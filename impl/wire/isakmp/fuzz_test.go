package isakmp

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"ikewit/impl/wire/ikehdr"
)

// seedMessages are clear messages of the vectors and, where they are, of the captures.
func seedMessages(f *testing.F) [][]byte {
	var all [][]byte
	for _, v := range readVectors(f) {
		for i := range v.Messages {
			all = append(all, v.Messages[i].inClear())
		}
	}
	if folder := capturesFolder(f); folder != "" {
		for _, c := range readCaptures(f, folder) {
			if h, err := ikehdr.Parse(c.octets); err == nil && h.Major() != 2 {
				all = append(all, c.octets)
			}
		}
	}
	return append(all, octets(f, notifyMessage))
}

// seedPayloads are the rows of the payload tests, with their generic headers.
func seedPayloads(f *testing.F, add func(t PayloadType, b []byte)) {
	for _, rows := range [][]payloadRow{
		saRows, octetRows, idRows, certRows, notifyRows, deleteRows, attributesRows, natRows, rawRows,
	} {
		for _, row := range rows {
			add(row.want.Type(), octets(f, row.octets))
		}
	}
	for _, rows := range [][]refusedRow{chainRefused, saRefused, fieldRefused, deleteRefused} {
		for _, row := range rows {
			add(row.first, octets(f, row.octets))
		}
	}
}

// What parses as a message, encodes to the same octets.
func FuzzMessage(f *testing.F) {
	for _, b := range seedMessages(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseMessage(b)
		if m != nil {
			_ = m.Summary()
		}
		if err != nil {
			checkError(t, err, len(b))
			return
		}
		if got := m.Append(nil); !bytes.Equal(got, b) {
			t.Errorf("%x\ncame back as\n%x", b, got)
		}
	})
}

// What parses as a chain, encodes to the same octets, and Raw is where it came from.
func FuzzChain(f *testing.F) {
	for _, b := range seedMessages(f) {
		f.Add(b[16], b[ikehdr.Size:])
	}
	seedPayloads(f, func(t PayloadType, b []byte) { f.Add(uint8(t), b) })
	f.Add(uint8(TypeHash), octets(f, threePayloads))
	f.Fuzz(func(t *testing.T, first uint8, b []byte) {
		items, tail, err := ParseChain(PayloadType(first), b)
		var raw []byte
		for _, it := range items {
			raw = append(raw, it.Raw...)
			use(it.Body)
		}
		if !bytes.HasPrefix(b, raw) {
			t.Errorf("%x\nhas the payloads\n%x", b, raw)
		}
		if err != nil {
			checkError(t, err, len(b))
			return
		}
		if !bytes.Equal(append(raw, tail...), b) {
			t.Errorf("%x\nhas the payloads\n%x\nand %x", b, raw, tail)
		}
		if got := append(AppendItems(nil, items), tail...); !bytes.Equal(got, b) || First(items) != PayloadType(first) {
			t.Errorf("%v %x\ncame back as\n%v %x", PayloadType(first), b, First(items), got)
		}
	})
}

// What parses as the body of a payload of any type, encodes to the same octets.
func FuzzPayload(f *testing.F) {
	seedPayloads(f, func(t PayloadType, b []byte) { f.Add(uint8(t), b[genericSize:]) })
	f.Fuzz(func(t *testing.T, typ uint8, body []byte) { fuzzPayload(t, PayloadType(typ), body) })
}

// The payload that holds others has a target of its own.
func FuzzSA(f *testing.F) {
	seedPayloads(f, func(t PayloadType, b []byte) {
		if t == TypeSA {
			f.Add(b[genericSize:])
		}
	})
	for _, b := range seedMessages(f) {
		if m, err := ParseMessage(b); err == nil {
			for _, it := range m.Items {
				if it.Type == TypeSA {
					f.Add(slices.Clone(it.Raw[genericSize:]))
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) { fuzzPayload(t, TypeSA, body) })
}

func fuzzPayload(t *testing.T, typ PayloadType, body []byte) {
	p, err := Parse(typ, body)
	if err != nil {
		checkError(t, err, len(body))
		return
	}
	use(p)
	if got := p.append(nil); !bytes.Equal(got, body) || p.Type() != typ {
		t.Errorf("%v %x\ncame back as\n%v %x", typ, body, p.Type(), got)
	}
}

// checkError wants an error that names a place in what was parsed, and a notification.
func checkError(t *testing.T, err error, size int) {
	t.Helper()
	var e *ParseError
	if !errors.As(err, &e) || e.Offset < 0 || e.Offset > size || e.Err == nil || !e.Notify.IsError() || e.Notify == 0 {
		t.Errorf("%d octets: %#v", size, err)
	}
}

// use asks a payload all that can be asked; none of it may panic.
func use(p Payload) {
	_ = fmt.Sprintf("%v %+v", p, p)
	switch p := p.(type) {
	case *SA:
		for _, proposal := range p.Proposals {
			for _, tr := range proposal.Transforms {
				_, _ = tr.Lifetimes(Phase1)
				_, _ = tr.Lifetimes(Phase2)
				_ = proposal.Protocol.TransformName(tr.ID)
				for _, a := range tr.Attributes {
					_ = Phase1.Text(a) + Phase2.Text(a)
				}
			}
		}
	case *ID:
		_, _ = p.Addr()
		_, _ = p.Prefix()
		_, _, _ = p.Range()
	case *NATOA:
		_, _ = p.Addr()
	case *Attributes:
		for _, a := range p.Attributes {
			_ = PhaseConfig.Text(a)
		}
	case *VendorID:
		_ = VendorOf(p.Data).String()
	}
}

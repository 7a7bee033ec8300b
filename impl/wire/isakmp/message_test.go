package isakmp

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"ikewit/impl/wire/bin"
	"ikewit/impl/wire/ikehdr"
)

// A clear notification, padded to four octets behind its only payload.
const notifyMessage = `
	a1a2a3a4 a5a6a7a8  00000000 00000000
	0b 10 05 00                 // N, version 1.0, Informational
	5ca1ab1e
	0000002c
	  00 00 000d
	  00000001 01 00 000e  ff   // NO-PROPOSAL-CHOSEN, an octet of data
	000000`

func TestMessage(t *testing.T) {
	b := octets(t, notifyMessage)
	m, err := ParseMessage(b)
	if err != nil {
		t.Fatal(err)
	}
	header := ikehdr.Header{
		Initiator: ikehdr.Cookie{0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8}, NextPayload: uint8(TypeNotify),
		Version: 0x10, Exchange: uint8(Informational), MessageID: 0x5ca1ab1e, Length: 44,
	}
	if m.Header != header || !bytes.Equal(m.Tail, []byte{0, 0, 0}) || m.Summary() != "N" {
		t.Errorf("header %+v, tail %x, %s", m.Header, m.Tail, m.Summary())
	}
	if n, ok := m.Items[0].Body.(*Notify); !ok || n.NotifyType != NoProposalChosen || !bytes.Equal(n.Data, []byte{0xff}) {
		t.Errorf("payload %+v", m.Items[0].Body)
	}
	if got := m.Append(nil); !bytes.Equal(got, b) {
		t.Errorf("encoded to\n%x, want\n%x", got, b)
	}
	if got := m.AppendBody(nil); !bytes.Equal(got, b[ikehdr.Size:]) {
		t.Errorf("body encoded to\n%x, want\n%x", got, b[ikehdr.Size:])
	}
}

// Next Payload and Length are computed, behind whatever stands in front of the message already.
func TestMessageAppendComputesHeader(t *testing.T) {
	m := &Message{Header: ikehdr.Header{NextPayload: 99, Length: 99}, Items: Items(&Nonce{Data: []byte{1}}), Tail: []byte{2}}
	before := m.Header
	b := m.Append(slices.Grow([]byte{0xff, 0xfe}, 100))
	h, err := ikehdr.Parse(b[2:])
	if err != nil || h.NextPayload != uint8(TypeNonce) || h.Length != 34 || len(b) != 36 || b[0] != 0xff || b[1] != 0xfe {
		t.Errorf("%+v, %v, %x", h, err, b)
	}
	if m.Header != before {
		t.Errorf("Append changed the message to %+v", m.Header)
	}
	bare := (&Message{Header: ikehdr.Header{NextPayload: 7}}).Append(nil)
	if h, err := ikehdr.Parse(bare); err != nil || h.NextPayload != 0 || h.Length != ikehdr.Size || len(bare) != ikehdr.Size {
		t.Errorf("without payloads: %+v, %v", h, err)
	}
}

func TestMessageRefusesWrongLength(t *testing.T) {
	whole := octets(t, notifyMessage)
	for _, length := range []uint32{0, 27, 28, 43, 45, 48, 0xffffffff} {
		b := slices.Clone(whole)
		h, _ := ikehdr.Parse(b)
		h.Length = length
		h.Append(b[:0])

		m, err := ParseMessage(b)
		var e *ParseError
		if !errors.As(err, &e) || !errors.Is(err, ErrLength) || e.Notify != UnequalPayloadLengths ||
			e.Payload != None || e.Field != "Length" || e.Offset != 24 {
			t.Errorf("length %d: %v", length, err)
		}
		if m == nil || m.Header != h || m.Items != nil {
			t.Errorf("length %d: %+v", length, m)
		}
	}
}

// A message cut anywhere is refused: as no header, or for its length.
func TestMessageRefusesEveryPrefix(t *testing.T) {
	whole := octets(t, notifyMessage)
	for n := range whole {
		m, err := ParseMessage(whole[:n:n])
		want := ErrLength
		if n < ikehdr.Size {
			want = bin.ErrShort
		}
		if !errors.Is(err, want) || (m == nil) != (n < ikehdr.Size) {
			t.Errorf("the first %d octets: %v, %v", n, m, err)
		}
	}
}

// Offsets count from the front of the datagram, and what was good comes along.
func TestMessageErrorHasOffsetInDatagram(t *testing.T) {
	b := (&Message{Items: Items(&Nonce{Data: []byte{1}}, &Raw{T: TypeDelete, Octets: make([]byte, 7)})}).Append(nil)
	m, err := ParseMessage(b)
	var e *ParseError
	if !errors.As(err, &e) || e.Payload != TypeDelete || e.Field != "# of SPIs" || e.Offset != 28+5+4+6 {
		t.Errorf("%v", err)
	}
	if m == nil || len(m.Items) != 1 || m.Items[0].Type != TypeNonce {
		t.Errorf("%+v", m)
	}
}

func TestSplit(t *testing.T) {
	b := octets(t, notifyMessage)
	h, body, err := Split(b)
	if err != nil || h.MessageID != 0x5ca1ab1e || !bytes.Equal(body, b[28:]) || &body[0] != &b[28] {
		t.Errorf("%+v, %x, %v", h, body, err)
	}
	h, body, err = Split(b[:40])
	if !errors.Is(err, ErrLength) || h.MessageID != 0x5ca1ab1e || !bytes.Equal(body, b[28:40]) {
		t.Errorf("with the wrong length: %+v, %x, %v", h, body, err)
	}
	if _, body, err = Split(b[:27]); err == nil || body != nil {
		t.Errorf("without header: %x, %v", body, err)
	}
}

func TestSummary(t *testing.T) {
	m := &Message{Items: []Item{
		{Body: &Hash{}}, {Body: &SA{}}, {Body: &Nonce{}}, {Body: &KE{}}, {Body: &ID{}}, {Body: &ID{}},
		{Body: &Raw{T: 200}}, {Type: TypeVendorID, Body: &KE{}}, {Body: &NATD{T: TypeNATDDraft}},
	}}
	if got, want := m.Summary(), "HASH SA NONCE KE ID ID #200 VID NAT-D-DRAFT"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := new(Message).Summary(); got != "" {
		t.Errorf("of nothing: %q", got)
	}
}

package ikehdr

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"ikewit/impl/wire/bin"
)

// octets reads hex laid out like a drawing: white space does not count.
func octets(t testing.TB, layout string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(layout), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var headers = []struct {
	name   string
	header Header
	octets string
}{
	{
		name: "first message of Main Mode",
		header: Header{
			Initiator: Cookie{0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8}, NextPayload: 1, Version: 0x10,
			Exchange: 2, Length: 80,
		},
		octets: `
			a1a2a3a4 a5a6a7a8
			00000000 00000000
			01 10 02 00
			00000000
			00000050`,
	},
	{
		name: "every field of its own, and nonsense is kept",
		header: Header{
			Initiator: Cookie{1, 2, 3, 4, 5, 6, 7, 8}, Responder: Cookie{9, 10, 11, 12, 13, 14, 15, 16},
			NextPayload: 0x11, Version: 0x32, Exchange: 0x33, Flags: 0x44, MessageID: 0x55667788, Length: 0xffffffff,
		},
		octets: `
			01020304 05060708
			090a0b0c 0d0e0f10
			11 32 33 44
			55667788
			ffffffff`,
	},
}

func TestHeader(t *testing.T) {
	for _, c := range headers {
		t.Run(c.name, func(t *testing.T) {
			b := octets(t, c.octets)
			if h, err := Parse(b); err != nil || h != c.header {
				t.Errorf("Parse = %+v, %v; want %+v", h, err, c.header)
			}
			if h, err := Parse(append(b, 1, 2, 3)); err != nil || h != c.header {
				t.Errorf("Parse with a body = %+v, %v", h, err)
			}
			if got := c.header.Append([]byte{7}); !bytes.Equal(got, append([]byte{7}, b...)) {
				t.Errorf("Append = %x, want 07%x", got, b)
			}
			for n := range b {
				h, err := Parse(b[:n])
				if !errors.Is(err, bin.ErrShort) || h != (Header{}) {
					t.Errorf("Parse of the first %d octets = %+v, %v", n, h, err)
				}
			}
		})
	}
}

func TestHeaderVersion(t *testing.T) {
	h := Header{Version: 0x32}
	if h.Major() != 3 || h.Minor() != 2 {
		t.Errorf("version %d.%d, want 3.2", h.Major(), h.Minor())
	}
}

func TestCookie(t *testing.T) {
	c := Cookie{0, 1, 2, 3, 4, 5, 6, 0xff}
	if c.String() != "00010203040506ff" || c.IsZero() || !(Cookie{}).IsZero() {
		t.Errorf("%v, zero %v", c, c.IsZero())
	}
}

func TestPort4500(t *testing.T) {
	for _, c := range []struct {
		octets    string
		message   string // behind the marker; "-" is no marker
		keepalive bool
	}{
		{"", "-", false},
		{"ff", "-", true},
		{"00", "-", false},
		{"ffff", "-", false},
		{"000000", "-", false},
		{"00000000", "", false},
		{"00000000 0102", "0102", false},
		{"00000001 0102", "-", false},
		{"01000000 0102", "-", false},
	} {
		b := octets(t, c.octets)
		message, ok := StripMarker(b)
		if ok != (c.message != "-") || ok && hex.EncodeToString(message) != c.message {
			t.Errorf("StripMarker(%s) = %x, %v", c.octets, message, ok)
		}
		if ok && !bytes.Equal(append(AppendMarker(nil), message...), b) {
			t.Errorf("AppendMarker does not undo StripMarker(%s)", c.octets)
		}
		if IsKeepalive(b) != c.keepalive {
			t.Errorf("IsKeepalive(%s) = %v", c.octets, !c.keepalive)
		}
	}
	if !IsKeepalive(AppendKeepalive(nil)) {
		t.Error("AppendKeepalive makes no keepalive")
	}
}

func FuzzHeader(f *testing.F) {
	for _, c := range headers {
		f.Add(octets(f, c.octets))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := Parse(b)
		if err != nil {
			if len(b) >= Size {
				t.Errorf("refused %x: %v", b, err)
			}
			return
		}
		if got := h.Append(nil); !bytes.Equal(got, b[:Size]) {
			t.Errorf("%x came back as %x", b[:Size], got)
		}
	})
}

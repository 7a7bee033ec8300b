package xfrm

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink/nl"

	"ikewit/impl/sadb"
)

// The layout of struct xfrm_user_mapping, by the octets, as a little-endian machine has it.
func TestMappingsAreMoves(t *testing.T) {
	if nl.NativeEndian().Uint16([]byte{1, 0}) != 1 {
		t.Skip("the octets are those of a little-endian machine")
	}
	for _, row := range []struct {
		name, octets string
		want         sadb.Moved
	}{
		{"IPv4",
			"c0000202000000000000000000000000 1234abcd 0200 32 00" + // SA: destination, SPI, family, protocol
				"07000000" + // reqid
				"c0000201000000000000000000000000" + "c0000207000000000000000000000000" + // old and new source
				"9c41 1194", // old and new port
			sadb.Moved{ID: sadb.ID{SPI: 0x1234abcd, Dst: netip.MustParseAddr("192.0.2.2"), Proto: sadb.ESP},
				Remote: netip.MustParseAddrPort("192.0.2.7:4500")}},
		{"IPv6",
			"20010db8000000000000000000000002 00001000 0a00 32 00" + "00000000" +
				"20010db8000000000000000000000001" + "20010db8000000000000000000000009" + "1194 9c42",
			sadb.Moved{ID: sadb.ID{SPI: 0x1000, Dst: netip.MustParseAddr("2001:db8::2"), Proto: sadb.ESP},
				Remote: netip.MustParseAddrPort("[2001:db8::9]:40002")}},
	} {
		body, err := hex.DecodeString(strings.ReplaceAll(row.octets, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		got, err := parseEvent(nl.XFRM_MSG_MAPPING, body)
		if err != nil || got != sadb.Event(row.want) {
			t.Errorf("%s: %v, %v; want %v", row.name, got, err, row.want)
		}
		for n := range body {
			if got, err := parseEvent(nl.XFRM_MSG_MAPPING, body[:n]); err == nil {
				t.Errorf("%s cut to %d octets: %v", row.name, n, got)
			}
		}
	}
}

// The same mapping is told once a second, another at once.
func TestMappingsAreNotRepeated(t *testing.T) {
	var m mappings
	now := time.Unix(1000, 0)
	one, two := sadb.ID{SPI: 0x1000, Proto: sadb.ESP}, sadb.ID{SPI: 0x2000, Proto: sadb.ESP}
	for i, step := range []struct {
		after time.Duration
		id    sadb.ID
		port  uint16
		want  bool
	}{
		{0, one, 40000, true}, {0, one, 40000, false}, {0, two, 40000, true}, {time.Second / 2, one, 40000, false},
		{0, one, 40001, true}, {0, one, 40000, true}, {time.Second, one, 40000, true}, {0, two, 40000, true},
	} {
		now = now.Add(step.after)
		e := sadb.Moved{ID: step.id, Remote: netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), step.port)}
		if got := m.news(e, now); got != step.want {
			t.Errorf("step %d: news %t, want %t", i, got, step.want)
		}
	}
	for spi := range uint32(5000) {
		m.news(sadb.Moved{ID: sadb.ID{SPI: spi}}, now)
	}
	if len(m.last) > 1024 {
		t.Errorf("%d SAs are kept", len(m.last))
	}
}

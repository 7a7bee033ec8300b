package ike1

import (
	"net/netip"
	"testing"

	"ikewit/impl/sadb"
)

// SAs serve a packet if the database would use them for it: what a template says, and a selector that covers it.
func TestWhichSAsCarryAPacket(t *testing.T) {
	host := func(s string) sadb.Range { return sadb.RangeOf(netip.MustParseAddr(s)) }
	packet := sadb.Selector{Src: host("10.0.0.1"), Dst: host("10.0.0.2"), Proto: 6, SrcPort: 1024, DstPort: 80}
	sas := flow{sadb.Selector{Src: host("10.0.0.1"), Dst: host("10.0.0.2")}, sadb.Transport, bitOf(sadb.ESP), 0}
	for _, row := range []struct {
		name   string
		change func(f *flow)
		want   bool
	}{
		{"between the two hosts", func(*flow) {}, true},
		{"for their protocol", func(f *flow) { f.selector.Proto = 6 }, true},
		{"for everything", func(f *flow) { f.selector = sadb.Selector{} }, true},
		{"for another protocol", func(f *flow) { f.selector.Proto = 17 }, false},
		{"for another host", func(f *flow) { f.selector.Dst = host("10.0.0.3") }, false},
		{"the other way", func(f *flow) { f.selector = f.selector.Reversed() }, false},
		{"in tunnel mode", func(f *flow) { f.mode = sadb.Tunnel }, false},
		{"with AH", func(f *flow) { f.protocols = bitOf(sadb.AH) }, false},
		{"with AH too", func(f *flow) { f.protocols |= bitOf(sadb.AH) }, false},
		{"with another reqid", func(f *flow) { f.reqID = 7 }, false},
	} {
		f := sas
		row.change(&f)
		if got := f.carries(flow{packet, sadb.Transport, bitOf(sadb.ESP), 0}); got != row.want {
			t.Errorf("SAs %s: %t", row.name, got)
		}
	}
}

package ipsec

import (
	"encoding/binary"
	"testing"
)

// The half that is never sent is that of the first number behind Before with the low half of the packet. RFC 4303 section 2.2.1.
func TestHighHalf(t *testing.T) {
	for _, row := range []struct {
		before uint64
		seq    uint32
		want   uint32
	}{
		{0, 1, 0}, {0, 0xffffffff, 0}, {5, 6, 0}, {5, 5, 1},
		{0xfffffffc, 0xfffffffd, 0}, {0xfffffffc, 0, 1}, {0xfffffffc, 3, 1},
		{0xffffffff, 0, 1}, {0x100000000, 1, 1}, {0x100000000, 0, 2}, {0xb5fffffffd, 0xfffffffe, 0xb5}, {0xb5fffffffd, 0, 0xb6},
	} {
		sa := &SA{ESN: true, Before: row.before}
		if got := binary.BigEndian.Uint32(sa.highHalf(row.seq)); got != row.want {
			t.Errorf("behind %x, %x: high half %x, want %x", row.before, row.seq, got, row.want)
		}
	}
	if got := (&SA{}).highHalf(7); got != nil {
		t.Errorf("without 64-bit numbers: %x", got)
	}
}

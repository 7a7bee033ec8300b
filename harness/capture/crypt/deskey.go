package crypt

import (
	"encoding/binary"
	"math/bits"
)

// weakDES has the weak and semi-weak keys of DES with parity set. RFC 2409 appendix A misprints two of the weak ones.
var weakDES = []uint64{
	0x0101010101010101, 0xfefefefefefefefe, 0x1f1f1f1f0e0e0e0e, 0xe0e0e0e0f1f1f1f1,
	0x01fe01fe01fe01fe, 0xfe01fe01fe01fe01, 0x1fe01fe00ef10ef1, 0xe01fe01ff10ef10e,
	0x01e001e001f101f1, 0xe001e001f101f101, 0x1ffe1ffe0efe0efe, 0xfe1ffe1ffe0efe0e,
	0x011f011f010e010e, 0x1f011f010e010e01, 0xe0fee0fef1fef1fe, 0xfee0fee0fef1fef1,
}

// WeakDES reports whether eight octets are a weak or semi-weak DES key, whatever their parity bits.
func WeakDES(key Secret) bool {
	k := binary.BigEndian.Uint64(key) &^ 0x0101010101010101
	for i := range 8 {
		octet := byte(k >> (8 * i))
		if bits.OnesCount8(octet)%2 == 0 {
			k |= 1 << (8 * i)
		}
	}
	for _, weak := range weakDES {
		if k == weak {
			return true
		}
	}
	return false
}

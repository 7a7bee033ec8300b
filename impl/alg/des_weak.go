package alg

import (
	"errors"
	"fmt"
)

// ErrWeakKey: the key has its length, but DES or 3DES does not protect with it.
var ErrWeakKey = errors.New("weak key")

// The weak and semi-weak keys of DES, with odd parity: a weak key is its own inverse, two semi-weak keys undo each
// other. RFC 2409 appendix A prints two of the weak ones wrong, 1F1F1F1FE0E0E0E0 and E0E0E0E01F1F1F1F.
var desWeakKeys = [16]uint64{
	0x0101010101010101, 0x1f1f1f1f0e0e0e0e, 0xe0e0e0e0f1f1f1f1, 0xfefefefefefefefe,
	0x01fe01fe01fe01fe, 0xfe01fe01fe01fe01,
	0x1fe01fe00ef10ef1, 0xe01fe01ff10ef10e,
	0x01e001e001f101f1, 0xe001e001f101f101,
	0x1ffe1ffe0efe0efe, 0xfe1ffe1ffe0efe0e,
	0x011f011f010e010e, 0x1f011f010e010e01,
	0xe0fee0fef1fef1fe, 0xfee0fee0fef1fef1,
}

// WeakDESKey reports if eight octets are a weak or semi-weak DES key, whatever their parity bits.
func WeakDESKey(key []byte) bool {
	if len(key) != 8 {
		return false
	}
	for _, w := range desWeakKeys {
		if desBits(key) == w&^0x0101010101010101 {
			return true
		}
	}
	return false
}

// SameDESKey reports if two DES or 3DES keys differ in no more than their parity bits, which DES does not use and which
// a kernel may set as it likes (RFC 2405 section 4). Time depends on the lengths only.
func SameDESKey(a, b Key) bool {
	if len(a) != len(b) {
		return false
	}
	var diff byte
	for i := range a {
		diff |= (a[i] ^ b[i]) &^ 1
	}
	return diff == 0
}

// desBits is a DES key as a number, its parity bits cleared.
func desBits(key []byte) uint64 {
	var v uint64
	for _, b := range key {
		v = v<<8 | uint64(b&^1)
	}
	return v
}

func checkDESKey(key []byte) error {
	if WeakDESKey(key) {
		return fmt.Errorf("DES: weak or semi-weak key: %w", ErrWeakKey)
	}
	return nil
}

// check3DESKey refuses keys that make single DES of 3DES, and parts that are weak.
func check3DESKey(key []byte) error {
	k1, k2, k3 := key[:8], key[8:16], key[16:]
	switch {
	case SameDESKey(k1, k2):
		return fmt.Errorf("3DES: first and second key are equal: %w", ErrWeakKey)
	case SameDESKey(k2, k3):
		return fmt.Errorf("3DES: second and third key are equal: %w", ErrWeakKey)
	case WeakDESKey(k1) || WeakDESKey(k2) || WeakDESKey(k3):
		return fmt.Errorf("3DES: one of the three keys is weak or semi-weak: %w", ErrWeakKey)
	}
	return nil
}

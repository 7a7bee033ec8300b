package alg

import "hash"

// A Hash is one row of the table of hashes. In phase 1 it hashes, and through HMAC it is the pseudo-random function.
type Hash struct {
	Name    string
	Aliases []string

	Size      int // octets of output
	BlockSize int // octets of input block: what HMAC pads its key to

	IKEv1 int // Hash Algorithm attribute of phase 1, RFC 2409 appendix A
	IKEv2 int // PRF transform of its HMAC

	New func() hash.Hash
}

// Hashes returns all rows in table order. The slice is the caller's.
func Hashes() []*Hash { return all(hashTable[:]) }

// HashByName finds a row by its name or one of its aliases; nil if there is none.
func HashByName(name string) *Hash {
	for i := range hashTable {
		h := &hashTable[i]
		if h.Name == name {
			return h
		}
		for _, a := range h.Aliases {
			if a == name {
				return h
			}
		}
	}
	return nil
}

// HashByIKEv1 finds a row by its phase 1 Hash Algorithm number; nil if there is none.
func HashByIKEv1(n int) *Hash {
	return find(hashTable[:], n, func(h *Hash) int { return h.IKEv1 })
}

// String is the name.
func (h *Hash) String() string { return h.Name }

// Sum hashes the parts one after the other. The result is Size octets and the caller's.
func (h *Hash) Sum(parts ...[]byte) []byte {
	d := h.New()
	for _, p := range parts {
		d.Write(p)
	}
	return d.Sum(nil)
}

// PRF is the pseudo-random function of phase 1: HMAC, not truncated, over the parts one after the other. The result is
// Size octets and the caller's. For several calls with one key NewHMAC is quicker.
//
// RFC 2409 section 4, RFC 2104.
func (h *Hash) PRF(key []byte, parts ...[]byte) []byte {
	d := h.New()
	key = shorten(d, key)
	pad := make([]byte, h.BlockSize)
	d.Write(padKey(pad, key, innerPad))
	for _, p := range parts {
		d.Write(p)
	}
	inner := d.Sum(nil)
	d.Reset()
	d.Write(padKey(pad, key, outerPad))
	d.Write(inner)
	return d.Sum(inner[:0])
}

package alg

import (
	"encoding"
	"hash"
)

// An HMAC is one key ready for many computations, RFC 2104. The padded key is hashed once; each computation starts
// from the two kept states, and allocates nothing. It serves one caller at a time.
type HMAC struct {
	digest       hash.Hash
	restore      encoding.BinaryUnmarshaler // digest, as what takes a state back
	inner, outer []byte                     // states after key XOR ipad and key XOR opad
	sum          [64]byte                   // the inner hash; the largest we have is 64 octets
}

// NewHMAC prepares a key of any length. The key is not kept.
func (h *Hash) NewHMAC(key []byte) *HMAC {
	m := &HMAC{digest: h.New()}
	m.restore = m.digest.(encoding.BinaryUnmarshaler)
	key = shorten(m.digest, key)
	pad := make([]byte, h.BlockSize)
	m.inner = m.after(padKey(pad, key, innerPad))
	m.outer = m.after(padKey(pad, key, outerPad))
	return m
}

// after returns the state of the hash after one block.
func (m *HMAC) after(block []byte) []byte {
	m.digest.Reset()
	m.digest.Write(block)
	state, err := m.digest.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		panic("alg: a hash of the standard library does not give its state: " + err.Error())
	}
	return state
}

// Size is the octets of output.
func (m *HMAC) Size() int { return m.digest.Size() }

// Sum appends the HMAC of the parts, one after the other, to dst.
func (m *HMAC) Sum(dst []byte, parts ...[]byte) []byte {
	m.load(m.inner)
	for _, p := range parts {
		m.digest.Write(p)
	}
	inner := m.digest.Sum(m.sum[:0])
	m.load(m.outer)
	m.digest.Write(inner)
	return m.digest.Sum(dst)
}

func (m *HMAC) load(state []byte) {
	if err := m.restore.UnmarshalBinary(state); err != nil {
		panic("alg: a hash of the standard library refuses its own state: " + err.Error())
	}
}

const innerPad, outerPad = 0x36, 0x5c

// padKey fills a block with the key and zeros behind it, each octet XOR x.
func padKey(block, key []byte, x byte) []byte {
	for i := range block {
		block[i] = x
	}
	for i, k := range key {
		block[i] = k ^ x
	}
	return block
}

// shorten hashes a key that is longer than a block of the hash.
func shorten(d hash.Hash, key []byte) []byte {
	if len(key) <= d.BlockSize() {
		return key
	}
	d.Write(key)
	key = d.Sum(nil)
	d.Reset()
	return key
}

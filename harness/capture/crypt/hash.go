package crypt

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
)

// A Hash is one negotiated hash of phase 1; its HMAC is the prf.
type Hash struct {
	Name   string // as the implementation spells it
	Number uint16 // Hash Algorithm attribute
	New    func() hash.Hash
}

var hashes = []*Hash{
	{"md5", 1, md5.New},
	{"sha1", 2, sha1.New},
	{"sha256", 4, sha256.New},
	{"sha384", 5, sha512.New384},
	{"sha512", 6, sha512.New},
}

// HashByNumber finds a hash by its phase 1 attribute value; nil if there is none.
func HashByNumber(n uint16) *Hash {
	for _, h := range hashes {
		if h.Number == n {
			return h
		}
	}
	return nil
}

// HashByName finds a hash by its name; nil if there is none.
func HashByName(name string) *Hash {
	for _, h := range hashes {
		if h.Name == name {
			return h
		}
	}
	return nil
}

// Sum hashes the parts as one string.
func (h *Hash) Sum(parts ...[]byte) []byte {
	d := h.New()
	for _, p := range parts {
		d.Write(p)
	}
	return d.Sum(nil)
}

// PRF is the keyed hash over the parts as one string, never truncated.
func (h *Hash) PRF(key []byte, parts ...[]byte) []byte {
	d := hmac.New(h.New, key)
	for _, p := range parts {
		d.Write(p)
	}
	return d.Sum(nil)
}

// An Integrity is one authenticator of ESP and AH.
type Integrity struct {
	Name   string
	Attr   uint16 // Authentication Algorithm attribute
	AH     uint8  // AH transform
	Octets int    // of key
	ICV    int    // octets on the wire
	hash   func() hash.Hash
}

var integrities = []*Integrity{
	{"hmac-md5-96", 1, 2, 16, 12, md5.New},
	{"hmac-sha1-96", 2, 3, 20, 12, sha1.New},
	{"hmac-sha256-128", 5, 5, 32, 16, sha256.New},
	{"hmac-sha256-96", 5, 5, 32, 12, sha256.New}, // of an early draft; Linux takes it when nobody says better
	{"hmac-sha384-192", 6, 6, 48, 24, sha512.New384},
	{"hmac-sha512-256", 7, 7, 64, 32, sha512.New},
}

// IntegrityByAttr finds an authenticator by the Authentication Algorithm attribute; nil if there is none.
func IntegrityByAttr(n uint16) *Integrity {
	for _, i := range integrities {
		if i.Attr == n {
			return i
		}
	}
	return nil
}

// IntegrityByAH finds an authenticator by the AH transform; nil if there is none.
func IntegrityByAH(n uint8) *Integrity {
	for _, i := range integrities {
		if i.AH == n {
			return i
		}
	}
	return nil
}

// IntegrityByName finds an authenticator by its name; nil if there is none.
func IntegrityByName(name string) *Integrity {
	for _, i := range integrities {
		if i.Name == name {
			return i
		}
	}
	return nil
}

// Sum computes the ICV, ICV octets of it.
func (i *Integrity) Sum(key Secret, parts ...[]byte) []byte {
	d := hmac.New(i.hash, key)
	for _, p := range parts {
		d.Write(p)
	}
	return d.Sum(nil)[:i.ICV]
}

// String is the name.
func (i *Integrity) String() string { return i.Name }

// String is the name.
func (h *Hash) String() string { return h.Name }

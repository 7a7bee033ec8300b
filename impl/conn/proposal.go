package conn

import (
	"ikewit/impl/alg"
	"ikewit/impl/sadb"
)

// AuthMethod is the phase 1 authentication method (RFC 2409 Appendix A).
type AuthMethod uint16

// PreSharedKey is the one method that this implementation has so far.
const PreSharedKey AuthMethod = 1

// An ISAKMPProposal is one phase 1 transform (RFC 2409 section 4).
type ISAKMPProposal struct {
	Cipher  *alg.Cipher
	KeyBits int // 0: the cipher's default, and no Key Length attribute
	Hash    *alg.Hash
	Auth    AuthMethod
	Group   *alg.Group
}

// ISAKMPAccept is a set of acceptable phase 1 transforms: every combination of its values.
type ISAKMPAccept struct {
	Ciphers []CipherSet
	Hashes  []*alg.Hash
	Auths   []AuthMethod
	Groups  []*alg.Group
}

// A CipherSet is a cipher with the key lengths that are acceptable.
type CipherSet struct {
	Cipher  *alg.Cipher
	KeyBits []int // nil: every length that the cipher has
}

// An IPsecProposal is one phase 2 proposal: the protocols that are all wanted together.
type IPsecProposal struct {
	Protocols []ProtocolProposal // RFC 2408 section 4.2: the same proposal number
	Mode      sadb.Mode
	Group     *alg.Group // nil: no PFS
}

// A ProtocolProposal is one protocol of a proposal, with one transform.
type ProtocolProposal struct {
	Proto     sadb.Protocol
	Cipher    *alg.Cipher    // ESP
	KeyBits   int            // 0: no Key Length attribute
	Integrity *alg.Integrity // nil: no Authentication Algorithm attribute (ESP only)
}

// IPsecAccept is a set of acceptable phase 2 proposals of one protocol: every combination of
// its values.
type IPsecAccept struct {
	Proto     sadb.Protocol
	Ciphers   []CipherSet      // ESP
	Integrity []*alg.Integrity // a nil element: without (never with the NULL cipher)
	Modes     []sadb.Mode
	Groups    []*alg.Group // a nil element: without PFS
}

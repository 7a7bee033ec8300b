package peer

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"

	"ikewit/harness/capture/crypt"
	"ikewit/impl/ike"
)

// Entropy is randomness that follows from a seed, so that a case runs the same twice, and that
// remembers the Diffie-Hellman exponents that were drawn: they are the one secret, beside the
// pre-shared key, that the judge is told. Each label has a stream of its own.
type Entropy struct {
	seed uint64
	who  string

	mu        sync.Mutex
	streams   map[string]*rand.ChaCha8
	exponents []crypt.Secret
}

var _ ike.Entropy = (*Entropy)(nil)

// NewEntropy makes the randomness of one peer. who tells the peers of a scenario apart.
func NewEntropy(seed uint64, who string) *Entropy {
	return &Entropy{seed: seed, who: who, streams: map[string]*rand.ChaCha8{}}
}

// Fill draws.
func (e *Entropy) Fill(label string, p []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.streams[label]
	if s == nil {
		s = rand.NewChaCha8(sha256.Sum256(fmt.Appendf(nil, "%d %s %s", e.seed, e.who, label)))
		e.streams[label] = s
	}
	s.Read(p)
	if label == "dh" {
		e.exponents = append(e.exponents, slices.Clone(p))
	}
}

// Exponents gives those that were drawn so far.
func (e *Entropy) Exponents() []crypt.Secret {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.exponents)
}

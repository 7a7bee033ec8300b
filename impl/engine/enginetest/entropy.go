package enginetest

import (
	"hash/fnv"

	"ikewit/impl/simnet"
)

// An Entropy gives octets that depend on a seed, a name and the label of the draw, and on nothing else:
// draws of one label do not change those of another. It is for tests only.
type Entropy struct {
	// Fixed are the first draws of a label; a draw takes its octets from the front of the first.
	Fixed map[string][][]byte

	seed    uint64
	name    string
	sources map[string]*simnet.Random
}

// NewEntropy begins the octets of one seed and name.
func NewEntropy(seed uint64, name string) *Entropy {
	return &Entropy{seed: seed, name: name, sources: make(map[string]*simnet.Random)}
}

// Fill is ike.Entropy's. A fixed draw of another length is a mistake of the test and panics.
func (e *Entropy) Fill(label string, p []byte) {
	if list := e.Fixed[label]; len(list) > 0 {
		if len(list[0]) != len(p) {
			panic("enginetest: fixed " + label + " has another length")
		}
		copy(p, list[0])
		e.Fixed[label] = list[1:]
		return
	}
	source := e.sources[label]
	if source == nil {
		h := fnv.New64a()
		h.Write([]byte(e.name + "/" + label))
		source = simnet.NewRandom(e.seed ^ h.Sum64())
		e.sources[label] = source
	}
	for i := range p {
		p[i] = byte(source.Uint64() >> 32)
	}
}

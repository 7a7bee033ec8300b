package load

import (
	"encoding/binary"
	"math/rand/v2"
)

// An entropy is what one flight draws: it depends on the seed and the flight's number only. It is no secret: for load
// only.
type entropy struct{ source *rand.PCG }

func newEntropy(seed, flight uint64) entropy { return entropy{rand.NewPCG(seed, flight)} }

// Fill is ike.Entropy's.
func (e entropy) Fill(_ string, p []byte) {
	for len(p) > 0 {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], e.source.Uint64())
		p = p[copy(p, b[:]):]
	}
}

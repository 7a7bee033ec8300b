package simnet

// Random is a small generator of numbers that look random (splitmix64). It is for tests: whoever
// sees a few of its numbers knows the rest.
type Random struct{ state uint64 }

// NewRandom begins a sequence. The same seed begins the same one.
func NewRandom(seed uint64) *Random { return &Random{seed} }

// Uint64 is the next number.
func (r *Random) Uint64() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Below is a number from 0 to n-1. n is above 0.
func (r *Random) Below(n int) int { return int(r.Uint64() % uint64(n)) }

// Chance is true with probability p.
func (r *Random) Chance(p float64) bool {
	return float64(r.Uint64()>>11)/(1<<53) < p
}

package deviation

import (
	"ikewit/impl/engine"
	"ikewit/impl/wire/isakmp"
)

// Both makes an engine tell two lies: what the first has changed, the second is given.
func Both(first, second engine.Seams) engine.Seams {
	both := func(a, b func(string, *isakmp.Message)) func(string, *isakmp.Message) {
		if a == nil || b == nil {
			return either(a, b)
		}
		return func(message string, m *isakmp.Message) {
			a(message, m)
			b(message, m)
		}
	}
	s := first
	s.Built, s.Hashed = both(first.Built, second.Built), both(first.Hashed, second.Hashed)
	switch {
	case first.Sealed == nil:
		s.Sealed = second.Sealed
	case second.Sealed != nil:
		s.Sealed = func(message string, octets []byte) []byte {
			return second.Sealed(message, first.Sealed(message, octets))
		}
	}
	return s
}

// either gives that of two functions that there is.
func either(a, b func(string, *isakmp.Message)) func(string, *isakmp.Message) {
	if a == nil {
		return b
	}
	return a
}

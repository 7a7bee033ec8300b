package peer

import (
	"fmt"
	"io"
)

// Format tells the seed and no exponent: package fmt does not ask what lies in unexported fields.
func (e *Entropy) Format(s fmt.State, _ rune) {
	io.WriteString(s, fmt.Sprintf("randomness of %s, seed %d", e.who, e.seed))
}

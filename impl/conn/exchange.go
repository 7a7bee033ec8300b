package conn

// Exchange is one of the two of phase 1 (RFC 2409 section 5).
type Exchange uint8

// Main Mode hides who the two are. Aggressive Mode takes three messages, not six, and tells everybody: identities, and
// what a pre-shared key can be guessed from. It lets the key be chosen by the peer's identity, not its address.
const (
	MainMode Exchange = iota
	AggressiveMode
)

// String is "Main Mode" or "Aggressive Mode".
func (e Exchange) String() string {
	if e == AggressiveMode {
		return "Aggressive Mode"
	}
	return "Main Mode"
}

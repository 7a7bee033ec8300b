package conn

import "fmt"

// NATT says what a connection does about translators of addresses on its way (RFC 3947).
type NATT uint8

const (
	NATTOff   NATT = iota // nothing of it is said: messages are those of RFC 2409
	NATTOn                // offered and taken, and where there is a NAT, done
	NATTForce             // the same, as if there were a NAT before us
)

var nattNames = [...]string{"off", "on", "force"}

// String is "off", "on" or "force".
func (n NATT) String() string {
	if int(n) < len(nattNames) {
		return nattNames[n]
	}
	return fmt.Sprintf("NAT traversal %d", uint8(n))
}

// NATTByName is the policy of a name that String prints.
func NATTByName(name string) (NATT, bool) {
	for i, s := range nattNames {
		if s == name {
			return NATT(i), true
		}
	}
	return NATTOff, false
}

package plutoplus

import "ikewit/impl/sadb"

// withIV asks more of a driver than IKE knows: the IV length of -v, where that is not the cipher's own. It
// is no matter of negotiation but of our own SAs; with NULL and 8 octets no driver can do it so far, and says so.
type withIV struct {
	sadb.Driver
	octets uint8
}

// Apply is the driver's, with the IV length in what is added.
func (d withIV) Apply(a sadb.Action) error {
	if add, ok := a.(sadb.Add); ok && add.SA.Cipher != nil && add.SA.Cipher.ESP == espNull {
		add.SA.IVOctets = d.octets
		a = add
	}
	return d.Driver.Apply(a)
}

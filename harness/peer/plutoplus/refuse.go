package plutoplus

import "ikewit/impl/sadb"

// Refuse lets installations fail: an action for which it gives an error never reaches the IPsec stack. It is called
// before Start.
func (p *Peer) Refuse(refuse func(sadb.Action) error) { p.refuse = refuse }

// refusing is a driver that refuses some actions.
type refusing struct {
	sadb.Driver
	refuse func(sadb.Action) error
}

// Apply asks first.
func (r refusing) Apply(a sadb.Action) error {
	if err := r.refuse(a); err != nil {
		return err
	}
	return r.Driver.Apply(a)
}

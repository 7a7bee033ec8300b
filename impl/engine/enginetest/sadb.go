package enginetest

import (
	"fmt"

	"ikewit/impl/sadb"
)

// An SADB holds SAs and policies and does nothing with them. The zero value is empty.
type SADB struct {
	// Refuse, if set, may make an action fail that would succeed.
	Refuse func(a sadb.Action) error

	sas      []sadb.SA
	policies []sadb.Policy
}

// Apply does one action; what fails changes nothing.
func (d *SADB) Apply(a sadb.Action) error {
	if d.Refuse != nil {
		if err := d.Refuse(a); err != nil {
			return err
		}
	}
	switch a := a.(type) {
	case sadb.Add:
		if d.find(a.SA.ID()) >= 0 {
			return fmt.Errorf("%v: %w", a.SA.ID(), sadb.ErrExists)
		}
		d.sas = append(d.sas, a.SA)
	case sadb.Update:
		i := d.find(a.SA.ID())
		if i < 0 {
			return fmt.Errorf("%v: %w", a.SA.ID(), sadb.ErrNotFound)
		}
		d.sas[i] = a.SA
	case sadb.Delete:
		i := d.find(a.ID)
		if i < 0 {
			return fmt.Errorf("%v: %w", a.ID, sadb.ErrNotFound)
		}
		d.sas = append(d.sas[:i], d.sas[i+1:]...)
	case sadb.AddPolicy:
		if i := d.findPolicy(a.Policy.ID()); i >= 0 {
			d.policies[i] = a.Policy
			return nil
		}
		d.policies = append(d.policies, a.Policy)
	case sadb.DeletePolicy:
		i := d.findPolicy(a.ID)
		if i < 0 {
			return fmt.Errorf("policy %v: %w", a.ID, sadb.ErrNotFound)
		}
		d.policies = append(d.policies[:i], d.policies[i+1:]...)
	case sadb.Flush:
		d.sas = nil
		if a.Policies {
			d.policies = nil
		}
	}
	return nil
}

// Carry counts a packet in every SA for what leaves, as if there were traffic.
func (d *SADB) Carry() {
	for i := range d.sas {
		if d.sas[i].Direction == sadb.Out {
			d.sas[i].Current.Packets++
		}
	}
}

// Arrive counts a packet in every SA for what comes, as if there were traffic.
func (d *SADB) Arrive() {
	for i := range d.sas {
		if d.sas[i].Direction == sadb.In {
			d.sas[i].Current.Packets++
		}
	}
}

// Carried is how many packets some SAs have carried together.
func (d *SADB) Carried(list []sadb.ID) (packets uint64) {
	for _, id := range list {
		if i := d.find(id); i >= 0 {
			packets += d.sas[i].Current.Packets
		}
	}
	return packets
}

// SAs gives what is there, in order of insertion, keys included.
func (d *SADB) SAs() []sadb.SA { return append([]sadb.SA(nil), d.sas...) }

// Policies gives what is there, in order of insertion.
func (d *SADB) Policies() []sadb.Policy { return append([]sadb.Policy(nil), d.policies...) }

func (d *SADB) find(id sadb.ID) int {
	for i := range d.sas {
		if d.sas[i].ID() == id {
			return i
		}
	}
	return -1
}

func (d *SADB) findPolicy(id sadb.PolicyID) int {
	for i := range d.policies {
		if d.policies[i].ID() == id {
			return i
		}
	}
	return -1
}

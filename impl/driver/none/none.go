// Package none holds SAs and policies in memory, and carries no packets for them: plutoplus --kernel
// none. A negotiation is complete with it; lifetimes of time end SAs as anywhere else.
package none

import (
	"time"

	"ikewit/impl/sadb"
	"ikewit/impl/sadb/store"
)

// A Driver holds SAs in memory.
type Driver struct{ *store.Store }

var _ sadb.Driver = (*Driver)(nil)

// New makes an empty database. now is its clock: nil is the system's; with any other the caller says
// Tick when time has passed.
func New(now func() time.Time) *Driver { return &Driver{store.New(plane{}, now)} }

// Name is "none".
func (*Driver) Name() string { return "none" }

// Close ends the driver.
func (d *Driver) Close() error {
	d.Store.Close()
	return nil
}

// plane is the data plane that there is not.
type plane struct{}

func (plane) Supports(sa *sadb.SA) error            { return sa.CheckIV("none") }
func (plane) SupportsPolicy(*sadb.Policy) error     { return nil }
func (plane) Apply(sadb.Action) error               { return nil }
func (plane) Ended(sadb.ID)                         {}
func (plane) Usage(sadb.ID) (u sadb.Usage, ok bool) { return u, false }

package world

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ikewit/impl/sadb"
)

// SAs gives the SAs of a host's stack in one direction; 0: in both.
func (w *World) SAs(name string, d sadb.Direction) ([]sadb.SA, error) {
	p, err := w.need(name)
	if err != nil {
		return nil, err
	}
	list, ok, err := p.SAs()
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, nil
	}
	return slices.DeleteFunc(list, func(sa sadb.SA) bool { return sa.State == sadb.Larval || d != 0 && w.direction(name, &sa) != d }), nil
}

// direction of an SA in the stack of a host; a kernel does not say, but by where the SA leads.
func (w *World) direction(name string, sa *sadb.SA) sadb.Direction {
	switch {
	case sa.Direction != 0:
		return sa.Direction
	case sa.Dst == w.OwnAddr(name):
		return sadb.In
	}
	return sadb.Out
}

// HaveSAs waits until a host has SAs in both directions.
func (w *World) HaveSAs(ctx context.Context, name string) error {
	var have int
	err := w.eventually(ctx, func() (bool, error) {
		list, err := w.SAs(name, 0)
		have = len(list)
		return have >= 2, err
	})
	if err == nil && have < 2 {
		err = &Mismatch{Code: "sa-present", What: "SAs of " + name, Expected: "a pair", Actual: fmt.Sprint(have)}
	}
	return err
}

// NoSAs checks that no stack holds SAs or policies any more. A negotiation that ended may take its last ones out a
// moment later.
func (w *World) NoSAs(ctx context.Context) error {
	var left []string
	err := w.eventually(ctx, func() (bool, error) {
		left = nil
		for _, p := range w.Running() {
			sas, _, err := p.SAs()
			if err != nil {
				return false, err
			}
			for _, sa := range sas {
				left = append(left, p.Host()+": "+sa.String())
			}
			policies, _, err := p.Policies()
			if err != nil {
				return false, err
			}
			for _, x := range policies {
				left = append(left, p.Host()+": policy "+x.String())
			}
		}
		return len(left) == 0, nil
	})
	if err == nil && len(left) > 0 {
		err = &Mismatch{Code: "left-behind", What: "SAs and policies after a failed negotiation", Expected: "none", Actual: fmt.Sprint(left)}
	}
	return err
}

// inbound gives the one inbound SA of a host.
func (w *World) inbound(name string) (sadb.SA, error) {
	list, err := w.SAs(name, sadb.In)
	if err == nil && len(list) != 1 {
		err = &Mismatch{Code: "sa-present", What: "inbound SAs of " + name, Expected: "1", Actual: fmt.Sprint(len(list))}
	}
	if err != nil {
		return sadb.SA{}, err
	}
	return list[0], nil
}

// ReplayWindow checks the replay window of the inbound SA of a host.
func (w *World) ReplayWindow(name string, want int) error {
	sa, err := w.inbound(name)
	if err == nil && int(sa.ReplayWindow) != want {
		err = &Mismatch{Code: "replay-window", What: "replay window of " + name + "'s inbound SA", Expected: fmt.Sprint(want), Actual: fmt.Sprint(sa.ReplayWindow)}
	}
	return err
}

// Replays checks how many packets the replay window of a host has refused.
func (w *World) Replays(name string, want int) error {
	sa, err := w.inbound(name)
	if err == nil && int(sa.Current.ReplayDrops) != want {
		err = &Mismatch{Code: "replay-counter", What: "packets that " + name + " refused as replays", Expected: fmt.Sprint(want), Actual: fmt.Sprint(sa.Current.ReplayDrops)}
	}
	return err
}

// WrongICVs checks how many packets a host has refused for their ICV.
func (w *World) WrongICVs(name string, want int) error {
	sa, err := w.inbound(name)
	if err == nil && int(sa.Current.IntegrityFail) != want {
		err = &Mismatch{Code: "wrong-icv", What: "packets that " + name + " refused for their ICV", Expected: fmt.Sprint(want), Actual: fmt.Sprint(sa.Current.IntegrityFail)}
	}
	return err
}

// Lifetimes checks the hard limits of all SAs of a host.
func (w *World) Lifetimes(name string, seconds, kilobytes int) error {
	list, err := w.SAs(name, 0)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return &Mismatch{Code: "sa-present", What: "SAs of " + name, Expected: "a pair", Actual: "none"}
	}
	for _, sa := range list {
		want := fmt.Sprintf("%v and %d kilobytes", time.Duration(seconds)*time.Second, kilobytes)
		if got := fmt.Sprintf("%v and %d kilobytes", sa.Hard.Add, sa.Hard.Octets/1024); got != want {
			return &Mismatch{Code: "sa-lifetime", What: "life of " + name + "'s " + sa.ID().String(), Expected: want, Actual: got}
		}
	}
	return nil
}

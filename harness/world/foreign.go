package world

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ikewit/harness/peer"
	"ikewit/harness/peer/direct"
)

// begun notes what a peer that has started calls itself. A foreign one that does not come up proves nothing about us.
func (w *World) begun(p peer.Peer, err error) error {
	f, ok := w.notOurs(p)
	if !ok {
		return err
	}
	version := f.Version()
	if version == "" {
		version = p.Command()
	}
	if !slices.Contains(w.foreign.versions, version) {
		w.foreign.versions = append(w.foreign.versions, version)
	}
	if err != nil {
		return &Unresolved{fmt.Sprintf("%s does not come up: %v", version, err)}
	}
	return nil
}

// notOurs tells the peer of somebody else from our daemon without plutoplus.
func (w *World) notOurs(p peer.Peer) (peer.Foreign, bool) {
	f, ok := p.(peer.Foreign)
	if _, own := p.(*direct.Peer); own {
		return nil, false
	}
	return f, ok
}

// sidesNeeded is how many sides must show their SAs: a foreign peer keeps them to itself.
func (w *World) sidesNeeded() int {
	if slices.ContainsFunc(w.runs, func(p peer.Peer) bool { _, is := w.notOurs(p); return is }) {
		return 1
	}
	return 2
}

// Blame turns an error into an unresolved one if the foreign peer died: nothing was learnt about us then.
func (w *World) Blame(err error) error {
	if err == nil || w.closed {
		return err
	}
	for _, p := range w.runs {
		f, ok := w.notOurs(p)
		if ok && ended(f) {
			return &Unresolved{fmt.Sprintf("%s at %s died with status %d: %v", w.PeerVersion(), f.Host(), f.Status(), err)}
		}
	}
	return err
}

// parted says of a foreign peer that does not end as it is asked to that nothing was learnt about us.
func (w *World) parted(p peer.Peer, err error) error {
	if _, foreign := w.notOurs(p); err != nil && foreign {
		return &Unresolved{fmt.Sprintf("%s: %v", w.PeerVersion(), err)}
	}
	return err
}

// foreignDied reports whether a foreign peer ended otherwise than as it was asked to.
func (w *World) foreignDied() bool {
	return slices.ContainsFunc(w.runs, func(p peer.Peer) bool { f, ok := w.notOurs(p); return ok && ended(f) && f.Status() != 0 })
}

// keepConfigurations writes what the peers were configured with into a bundle.
func (w *World) keepConfigurations(b *bundle) {
	for i, p := range w.runs {
		f, ok := p.(peer.Foreign)
		if !ok {
			continue
		}
		for name, text := range f.Configuration() {
			b.write(fmt.Sprintf("%s-%d-%s", p.Host(), i, name), 0o644, text)
		}
	}
}

// leftovers looks for what is left behind, and looks again for a moment: a program that is just being started holds
// copies of all our sockets until it is one.
func (w *World) leftovers() (left []string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), settleTime)
	defer cancel()
	tick := time.NewTicker(settleTime / 50)
	defer tick.Stop()
	for {
		if left, err = w.fabric.Leftovers(); err != nil || len(left) == 0 {
			return left, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return left, nil
		}
	}
}

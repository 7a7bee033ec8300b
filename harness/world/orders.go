package world

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ikewit/harness/capture/isakmp"
	"ikewit/harness/peer"
)

// tellTime is how long a peer may take to come to the end of a negotiation that it was told to begin.
const tellTime = 14 * time.Second

// tell lets a peer begin that does so when it is told.
func (w *World) tell(ctx context.Context, name string) error {
	i, ok := w.Peer(name).(peer.Initiator)
	if !ok {
		return nil
	}
	return w.order(ctx, name, i.Initiate)
}

// order gives an order and waits for its end, or until the other side has ended with a failure. That the peer fails is
// for the scenario to judge.
func (w *World) order(ctx context.Context, name string, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, tellTime)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- do(ctx) }()
	var other <-chan struct{}
	if p := w.Peer(w.other(name)); p != nil {
		other = p.Ended()
	}
	if w.foreign.told == nil {
		w.foreign.told = map[string]error{}
	}
	select {
	case w.foreign.told[name] = <-done:
	case <-other:
		w.foreign.told[name] = errors.New("the other side has ended")
	case <-ctx.Done():
		w.foreign.told[name] = fmt.Errorf("no end within %v", tellTime)
	}
	w.cached = nil
	return nil
}

// gaveUp reports whether a peer came to the end of its negotiation without SAs.
func (w *World) gaveUp(p peer.Peer) bool { return w.foreign.told[p.Host()] != nil }

// Fails checks that a host that was told to begin has no SAs for it, and that a host that was called has none.
func (w *World) Fails(name string) error {
	p, err := w.need(name)
	if err != nil {
		return err
	}
	if w.isUp(p) {
		return &Mismatch{Code: "negotiation", What: "what " + name + " came to", Expected: "no IPsec SAs", Actual: "IPsec SAs"}
	}
	return nil
}

// foreignAt gives the peer at a host that can be told things while it runs.
func (w *World) foreignAt(name string) (peer.Foreign, error) {
	p, err := w.need(name)
	if err != nil {
		return nil, err
	}
	f, ok := p.(peer.Foreign)
	if !ok {
		return nil, &Unsupported{"plutoplus negotiates once: it cannot be told to do more"}
	}
	return f, nil
}

// Again lets a host negotiate phase 2 once more; what became of it is told by Pairs.
func (w *World) Again(ctx context.Context, name string) error {
	f, err := w.foreignAt(name)
	if err != nil {
		return err
	}
	w.judged.perishable = true // the older SAs may go
	return w.order(ctx, name, f.Again)
}

// Rekey lets a host negotiate phase 1 once more.
func (w *World) Rekey(ctx context.Context, name string) error {
	f, err := w.foreignAt(name)
	if err != nil {
		return err
	}
	w.judged.perishable = true
	return w.order(ctx, name, f.Rekey)
}

// Terminate lets a host end the connection.
func (w *World) Terminate(ctx context.Context, name string) error {
	f, err := w.foreignAt(name)
	if err != nil {
		return err
	}
	w.judged.perishable = true
	return f.Terminate(ctx)
}

// PeerEmpty waits until the peer says that it has no IPsec SAs any more.
func (w *World) PeerEmpty(ctx context.Context) error {
	f, err := w.foreignAt(theirs)
	if err != nil {
		return err
	}
	stands := true
	err = w.eventually(ctx, func() (bool, error) {
		stands, err = f.Established(ctx)
		return !stands, err
	})
	if err == nil && stands {
		err = &Mismatch{Code: "left-behind", What: "IPsec SAs of the peer", Expected: "none", Actual: "they stand"}
	}
	return err
}

// Phases waits until so many phase 1 exchanges were answered, each by its cookies.
func (w *World) Phases(ctx context.Context, want int) error {
	got := 0
	err := w.eventually(ctx, func() (bool, error) {
		got = 0
		list, err := w.Exchange()
		for _, name := range list {
			if name == "MR1" || name == "AR1" {
				got++
			}
		}
		return got >= want, err
	})
	if err == nil && got != want {
		err = &Mismatch{Code: "phase-1", What: "phase 1 exchanges that were answered", Expected: fmt.Sprint(want), Actual: fmt.Sprint(got)}
	}
	return err
}

// Stands waits until a host of any kind says that IPsec SAs stand.
func (w *World) Stands(ctx context.Context, name string) error {
	p, err := w.need(name)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	if p.Journal().Until(ctx, func() bool { return w.isUp(p) || ended(p) }) != nil || !w.isUp(p) {
		return &Mismatch{Code: "negotiation", What: name + " negotiates", Expected: "IPsec SAs", Actual: "none: see what it said last"}
	}
	return nil
}

// Pairs waits until a host has said of so many pairs that they stand.
func (w *World) Pairs(ctx context.Context, name string, want int) error {
	f, err := w.foreignAt(name)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if f.Journal().Until(ctx, func() bool { return f.Pairs() >= want || ended(f) }) != nil || f.Pairs() < want {
		return &Mismatch{Code: "pairs", What: "pairs of SAs that " + name + " made", Expected: fmt.Sprint(want), Actual: fmt.Sprint(f.Pairs())}
	}
	return nil
}

// SaidNothing checks that a host notified nothing of an error.
func (w *World) SaidNothing(name string) error {
	list, err := w.Sent(name)
	if err != nil {
		return err
	}
	for _, m := range list {
		for _, p := range m.Chain() {
			if n, ok := p.Content.(*isakmp.Notification); ok && n.Type < firstStatus {
				return &Mismatch{Code: "notify", What: "what " + name + " notifies", Expected: "nothing", Actual: n.Type.String()}
			}
		}
	}
	return nil
}

// firstStatus is the first notification that is no error: RFC 2408 section 3.14.1.
const firstStatus = 16384

// DeletedOf waits until a host has sent a Delete of a protocol's SAs under protection.
func (w *World) DeletedOf(ctx context.Context, name, protocol string) error {
	var got []string
	err := w.eventually(ctx, func() (ok bool, err error) {
		got, err = w.Deleted(name)
		return slices.Contains(got, protocol), err
	})
	if err == nil && !slices.Contains(got, protocol) {
		err = &Mismatch{Code: "delete", What: "what " + name + " deletes under protection", Expected: protocol, Actual: fmt.Sprint(got)}
	}
	return err
}

// initiateWhenTold starts both and tells one of them to begin. It comes first: a daemon may be slow to start, and the other
// side's patience begins when that one starts.
func (w *World) initiateWhenTold(ctx context.Context, name string) error {
	for _, host := range []string{name, w.other(name)} {
		if h := w.hosts[host]; h != nil && h.plan != nil && w.Peer(host) == nil {
			if err := w.Start(ctx, host, false); err != nil {
				return err
			}
		}
	}
	if err := w.tell(ctx, name); err != nil {
		return err
	}
	return w.settle(ctx, name)
}

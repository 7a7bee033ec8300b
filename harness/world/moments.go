package world

import (
	"context"
	"fmt"
	"time"
)

// Secrets are the secrets that the hosts of this scenario know.
func (w *World) Secrets() []string { return w.knownSecrets() }

// Took is how long it is since the world began, less what building the topology took.
func (w *World) Took() time.Duration { return time.Since(w.ready) }

// Wait starts a host as responder and waits until it ends.
func (w *World) Wait(ctx context.Context, name string) error {
	if err := w.Start(ctx, name, false); err != nil {
		return err
	}
	p := w.Peer(name)
	ctx, cancel := within(ctx, patience, name+" ends")
	defer cancel()
	return p.Journal().Until(ctx, func() bool { return ended(p) })
}

// RunAgain takes down what ran on a host, starts it with other options, and waits until that negotiation has come to an
// end.
func (w *World) RunAgain(ctx context.Context, name, options string) error {
	if p := w.Peer(name); p != nil {
		if err := p.Close(); err != nil {
			return fmt.Errorf("end the first run on %s: %w", name, err)
		}
	}
	w.judged.perishable = true // the other side keeps the SAs of the first run
	if err := w.Plan(name, options, true); err != nil {
		return err
	}
	if err := w.Start(ctx, name, false); err != nil {
		return err
	}
	p := w.Peer(name)
	ctx, cancel := within(ctx, patience, name+" negotiates again")
	defer cancel()
	return p.Journal().Until(ctx, func() bool { return ended(p) || w.isUp(p) })
}

// PingsSent counts the pings of the scenario.
func (w *World) PingsSent() int { return int(w.traffic.seq) }

// PingUntil pings at a steady pace until so much time has passed since the SAs were made. Answers may stay out: SAs may
// come to their end on the way.
func (w *World) PingUntil(ctx context.Context, from, to string, after time.Duration) error {
	const pace = 100 * time.Millisecond
	list, err := w.SAs(from, 0)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return &Unresolved{from + " has no SAs whose age could be told"}
	}
	w.judged.perishable = true
	end := time.NewTimer(time.Until(list[0].Current.Added.Add(after)))
	defer end.Stop()
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for {
		if _, err := w.ping(ctx, pingPlan{from, to, []int{pingSize}, trafficID, true}); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-end.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

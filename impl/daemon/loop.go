package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ikewit/impl/ike"
	"ikewit/impl/sadb"
)

// errNoDatabase: whoever held the SAs has ended, and nothing can be negotiated any more.
var errNoDatabase = errors.New("the SA database is gone")

// loop waits for the next thing that happens and steps the engine with it, until Stop.
func (d *Daemon) loop(ctx context.Context) error {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	events, cancelled := d.cfg.Driver.Events(), ctx.Done()
	for {
		d.wind(timer)
		jobs, next := d.nextJob()
		select {
		case in := <-d.arrived:
			d.received(in)
		case r := <-d.results:
			d.step(r)
		case jobs <- next:
			d.pending = d.pending[1:]
		case e, open := <-events:
			if !open {
				d.step(ike.Terminate{})
				return errNoDatabase
			}
			d.told(e)
		case <-timer.C:
			d.step(ike.Tick{})
		case <-d.wake:
			if d.obey() {
				return nil
			}
		case err := <-d.deaf:
			d.step(ike.Terminate{})
			return fmt.Errorf("receive datagrams: %w", err)
		case <-cancelled:
			cancelled = nil
			d.Stop(ike.Terminate{})
		}
	}
}

// obey does what Do and Stop asked for and reports whether it was Stop.
func (d *Daemon) obey() (stop bool) {
	d.mu.Lock()
	orders := d.orders
	d.orders = nil
	d.mu.Unlock()
	for _, o := range orders {
		if o.in != nil {
			d.step(o.in)
		}
		if o.stop {
			return true
		}
	}
	return false
}

// step gives the engine one input, does the effects in order, and then gives it what they
// brought back.
func (d *Daemon) step(in ike.Input) {
	for {
		now := d.cfg.Now()
		for _, e := range d.cfg.Engine.Step(now, in) {
			d.do(now, e)
		}
		if len(d.soon) == 0 {
			return
		}
		in, d.soon = d.soon[0], d.soon[1:]
	}
}

// do does one effect.
func (d *Daemon) do(now time.Time, e ike.Effect) {
	switch e := e.(type) {
	case ike.Send:
		err := d.cfg.Sockets.Send(e.Local, e.Remote, e.Octets)
		if d.cfg.Packet != nil {
			d.cfg.Packet(now, Packet{true, e.Local, e.Remote, e.Octets, err})
		}
		if err != nil {
			d.soon = append(d.soon, ike.Unreachable{Local: e.Local, Remote: e.Remote, Reason: err.Error()})
		}
	case ike.SA:
		d.apply(now, e)
	case ike.Work:
		d.pending = append(d.pending, e)
	case ike.Tally:
		d.tally(e)
	case ike.Event:
		if d.cfg.Log != nil {
			d.cfg.Log(now, e)
		}
	}
}

// apply changes the SA database, action by action until one fails.
func (d *Daemon) apply(now time.Time, e ike.SA) {
	done := ike.SADone{ID: e.ID}
	for _, a := range e.Actions {
		done.Err = d.cfg.Driver.Apply(a)
		if d.cfg.Applied != nil {
			d.cfg.Applied(now, a, done.Err)
		}
		if done.Err != nil {
			break
		}
		done.Done++
	}
	d.soon = append(d.soon, done)
}

// tally asks the SA database what SAs have carried.
func (d *Daemon) tally(e ike.Tally) {
	sum := ike.Tallied{ID: e.ID}
	for _, id := range e.SAs {
		if sa, err := d.cfg.Driver.Get(id); err == nil {
			sum.Packets += sa.Current.Packets
		}
	}
	d.soon = append(d.soon, sum)
}

// received passes on what a socket gave.
func (d *Daemon) received(in ike.Input) {
	if p, ok := in.(ike.Datagram); ok && d.cfg.Packet != nil {
		d.cfg.Packet(d.cfg.Now(), Packet{Local: p.Local, Remote: p.Remote, Octets: p.Octets})
	}
	d.step(in)
}

// told passes on what the SA database said.
func (d *Daemon) told(e sadb.Event) {
	switch e := e.(type) {
	case sadb.Acquire:
		if d.cfg.Request != nil {
			for _, in := range d.cfg.Request(d.cfg.Now(), e) {
				d.step(in)
			}
		}
	case sadb.Moved:
		d.step(ike.Moved{Moved: e})
	case sadb.Expire:
		if d.cfg.Expired != nil {
			d.cfg.Expired(d.cfg.Now(), e)
		}
		d.step(ike.Expire{Expire: e})
	}
}

// wind sets the one timer to the engine's deadline.
func (d *Daemon) wind(timer *time.Timer) {
	at, why, ok := d.cfg.Engine.Deadline()
	if next := (deadline{at, why, ok}); next != d.last {
		d.last = next
		if ok && d.cfg.Deadline != nil {
			d.cfg.Deadline(at, why)
		}
	}
	if !ok {
		timer.Stop()
		return
	}
	timer.Reset(max(0, at.Sub(d.cfg.Now())))
}

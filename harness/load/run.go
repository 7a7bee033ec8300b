package load

import (
	"errors"
	"fmt"
	"os"
	"time"

	"ikewit/impl/conn"
	"ikewit/impl/engine"
	"ikewit/impl/host"
	"ikewit/impl/ike"
	"ikewit/impl/wire/ikehdr"
	"ikewit/impl/wire/isakmp"
)

// A run is one Run of a Generator.
type run struct {
	*Generator
	pace    Pace
	start   time.Time
	now     time.Time
	flights map[ikehdr.Cookie]*flight // those under way, and those remembered
	due     deadlines
	past    memory
	flying  int
	in, out []host.Datagram
	inputs  []ike.Input // of step
	waking  time.Time   // when the sockets stop waiting
	tally   Tally

	spoken  time.Time // when Progress was told last
	settled int       // and how many were established then
}

// beginDue begins the flights whose time has come.
func (r *run) beginDue(cancelled bool) {
	for !cancelled && r.more() && r.flying < r.pace.InFlight && !r.nextStart().After(r.now) {
		r.begin()
	}
	if !cancelled && r.more() && r.pace.Rate > 0 && r.flying >= r.pace.InFlight && !r.nextStart().After(r.now) {
		r.tally.HeldBack = true
	}
}

// more tells whether there are flights to begin.
func (r *run) more() bool {
	return (r.pace.Count == 0 || r.tally.Begun < r.pace.Count) && (r.pace.Duration == 0 || r.now.Sub(r.start) < r.pace.Duration)
}

// nextStart is when the next flight is to begin.
func (r *run) nextStart() time.Time {
	if r.pace.Rate == 0 {
		return r.start
	}
	return r.start.Add(time.Duration(float64(r.tally.Begun) / r.pace.Rate * float64(time.Second)))
}

func (r *run) finished(cancelled bool) bool { return cancelled || !r.more() && r.flying == 0 }

// begin begins a flight.
func (r *run) begin() {
	n := r.next
	r.next++
	limits := r.Limits
	if limits.Resend == nil {
		limits = flightLimits
	}
	f := &flight{begun: time.Now(), engine: engine.New(engine.Config{
		Connections: conn.List{}, Secrets: r.Secrets, Entropy: newEntropy(r.Seed, n), Limits: limits,
	})}
	offer := *r.Offer
	offer.Local.Addr = r.From(n)
	r.tally.Begun++
	r.flying++
	r.step(f, ike.Initiate{Conn: &offer})
}

// step gives a flight's engine an input, does the effects in order, and then gives it what they bring back.
func (r *run) step(f *flight, in ike.Input) {
	wasOver := f.over
	r.now = time.Now()
	r.inputs = append(r.inputs[:0], in)
	for i := 0; i < len(r.inputs); i++ {
		for _, effect := range f.engine.Step(r.now, r.inputs[i]) {
			switch x := effect.(type) {
			case ike.Send:
				r.send(f, x)
			case ike.Work:
				r.inputs = append(r.inputs, ike.WorkDone{ID: x.ID, Err: x.Do()})
			case ike.SA:
				r.inputs = append(r.inputs, ike.SADone{ID: x.ID, Done: len(x.Actions)})
			case ike.Event:
				r.hear(f, x)
			}
		}
	}
	if !f.over {
		at, _, ok := f.engine.Deadline()
		r.due.set(f, at, ok)
	} else if !wasOver {
		r.settle(f)
	}
}

// settle remembers a flight that is over.
func (r *run) settle(f *flight) {
	r.flying--
	r.due.set(f, time.Time{}, false)
	if old := r.past.keep(f); old != nil {
		delete(r.flights, old.cookie)
	}
	if r.Delete {
		r.step(f, ike.Terminate{})
	}
}

// send puts a message among those to be sent.
func (r *run) send(f *flight, s ike.Send) {
	if f.cookie.IsZero() {
		f.cookie = ikehdr.Cookie(s.Octets[:len(f.cookie)])
		r.flights[f.cookie] = f
	}
	if s.Retransmission {
		r.tally.SentAgain++
	}
	r.out = append(r.out, host.Datagram{Local: s.Local, Remote: s.Remote, Octets: s.Octets})
}

// hear takes in what an engine tells. The first thing that decides about a flight counts.
func (r *run) hear(f *flight, e ike.Event) {
	switch e := e.(type) {
	case ike.Phase2Up:
		if !f.over {
			f.over = true
			r.tally.Established++
			r.tally.latency.add(time.Since(f.begun))
		}
	case ike.Failed:
		r.fail(f, fmt.Sprintf("phase %d: %s", e.Phase, e.Reason))
	case ike.Refused:
		f.note = fmt.Sprintf("we refuse %s, check %s", e.Message, e.Refusal.Check)
		if e.Ends {
			r.fail(f, "refused")
		}
	case ike.Notified:
		if isakmp.NotifyType(e.Type).IsError() {
			f.note = "the peer notifies " + e.Name
		}
		if e.Ends {
			r.fail(f, "refused")
		}
	}
}

// fail ends a flight that is not over, with a reason to which its note belongs.
func (r *run) fail(f *flight, reason string) {
	if f.over {
		return
	}
	f.over = true
	if f.note != "" {
		reason += " (" + f.note + ")"
	}
	r.tally.failed(reason)
}

// flush sends what is to be sent. What cannot be sent is as good as lost: a flight sends again.
func (r *run) flush() error {
	for out := r.out; len(out) > 0; {
		n, err := r.Sockets.Write(out)
		r.tally.Sent += n
		out = out[n:]
		switch {
		case errors.Is(err, os.ErrClosed):
			return fmt.Errorf("send: %w", err)
		case err != nil:
			r.tally.NotSent++
			if f := r.flights[cookieOf(out[0].Octets)]; f != nil {
				f.note = errors.Unwrap(err).Error()
			}
			out = out[1:]
		}
	}
	clear(r.out)
	r.out = r.out[:0]
	return nil
}

func cookieOf(octets []byte) (c ikehdr.Cookie) {
	copy(c[:], octets)
	return c
}

// receive waits until there is something to do, and takes in what arrived.
func (r *run) receive() error {
	if err := r.wind(); err != nil {
		return err
	}
	n, err := r.Sockets.Read(r.in)
	r.now = time.Now()
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("receive: %w", err)
	}
	for i := range r.in[:n] {
		d := &r.in[i]
		f := r.flights[cookieOf(d.Octets)]
		switch {
		case f == nil:
			r.tally.Strays++
		case d.Err != nil:
			f.note = d.Err.Error()
		default:
			r.tally.Received++
			r.step(f, ike.Datagram{Local: d.Local, Remote: d.Remote, Octets: d.Octets})
		}
	}
	return nil
}

// wind sets the time at which waiting ends.
func (r *run) wind() error {
	const soonest = 50 * time.Microsecond // a deadline that has passed would keep us from reading
	at := r.now.Add(progressStep)
	if len(r.due) > 0 && r.due[0].at.Before(at) {
		at = r.due[0].at
	}
	if next := r.nextStart(); r.more() && r.flying < r.pace.InFlight && next.Before(at) {
		at = next
	}
	if earliest := r.now.Add(soonest); at.Before(earliest) {
		at = earliest
	}
	if r.waking.After(r.now) && !r.waking.After(at) {
		return nil // it is set for then, or a little earlier
	}
	r.waking = at
	if err := r.Sockets.SetReadDeadline(at); err != nil {
		return fmt.Errorf("receive: %w", err)
	}
	return nil
}

// tick wakes the flights that are due.
func (r *run) tick() {
	for len(r.due) > 0 && !r.due[0].at.After(r.now) {
		r.step(r.due[0], ike.Tick{})
	}
}

// report tells how the run stands, when it is time to.
func (r *run) report() {
	since := r.now.Sub(r.spoken)
	if r.Progress == nil || since < progressStep {
		return
	}
	t := &r.tally
	r.Progress(Progress{
		Elapsed: r.now.Sub(r.start), Begun: t.Begun, Established: t.Established, Failed: t.Failed, InFlight: r.flying,
		Rate: float64(t.Established-r.settled) / since.Seconds(),
	})
	r.spoken, r.settled = r.now, t.Established
}

package plutoplus

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"ikewit/impl/daemon"
	"ikewit/impl/ike"
	"ikewit/impl/wire/isakmp"
)

// linger is how long an initiator stays, at most, to repeat its last message. Ours.
const linger = 5 * time.Second

// A wit is the one negotiation of a WIT run.
//
//	waiting ──► finished: SAs stand ──► linger (initiator) ──► SUCCESS 0
//	   │                                   │ hold
//	   ├── negotiation error ──► FAILED 2 ◄┘ the peer took it back
//	   ├── silence ──► TIMEOUT 3
//	   └── signal ──► FAILED 128 + n
type wit struct {
	p       *Program
	peer    netip.Addr
	silence *time.Timer
	news    chan outcome // from the daemon's goroutine
}

// An outcome is how a run ended, or that it came to its goal.
type outcome struct {
	status int
	reason string
}

func newWIT(p *Program) *wit {
	return &wit{
		p:       p,
		peer:    p.ends.Peer(),
		silence: time.NewTimer(p.options.Timeout),
		news:    make(chan outcome, 16),
	}
}

// run waits for the end of the negotiation, says how it went, and gives the exit status.
func (w *wit) run(ctx context.Context) int {
	o := w.p.options
	w.silence.Reset(o.Timeout)
	if o.Initiate {
		if err := w.p.initiate(); err != nil {
			w.tell(outcome{StatusUsage, err.Error()})
		}
	}
	result := w.wait(ctx)
	if result.status == StatusOK && o.Initiate && !o.Hold {
		result = w.linger(ctx)
	}
	w.p.list()
	held := result.status == StatusOK && o.Hold
	if held {
		w.say(result)
		w.hold(ctx)
	}
	w.p.daemon.Stop(ike.Terminate{Silent: result.status == StatusOK})
	<-w.p.daemon.Ended()
	if !held {
		w.say(result)
	}
	return result.status
}

// wait waits for the first outcome.
func (w *wit) wait(ctx context.Context) outcome {
	select {
	case result := <-w.news:
		return result
	case <-w.silence.C:
		w.p.out.fail("timeout: no message from %v for %d seconds", w.peer, int(w.p.options.Timeout/time.Second))
		return outcome{status: StatusSilence}
	case <-ctx.Done():
		return interrupted(ctx)
	case err := <-w.p.running:
		return outcome{StatusUsage, fmt.Sprint(err)}
	}
}

// linger stays after success to repeat the last message if the peer asks for it. What it hears
// then may still be that the peer did not like it.
func (w *wit) linger(ctx context.Context) outcome {
	enough := time.NewTimer(min(linger, w.p.options.Timeout))
	defer enough.Stop()
	select {
	case result := <-w.news:
		return result
	case <-enough.C:
	case <-ctx.Done():
	}
	return outcome{}
}

// hold keeps the data plane alive.
func (w *wit) hold(ctx context.Context) {
	var enough <-chan time.Time
	if d := w.p.options.HoldFor; d > 0 {
		enough = time.After(d)
	}
	select {
	case <-enough:
	case <-ctx.Done():
	case err := <-w.p.running:
		w.p.out.fail("%v", err)
	}
}

// say prints the one line that a WIT run ends with.
func (w *wit) say(result outcome) {
	switch result.status {
	case StatusOK:
		w.p.out.info("WIT: SUCCESS")
	case StatusSilence:
		w.p.out.info("WIT: TIMEOUT")
	default:
		w.p.out.info("WIT: FAILED: %s", result.reason)
	}
}

// interrupted is the outcome of a signal.
func interrupted(ctx context.Context) outcome {
	var i Interrupted
	if errors.As(context.Cause(ctx), &i) {
		return outcome{128 + i.Signal, i.Error()}
	}
	return outcome{StatusUsage, context.Cause(ctx).Error()}
}

// packet hears the peer: whatever it says, it is not silent.
func (w *wit) packet(p daemon.Packet) {
	if !p.Sent && p.Remote.Addr() == w.peer {
		w.silence.Reset(w.p.options.Timeout)
	}
}

// event finds the end of the negotiation among the events.
func (w *wit) event(e ike.Event) {
	switch e := e.(type) {
	case ike.Phase2Up:
		w.tell(outcome{})
	case ike.Failed:
		w.failed(e.Exchange, e)
	case ike.Refused:
		// The engine goes on waiting where anybody might have sent the bad message, as when secrets
		// differ. A tester is told at once.
		if e.Ends || e.Notified && e.Conn != "" {
			w.failed(e.Exchange, e)
		}
	case ike.Notified:
		// An unprotected one may be anybody's; but a tester wants to see it.
		if isakmp.NotifyType(e.Type).IsError() {
			w.failed(e.Exchange, e)
		}
	case ike.Gone:
		if strings.Contains(e.Reason, "deleted by the peer") {
			w.failed(e.Exchange, e)
		}
	}
}

// failed ends the run, if it is about the peer that we talk with.
func (w *wit) failed(x ike.Exchange, e ike.Event) {
	if !x.Remote.IsValid() || x.Remote.Addr() == w.peer {
		w.tell(outcome{StatusFailed, e.String()})
	}
}

// tell passes an outcome on to run. The first ones count.
func (w *wit) tell(result outcome) {
	select {
	case w.news <- result:
	default:
	}
}

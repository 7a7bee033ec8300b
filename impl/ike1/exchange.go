package ike1

import (
	"errors"
	"fmt"
	"time"

	"ikewit/impl/alg"
	"ikewit/impl/conn"
	"ikewit/impl/ike"
	"ikewit/impl/keymat"
	"ikewit/impl/wire/isakmp"
)

// An exchange is what Main Mode and Quick Mode have in common: a state, an IV, the last message sent, and
// the wait for the next one.
type exchange struct {
	s     *association
	kind  isakmp.Exchange
	id    uint32 // message ID; 0 in phase 1
	role  role
	state state
	iv    keymat.IV

	heard   heard
	sent    ike.Send // our last message; no octets: none since then
	said    time.Time
	answers int // how often sent was sent again because the peer repeated itself
	tries   int // how often sent was sent again because the peer was silent
	timer   ike.Timer
	early   bool // the timer is set to less than its time: see awaitAnswer
	busy    bool // work or an action is under way
	over    bool // nothing more comes of this exchange
	protect func() (alg.CBC, error)
	giveUp  func(reason string, err error) // ends the exchange without its SAs
}

func (x *exchange) core() *ike.Core { return x.s.m.core }

func (x *exchange) event() ike.Exchange { return x.s.event(x.id, x.role) }

// enter moves the exchange to a state.
func (x *exchange) enter(to state) {
	if x.core().Trace.Messages && to != x.state {
		x.core().Emit(ike.StateChanged{Exchange: x.event(), From: string(x.state), To: string(to)})
	}
	x.state = to
}

// take leads a message through the row of its exchange's state. An error refuses the message, and the
// exchange is as it was before.
func take[X any](x *exchange, self X, rows []row[X], auth conn.AuthMethod, msg *message) error {
	if x.again(msg) {
		return nil
	}
	m, r := x.s.m, find(rows, x.state, auth)
	m.core.Broken(CheckState, r == nil || x.busy)
	if r == nil || x.busy {
		return refuse(CheckState, silently, isakmp.None, "nothing is expected in state %q", x.state)
	}
	msg.name = r.message
	if err := m.read(msg, r.encrypted, x.protect, x.iv); err != nil {
		return withHint(msg, err)
	}
	x.received(msg)
	if err := m.checkContent(msg, r.needed, r.allowed); err != nil {
		return err
	}
	if err := m.checkOrder(msg); err != nil {
		return err
	}
	if err := r.prove(self, msg); err != nil {
		return err
	}
	x.commit(msg, r.to)
	return x.proceed(r.goOn(self))
}

// withHint says what is behind it when the first message under new keys makes no sense.
func withHint(msg *message, err error) error {
	var r *ike.Refusal
	if phase1Exchange(msg.exchange()) && msg.encrypted() && errors.As(err, &r) && r.Check == CheckSyntax {
		r.Err = fmt.Errorf("makes no sense when decrypted, as with different secrets: %w", r.Err)
	}
	return err
}

// commit takes over what a message that proved good brings: the state, and the IV of the next message.
// RFC 2409 section 10.
func (x *exchange) commit(msg *message, to state) {
	x.heard.add(msg)
	x.sent, x.answers = ike.Send{}, 0
	if x.timer.Kind() == "retransmit" {
		x.core().Stop(&x.timer)
	}
	if msg.encrypted() {
		x.iv = msg.nextIV
	}
	if msg.encrypted() || msg.ends {
		x.s.trust()
		x.s.alive.sign()
		x.s.follow(msg)
	}
	x.enter(to)
}

// proceed ends the exchange if going on did not work.
func (x *exchange) proceed(err error) error {
	if err != nil && !x.over {
		x.giveUp("cannot go on", err)
	}
	return nil
}

// compute hands arithmetic out and goes on with then when it is done. Meanwhile the exchange takes no
// message.
func (x *exchange) compute(do func() error, then func() error) {
	x.busy = true
	x.core().Work(do, func(err error) {
		if x.over {
			return
		}
		x.busy = false
		if err == nil {
			err = then()
		}
		_ = x.proceed(err)
	})
}

// maxAnswers is how often a repeated message is answered with the stored reply: more than any peer
// retransmits, and few enough that replays do not make us flood somebody. Ours.
const maxAnswers = 10

// peerWaits is the least that a peer waits before it repeats a message. Ours: the hastiest that we know of wait 500 ms,
// of which our arithmetic takes a part.
const peerWaits = 200 * time.Millisecond

// again tells whether a message was taken before. If it is the last one, what we answered is said again, octet for
// octet: the peer may not have got it, and has no other way to ask. RFC 2408 section 5.1.
//
//	comes again   MI1  MR1  MI2  MR2  MI3  MR3   AI1  AR1  AI2   QI1  QR1  QI2
//	is answered   MR1  MI2  MR2  MI3  MR3   -    AR1  AI2   -    QR1  QI2   -
//
// What our answer to it was is known until the exchange ends, and then for a while by its echo. An older message
// changes nothing, nor does one that comes while the answer is being made. The initiator, who asks again by itself,
// answers no copy that is too fast for a peer that has waited: or one copy would be followed by two of everything.
func (x *exchange) again(msg *message) bool {
	last, before := x.heard.has(msg)
	if !last && !before {
		return false
	}
	if x.core().Trace.Messages {
		x.core().Emit(ike.Received{Exchange: x.event(), Message: msg.name, Duplicate: true})
	}
	hasty := x.role == initiator && x.core().Now().Sub(x.said) < peerWaits
	if last && !hasty && x.sent.Octets != nil && x.answers < maxAnswers {
		x.answers++
		x.resend()
		if x.timer.Kind() == "retransmit" && x.timer.Running() {
			x.awaitAnswer()
		}
	}
	return true
}

// resend sends the last message once more, octet for octet; to where the peer is by now.
func (x *exchange) resend() {
	if x.kind == isakmp.QuickMode {
		x.sent.Local, x.sent.Remote = x.s.local, x.s.remote
	}
	x.said = x.core().Now()
	x.s.m.resend(x.event(), x.sent)
}

// overtaken is how long a message right behind AI2 waits for an answer before it is said again, once: it may have
// been faster, or AI2 lost, and then a peer lets it fall. Threads of charon race so. Ours.
const overtaken = 500 * time.Millisecond

// awaitAnswer sets the timer for the next retransmission of the message sent last, or for giving up.
func (x *exchange) awaitAnswer() {
	limits := &x.core().Limits
	wait := limits.GiveUp
	if x.tries < len(limits.Resend) {
		wait = limits.Resend[x.tries]
	}
	if x.early = x.s.unheard != nil && x.tries == 0 && !x.early; x.early {
		wait = min(wait, overtaken)
	}
	x.core().Set(&x.timer, wait, "retransmit", x)
}

// Wake comes when the peer was silent for too long.
func (x *exchange) Wake(t *ike.Timer) {
	switch {
	case t.Kind() != "retransmit":
		x.giveUp("the peer stopped in the middle", nil)
	case x.early, x.tries < len(x.core().Limits.Resend):
		if !x.early {
			x.tries++
		}
		if last := x.s.unheard; last != nil && x.core().Now().Sub(last.said) >= peerWaits {
			last.say() // the peer may wait for AI2, and take nothing else
		}
		x.resend()
		x.awaitAnswer()
	default:
		x.s.silent = x.s.doubted || x.s.unheard != nil
		x.giveUp("no answer from the peer", nil)
	}
}

// stop ends the exchange silently.
func (x *exchange) stop() {
	x.over = true
	x.core().Stop(&x.timer)
}

// received traces a message that could be read.
func (x *exchange) received(msg *message) {
	if x.core().Trace.Messages {
		x.core().Emit(ike.Received{
			Exchange: x.event(), Message: msg.name, Payloads: describe(msg.name, msg.encrypted(), msg.items),
		})
	}
}

// decided traces a decision in words.
func (x *exchange) decided(format string, args ...any) {
	if x.core().Trace.Decisions {
		x.core().Emit(ike.Decided{Exchange: x.event(), Text: fmt.Sprintf(format, args...)})
	}
}

// computed traces a value.
func (x *exchange) computed(name string, value []byte) {
	if x.core().Trace.Values {
		x.core().Emit(ike.Computed{Exchange: x.event(), Name: name, Value: append([]byte(nil), value...)})
	}
}

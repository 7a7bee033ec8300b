package ike

import (
	"time"

	"ikewit/impl/sadb"
)

// A Core is what an engine has whatever version of IKE it speaks: the effects of the running step,
// the timers, the work and the actions under way, and randomness. The exchanges use it; the engine
// drives it.
type Core struct {
	Entropy  Entropy
	Limits   Limits
	Trace    Trace
	Coverage *Coverage

	// Delay, Skip are the seams of those names; nil: no lie.
	Delay func(kind string, d time.Duration) time.Duration
	Skip  func(c Check) bool

	now     time.Time
	effects []Effect
	timers  timers
	works   map[WorkID]func(error)
	actions map[ActionID]func(done int, err error)
	tallies map[ActionID]func(packets uint64)
	lastID  uint64
}

// Begin starts a step at the given time.
func (c *Core) Begin(now time.Time) { c.now = now }

// End ends a step and gives its effects, in order. The slice is the caller's.
func (c *Core) End() []Effect {
	effects := c.effects
	c.effects = nil
	return effects
}

// Now is the time of the running step.
func (c *Core) Now() time.Time { return c.now }

// Emit adds an effect to the running step.
func (c *Core) Emit(e Effect) { c.effects = append(c.effects, e) }

// Draw gives n random octets for the purpose that label names.
func (c *Core) Draw(label string, n int) []byte {
	p := make([]byte, n)
	c.Entropy.Fill(label, p)
	return p
}

// Work hands slow arithmetic out. then is called, in a later step, with what do returned.
func (c *Core) Work(do func() error, then func(error)) {
	if c.works == nil {
		c.works = make(map[WorkID]func(error))
	}
	c.lastID++
	c.works[WorkID(c.lastID)] = then
	c.Emit(Work{ID: WorkID(c.lastID), Do: do})
}

// Apply hands actions on the SA database out. then is called, in a later step, with the number of
// actions that took effect and the error of the one that did not.
func (c *Core) Apply(actions []sadb.Action, then func(done int, err error)) {
	if c.actions == nil {
		c.actions = make(map[ActionID]func(int, error))
	}
	c.lastID++
	c.actions[ActionID(c.lastID)] = then
	c.Emit(SA{ID: ActionID(c.lastID), Actions: actions})
}

// WorkDone goes on where Work left off. An ID that nobody waits for is nothing.
func (c *Core) WorkDone(in WorkDone) {
	if then := c.works[in.ID]; then != nil {
		delete(c.works, in.ID)
		then(in.Err)
	}
}

// SADone goes on where Apply left off. An ID that nobody waits for is nothing.
func (c *Core) SADone(in SADone) {
	if then := c.actions[in.ID]; then != nil {
		delete(c.actions, in.ID)
		then(in.Done, in.Err)
	}
}

// Tally asks what SAs have carried. then is called, in a later step, with the number of packets.
func (c *Core) Tally(list []sadb.ID, then func(packets uint64)) {
	if c.tallies == nil {
		c.tallies = make(map[ActionID]func(uint64))
	}
	c.lastID++
	c.tallies[ActionID(c.lastID)] = then
	c.Emit(Tally{ID: ActionID(c.lastID), SAs: list})
}

// Tallied goes on where Tally left off. An ID that nobody waits for is nothing.
func (c *Core) Tallied(in Tallied) {
	if then := c.tallies[in.ID]; then != nil {
		delete(c.tallies, in.ID)
		then(in.Packets)
	}
}

// Waiting counts the work and the actions that have not come back.
func (c *Core) Waiting() int { return len(c.works) + len(c.actions) }

// Set makes a timer come after d, as the seam allows; a running one is moved. kind is printed.
func (c *Core) Set(t *Timer, d time.Duration, kind string, owner Sleeper) {
	if c.Delay != nil {
		d = c.Delay(kind, d)
	}
	c.timers.set(t, c.now.Add(d), kind, owner)
}

// Stop stops a timer, running or not.
func (c *Core) Stop(t *Timer) { c.timers.stop(t) }

// Deadline is when the first timer comes, and what it is for.
func (c *Core) Deadline() (at time.Time, why string, ok bool) {
	t := c.timers.first()
	if t == nil {
		return time.Time{}, "", false
	}
	return t.at, t.kind, true
}

// FireDue wakes the owners of all timers that have come, in order of time.
func (c *Core) FireDue() {
	for t := c.timers.first(); t != nil && !t.at.After(c.now); t = c.timers.first() {
		c.timers.stop(t)
		t.owner.Wake(t)
	}
}

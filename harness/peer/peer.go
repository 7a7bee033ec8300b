package peer

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"ikewit/harness/capture/crypt"
	"ikewit/impl/ike"
	"ikewit/impl/sadb"
)

// A Peer is one implementation of IKE at one host, run once.
type Peer interface {
	// Host is where it runs: "alice".
	Host() string

	// Command is what one would type to run the same by hand.
	Command() string

	// Start starts it and returns when it listens, or when it has ended already.
	Start(ctx context.Context) error

	// End asks it to end, as a signal does.
	End()

	// Ended is closed when it has; Status is then its exit status.
	Ended() <-chan struct{}
	Status() int

	// Journal is what it said and did so far.
	Journal() *Journal

	// SAs and Policies are what its IPsec stack holds now, keys included. ok is false where there is no looking in.
	SAs() (list []sadb.SA, ok bool, err error)
	Policies() (list []sadb.Policy, ok bool, err error)

	// Kernel names the IPsec stack: "user", "none", "xfrm".
	Kernel() string

	// Exponents are the private Diffie-Hellman exponents that it drew, if it tells: from one of them and the
	// pre-shared key the judge computes everything else.
	Exponents() []crypt.Secret

	// Close ends it if it still runs, and the IPsec stack with it.
	Close() error
}

// A Stream is where a line was written.
type Stream uint8

// Out and Err are the standard streams.
const (
	Out Stream = iota + 1
	Err
)

// A Line is one line that a peer wrote.
type Line struct {
	At     time.Time
	Stream Stream
	Text   string
}

// An Event is one thing that its engine told.
type Event struct {
	At    time.Time
	Event ike.Event
}

// A Journal collects what a peer says and does, and lets others wait for it. The zero value is ready.
type Journal struct {
	mu     sync.Mutex
	lines  []Line
	events []Event
	news   chan struct{}
}

// Write adds a line.
func (j *Journal) Write(s Stream, text string) {
	j.change(func() {
		for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
			j.lines = append(j.lines, Line{time.Now(), s, line})
		}
	})
}

// Add adds an event.
func (j *Journal) Add(at time.Time, e ike.Event) {
	j.change(func() { j.events = append(j.events, Event{at, e}) })
}

// Poke wakes those who wait, after something that is not in the journal has changed.
func (j *Journal) Poke() { j.change(func() {}) }

// Lines gives the lines of a stream; 0: of both, in order.
func (j *Journal) Lines(s Stream) []Line {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(j.lines), func(l Line) bool { return s != 0 && l.Stream != s })
}

// Has reports whether a line of a stream (0: of either) contains a text.
func (j *Journal) Has(s Stream, text string) bool {
	return slices.ContainsFunc(j.Lines(s), func(l Line) bool { return strings.Contains(l.Text, text) })
}

// Events gives the events so far.
func (j *Journal) Events() []Event {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.events)
}

// Until waits until a condition holds; it is asked after every change. The error is that of the context.
func (j *Journal) Until(ctx context.Context, holds func() bool) error {
	for {
		j.mu.Lock()
		if j.news == nil {
			j.news = make(chan struct{})
		}
		news := j.news
		j.mu.Unlock()
		if holds() {
			return nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (j *Journal) change(f func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f()
	if j.news != nil {
		close(j.news)
		j.news = nil
	}
}

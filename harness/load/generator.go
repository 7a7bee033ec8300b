package load

import (
	"context"
	"net/netip"
	"time"

	"ikewit/impl/conn"
	"ikewit/impl/host"
	"ikewit/impl/ike"
	"ikewit/impl/secret"
	"ikewit/impl/wire/ikehdr"
)

// Sockets are what datagrams go through: *host.UDP.
type Sockets interface {
	Read(batch []host.Datagram) (int, error)
	Write(batch []host.Datagram) (int, error)
	SetReadDeadline(t time.Time) error
}

// A Generator is many initiators. Each Run begins anew; the numbers of flights go on, so that none draws
// what another drew.
type Generator struct {
	Sockets Sockets
	Offer   *conn.Connection          // what is negotiated; the local address is that of the flight
	From    func(n uint64) netip.Addr // the address of flight n
	Secrets secret.Finder
	Seed    uint64
	Limits  ike.Limits // of each flight's engine; the zero value: ours
	Delete  bool       // tell the responder to delete the SAs as soon as they stand

	// Progress, if set, is told several times a second how the run stands.
	Progress func(Progress)

	next uint64
}

// Pace is how fast flights are begun and when that ends: when Count have begun or Duration is over, whichever comes first. One
// of both is needed.
type Pace struct {
	InFlight int     // at a time, at most
	Rate     float64 // a second; 0: as fast as others end
	Count    int
	Duration time.Duration
}

// flightLimits are patient enough for a responder that is busy, and let a run end within 5 s after the last
// flight began. Ours.
var flightLimits = ike.Limits{
	Resend: []time.Duration{time.Second / 2, time.Second, time.Second}, GiveUp: 2 * time.Second,
}

const (
	batchSize    = 64
	bufferSize   = 4096                   // octets: messages of Main and Quick Mode have a few hundred
	progressStep = 200 * time.Millisecond // between two words to Progress, and to look at the context
)

// Run begins flights at the pace until its end and waits for the last one. When the context ends, no more are begun
// and those that fly are given up. The error is that of the sockets.
func (g *Generator) Run(ctx context.Context, p Pace) (*Tally, error) {
	r := &run{
		Generator: g, pace: p, flights: make(map[ikehdr.Cookie]*flight), tally: Tally{Failures: map[string]int{}},
		in: make([]host.Datagram, batchSize),
	}
	for i := range r.in {
		r.in[i].Octets = make([]byte, bufferSize)
	}
	r.start = time.Now()
	r.now, r.spoken = r.start, r.start
	for {
		r.beginDue(ctx.Err() != nil)
		if err := r.flush(); err != nil {
			return &r.tally, err
		}
		if r.finished(ctx.Err() != nil) {
			break
		}
		if err := r.receive(); err != nil {
			return &r.tally, err
		}
		r.tick()
		r.report()
	}
	r.tally.Elapsed = time.Since(r.start)
	r.tally.Interrupted = ctx.Err() != nil
	return &r.tally, nil
}

// Progress is how a run stands.
type Progress struct {
	Elapsed                    time.Duration
	Begun, Established, Failed int
	InFlight                   int
	Rate                       float64 // established a second, since the last word
}

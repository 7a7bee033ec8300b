package world

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"ikewit/harness/fabric"
)

// traffic is the pings of a scenario, and the frames that it put on the wire itself.
type traffic struct {
	echoes map[string]*fabric.Echoes
	seq    uint16
	pinged map[string]int // answered pings from a host to another: "alice bob"
	forged []forgery
}

// A forgery is a frame that the harness sent. after is how many frames had been seen before.
type forgery struct {
	from   string
	after  int
	octets []byte
}

// ICMP identifiers: scenario traffic, and the pings that only tell that all before them has been dealt with.
const (
	trafficID  = 0x1ce
	sentinelID = 0x1cf
)

// Waits for pings: how long an answer may take that must come, and how long one is waited for that may not come.
const (
	answerTime = 5 * time.Second
	lossTime   = 300 * time.Millisecond
)

// marker is in every ping of the scenario.
func (w *World) marker() []byte { return fmt.Appendf(nil, "ikewit marker %016x", w.Seed) }

// payload is n octets, of which the first are the marker.
func (w *World) payload(n int) []byte {
	b := slices.Clone(w.marker())
	for len(b) < n {
		b = append(b, byte(len(b)))
	}
	return b[:n]
}

// pingSize is that of ordinary pings, in octets.
const pingSize = 64

// echoesAt opens the socket for pings of a host, once.
func (w *World) echoesAt(name string, v6 bool) (*fabric.Echoes, error) {
	if e := w.traffic.echoes[name]; e != nil {
		return e, nil
	}
	n, err := w.namespaces()
	if err != nil {
		return nil, err
	}
	if _, err := w.at(name); err != nil {
		return nil, err
	}
	e, err := fabric.ListenEchoes(n.Host(name), v6)
	if err != nil {
		return nil, err
	}
	if w.traffic.echoes == nil {
		w.traffic.echoes, w.traffic.pinged = map[string]*fabric.Echoes{}, map[string]int{}
	}
	w.traffic.echoes[name] = e
	return e, nil
}

func (t *traffic) close() error {
	var errs []error
	for _, e := range t.echoes {
		errs = append(errs, e.Close())
	}
	return errors.Join(errs...)
}

// A pingPlan is pings from one host to another.
type pingPlan struct {
	from, to string
	sizes    []int
	id       uint16
	lossy    bool // an answer may not come
}

// between gives the sockets of both ends and the address that is pinged.
func (w *World) between(from, to string) (here, there *fabric.Echoes, dst netip.Addr, err error) {
	dst = w.wireAddr(to)
	if !slices.Contains(w.top.Peers[:], from) {
		dst = w.OwnAddr(to) // by which a peer behind a NAT is known to those behind the other
	}
	for _, p := range w.Running() {
		if p.Kernel() == "none" {
			return nil, nil, dst, &Unsupported{"the SAs of " + p.Host() + " are in no IPsec stack (--kernel none): nothing travels in them"}
		}
	}
	if here, err = w.echoesAt(from, dst.Is6()); err != nil {
		return nil, nil, dst, err
	}
	there, err = w.echoesAt(to, dst.Is6())
	return here, there, dst, err
}

// ping sends pings one after the other and gives how many were answered.
func (w *World) ping(ctx context.Context, p pingPlan) (answered int, err error) {
	here, there, dst, err := w.between(p.from, p.to)
	if err != nil {
		return 0, err
	}
	for _, size := range p.sizes {
		w.traffic.seq++
		seq := w.traffic.seq
		if err := here.Send(dst, p.id, seq, w.payload(size)); err != nil {
			if p.lossy {
				continue // the stack refuses it: lost as well
			}
			return answered, fmt.Errorf("ping from %s to %s: %w", p.from, p.to, err)
		}
		err := w.awaitAnswer(ctx, here, there, p, seq)
		if err == nil {
			answered++
		} else if !p.lossy || ctx.Err() != nil {
			return answered, err
		}
	}
	if p.id == trafficID {
		w.traffic.pinged[p.from+" "+p.to] += answered
	}
	return answered, nil
}

// awaitAnswer waits until a ping was delivered, and its answer.
func (w *World) awaitAnswer(ctx context.Context, here, there *fabric.Echoes, p pingPlan, seq uint16) error {
	limit := answerTime
	if p.lossy {
		limit = lossTime
	}
	ctx, cancel := within(ctx, limit, fmt.Sprintf("a ping from %s to %s is answered", p.from, p.to))
	defer cancel()
	is := func(reply bool) func([]fabric.Echo) bool {
		return func(heard []fabric.Echo) bool {
			return slices.ContainsFunc(heard, func(e fabric.Echo) bool { return e.Reply == reply && e.ID == p.id && e.Seq == seq })
		}
	}
	if err := here.Until(ctx, is(true)); err != nil {
		return context.Cause(ctx)
	}
	if err := there.Until(ctx, is(false)); err != nil {
		return context.Cause(ctx)
	}
	return nil
}

// Ping sends n pings of a size. lossy: not all need to be answered.
func (w *World) Ping(ctx context.Context, from, to string, n, size int, lossy bool) error {
	w.judged.perishable = w.judged.perishable || lossy // the pings may use up the SAs
	sizes := make([]int, n)
	for i := range sizes {
		sizes[i] = size
	}
	_, err := w.ping(ctx, pingPlan{from, to, sizes, trafficID, lossy})
	return err
}

// PingSizes sends a ping of every size from one to another number of octets.
func (w *World) PingSizes(ctx context.Context, from, to string, least, most int) error {
	var sizes []int
	for n := least; n <= most; n++ {
		sizes = append(sizes, n)
	}
	_, err := w.ping(ctx, pingPlan{from, to, sizes, trafficID, false})
	return err
}

// Delivered counts the pings of the scenario that were given to a host, copies included.
func (w *World) Delivered(name string) int {
	e := w.traffic.echoes[name]
	if e == nil {
		return 0
	}
	return len(e.Heard(func(x fabric.Echo) bool { return !x.Reply && x.ID == trafficID }))
}

// Answers counts the answers that a host got.
func (w *World) Answers(name string) int {
	e := w.traffic.echoes[name]
	if e == nil {
		return 0
	}
	return len(e.Heard(func(x fabric.Echo) bool { return x.Reply && x.ID == trafficID }))
}

// settleTraffic sends a ping of its own after whatever was put on the wire: when it is answered, everything before it
// has been dealt with.
func (w *World) settleTraffic(ctx context.Context, from, to string) error {
	_, err := w.ping(ctx, pingPlan{from, to, []int{pingSize}, sentinelID, false})
	return err
}

package world

import (
	"context"
	"fmt"
	"time"

	"ikewit/harness/capture"
)

// KeepaliveEvery says how long our daemon at a host lets a NAT before it be without a packet.
func (w *World) KeepaliveEvery(name string, d time.Duration) error {
	h, err := w.at(name)
	if err == nil {
		h.keepalive = d
	}
	return err
}

// SimCarry has a host of the simulator send a packet in its SAs from time to time, for a while.
func (w *World) SimCarry(name string, every, long time.Duration) error {
	s, err := w.begin()
	if err != nil {
		return err
	}
	h, to := s.couple.Host(name), s.couple.Host(w.other(name))
	if len(h.SADB.SAs()) == 0 {
		return &Unresolved{name + " has no SA to send in"}
	}
	for end := s.couple.Net.Now().Add(long); s.couple.Net.Now().Before(end); {
		h.SADB.Carry()
		to.SADB.Arrive()
		s.couple.Run(every)
	}
	w.cached = nil
	return nil
}

// pingPause is between the pings of PingFor.
const pingPause = 50 * time.Millisecond

// PingFor sends pings now and then for a while; every one must be answered.
func (w *World) PingFor(ctx context.Context, from, to string, d time.Duration) error {
	tick := time.NewTicker(pingPause)
	defer tick.Stop()
	for end := time.Now().Add(d); time.Now().Before(end); {
		if _, err := w.ping(ctx, pingPlan{from, to, []int{pingSize}, trafficID, false}); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Keepalives counts those that a host sent: so many, none to or from port 500. RFC 3948 sections 2.3 and 4.
func (w *World) Keepalives(name string, least, most int) error {
	n, err := w.keepalives(name)
	if err == nil && (n < least || n > most) {
		err = &Mismatch{Code: "keepalive", What: "keepalives of " + name, Expected: fmt.Sprintf("%d to %d", least, most), Actual: fmt.Sprint(n)}
	}
	return err
}

// KeepaliveSoon waits for one.
func (w *World) KeepaliveSoon(ctx context.Context, name string) error {
	n := 0
	err := w.eventually(ctx, func() (bool, error) {
		var err error
		n, err = w.keepalives(name)
		return n > 0, err
	})
	if err == nil && n == 0 {
		err = &Mismatch{Code: "keepalive", What: "keepalives of " + name, Expected: "1 or more", Actual: "none"}
	}
	return err
}

func (w *World) keepalives(name string) (n int, err error) {
	e, err := w.Evidence()
	if err != nil {
		return 0, err
	}
	for _, r := range e.Records {
		if r.Kind != capture.KindKeepalive || !w.isAt(name, r.Src.Addr()) || e.Forged[r.Frame] {
			continue
		}
		n++
		if r.Dst.Port() == 500 || r.Src.Port() == 500 {
			return n, &Mismatch{Code: "keepalive", What: fmt.Sprintf("ports of the keepalive in frame %d", r.Frame), Expected: "those of ESP in UDP", Actual: fmt.Sprintf("%v to %v", r.Src, r.Dst)}
		}
	}
	return n, nil
}

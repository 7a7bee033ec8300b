package steps

import (
	"context"
	"fmt"
	"time"

	"ikewit/harness/check"
	"ikewit/harness/world"
)

// trafficRows are the sentences about what travels in the SAs.
func trafficRows(s *scenario) []row {
	return append([]row{
		{"traffic passes in the SAs only", proves, "pings both ways are answered; the packets open with the computed keys; nothing is seen in clear", func(ctx context.Context) error {
			p := s.w.Topology().Peers
			return s.w.Traffic(ctx, p[0], p[1])
		}},
		{"traffic passes in the SAs only, where the peer carries data", proves, "the same; where the peer negotiates without data, this check is unsupported and the report says so", func(ctx context.Context) error {
			p := s.w.Topology().Peers
			return s.w.TrafficWhereCarried(ctx, p[0], p[1])
		}},
		{"traffic passes in the SAs only between {host} and {host}", proves, "the same between two other ends", func(ctx context.Context, one, other string) error {
			return s.w.Traffic(ctx, one, other)
		}},
		{"{host} pings {host} {int} time(s)", arranges, "every ping must be answered", func(ctx context.Context, from, to string, n int) error {
			return s.w.Ping(ctx, from, to, n, 64, false)
		}},
		{"{host} pings {host} {int} times with {int} octets", arranges, "answers may stay out", func(ctx context.Context, from, to string, n, size int) error {
			return s.w.Ping(ctx, from, to, n, size, true)
		}},
		{"{host} pings {host} with {int} to {int} octets", arranges, "a ping of each size, and every one must be answered", func(ctx context.Context, from, to string, least, most int) error {
			return s.w.PingSizes(ctx, from, to, least, most)
		}},
		{"{host} talks to {host} over TCP", proves, "a question and its answer: TCP has a checksum over the addresses", func(ctx context.Context, from, to string) error {
			return s.w.Talk(ctx, from, to)
		}},
		{"{host} pings {host} until {time} after the SAs were made", arranges, "answers may stay out", func(ctx context.Context, from, to, d string) error {
			return s.pingUntil(ctx, from, to, d)
		}},
	}, resultRows(s)...)
}

func resultRows(s *scenario) []row {
	return []row{
		{"{host} got {int} ping(s)", proves, "so many were delivered to it, copies included", func(host string, n int) error { return s.delivered(host, n) }},
		{"{host} got at least 1 answer and not all", proves, "the SA carried pings, and then no more", func(host string) error { return s.someAnswers(host) }},
		{"nothing crossed the wire in clear", checks, "no packet that the SAs are for, and none of the payload", func() error { return s.w.Check(check.Clear) }},
		{"the packets of both sides are in order", proves, "SPI, sequence numbers, IVs, padding and ICV of each", func() error { return s.w.Check(check.Packets) }},
		{"the IVs of {host} are no constant and no counter", proves, "of all its packets with an IV", func(host string) error { return s.ivs(host) }},
	}
}

func (s *scenario) pingUntil(ctx context.Context, from, to, text string) error {
	d, err := time.ParseDuration(text)
	if err != nil {
		return err
	}
	return s.w.PingUntil(ctx, from, to, d)
}

func (s *scenario) delivered(host string, want int) error {
	if got := s.w.Delivered(host); got != want {
		return &world.Mismatch{Code: "delivered", What: "pings that were delivered to " + host, Expected: fmt.Sprint(want), Actual: fmt.Sprint(got)}
	}
	return nil
}

func (s *scenario) someAnswers(host string) error {
	sent, got := s.w.PingsSent(), s.w.Answers(host)
	if got < 1 || got >= sent {
		return &world.Mismatch{Code: "delivered", What: "answers that " + host + " got", Expected: fmt.Sprintf("1 to %d", sent-1), Actual: fmt.Sprint(got)}
	}
	return nil
}

// ivs wants enough packets with an IV, and the check of IVs to be content.
func (s *scenario) ivs(host string) error {
	e, err := s.w.Evidence()
	if err != nil {
		return err
	}
	n := 0
	for _, p := range e.Packets() {
		if s.w.HostAt(p.Record.Src.Addr()) == host && p.Opened != nil && len(p.Opened.IV) > 0 {
			n++
		}
	}
	const few = 16
	if n < few {
		return &world.Unresolved{Why: fmt.Sprintf("only %d packets of %s have an IV, %d are needed", n, host, few)}
	}
	return s.w.Check(check.Packets)
}

package steps

import (
	"context"
	"time"
)

// aliveRows are the sentences about peers that may be dead.
func aliveRows(s *scenario) []row {
	return []row{
		{"{host} falls silent but for keepalives", arranges, "in the simulator: from now on nothing else of it arrives", func(host string) error { return s.w.FallSilent(host) }},
		{"{host} loses the next {int} of its messages", arranges, "in the simulator: none of them arrives", func(host string, n int) error { return s.w.LoseNext(host, n) }},
		{"{host} asked {int} or {int} times whether its peer is alive", proves, "R-U-THERE, whether they arrived or not", func(ctx context.Context, host string, least, most int) error {
			return s.w.Asked(ctx, host, least, most)
		}},
		{"{host} answered {int} or {int} times that it is alive", proves, "R-U-THERE-ACK, whether they arrived or not", func(ctx context.Context, host string, least, most int) error {
			return s.w.AnsweredAlive(ctx, host, least, most)
		}},
		{"{host} asked after gaps of {time}, {time} and {time}", proves, "its last four questions", func(host, a, b, c string) error {
			var gaps []time.Duration
			for _, text := range []string{a, b, c} {
				d, err := time.ParseDuration(text)
				if err != nil {
					return err
				}
				gaps = append(gaps, d)
			}
			return s.w.AskedAfter(host, gaps)
		}},
		{"{host} takes its peer for dead", proves, "it tells of the end of its SAs, and why", func(host string) error { return s.w.Buried(host) }},
		{"{host} still protects what goes to its peer", checks, "its policies are there, though it has no SA", func(host string) error { return s.w.StillProtects(host) }},
	}
}

package steps

import "context"

// saRows are the sentences about the SAs that both sides have.
func saRows(s *scenario) []row {
	return append([]row{
		{"the SAs agree with the wire", proves, "SPIs, algorithms, keys, mode, selectors and lifetimes of both sides are what the judge computes from the wire", func() error { return s.w.SAsAgree() }},
		{"both sides have an SA pair", proves, "one SA each way, at least", func(ctx context.Context) error {
			return s.both(func(host string) error { return s.w.HaveSAs(ctx, host) })
		}},
		{"no SA is left", checks, "neither SA nor policy, on either side", func(ctx context.Context) error { return s.w.NoSAs(ctx) }},
		{"the inbound SA of {host} has replay window {int}", proves, "in packets; 0 is none", func(host string, n int) error { return s.w.ReplayWindow(host, n) }},
		{"the SAs of {host} live {int} seconds and {int} kilobytes", proves, "their hard limits", func(host string, seconds, kilobytes int) error {
			return s.w.Lifetimes(host, seconds, kilobytes)
		}},
	}, keyingRows(s)...)
}

package steps

import (
	"context"

	"github.com/cucumber/godog"
)

// keyingRows are the sentences about SAs that are put in by hand, by ipseckey.
func keyingRows(s *scenario) []row {
	return []row{
		{"{host} is keyed by hand:", arranges, "a file for ipseckey -f, which must succeed; {bob} is bob's address", func(ctx context.Context, host string, text *godog.DocString) error {
			return s.w.KeyByHand(ctx, host, text.Content)
		}},
		{"both are keyed by hand:", arranges, "the same file on both sides", func(ctx context.Context, text *godog.DocString) error {
			return s.both(func(host string) error { return s.w.KeyByHand(ctx, host, text.Content) })
		}},
		{"the harness puts policies into both: all between them is protected by {string}", arranges, "esp or ah, transport or tunnel; ipseckey knows no policies", func(ctx context.Context, how string) error {
			return s.both(func(host string) error { return s.w.ProtectByHand(ctx, host, unquote(how)) })
		}},
		{"the SAs of both are those of the files", proves, "as the judge reads the files: SPIs, ends, mode, algorithms, keys", func() error { return s.w.KeyedAsWritten() }},
	}
}

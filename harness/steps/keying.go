package steps

import (
	"context"
	"fmt"
	"strings"

	"github.com/cucumber/godog"

	"ikewit/harness/world"
)

// keyingRows are the sentences about SAs that are put in by hand, by ipseckey.
func keyingRows(s *scenario) []row {
	return append([]row{
		{"{host} keeps SAs in user space", arranges, "its SA database is that of our stack, wherever others have theirs", func(ctx context.Context, host string) error {
			_, err := s.w.KeyingAt(ctx, host, "user")
			return err
		}},
		{"{host} is keyed by AF_KEY", arranges, "its SA database is the kernel's, by the kernel's PF_KEYv2 socket", func(ctx context.Context, host string) error {
			_, err := s.w.KeyingAt(ctx, host, "pfkey")
			return err
		}},
		{"{host} is keyed by hand:", arranges, "a file for ipseckey -f, which must succeed; {bob} is bob's address", func(ctx context.Context, host string, text *godog.DocString) error {
			return s.w.KeyByHand(ctx, host, text.Content)
		}},
		{"both are keyed by hand:", arranges, "the same file on both sides", func(ctx context.Context, text *godog.DocString) error {
			return s.both(func(host string) error { return s.w.KeyByHand(ctx, host, text.Content) })
		}},
		{"{host} runs ipseckey on the file:", arranges, "ipseckey -f, whatever comes of it", func(ctx context.Context, host string, text *godog.DocString) error {
			return s.w.KeyFile(ctx, host, text.Content)
		}},
		{"{host} types ipseckey {string}", arranges, "one command of the command line", func(ctx context.Context, host, line string) error {
			return s.w.Type(ctx, host, unquote(line))
		}},
		{"{host} watches with ipseckey {word}", arranges, "monitor or pmonitor, until the end; with -n and -p", func(ctx context.Context, host, word string) error {
			return s.w.Watch(ctx, host, word)
		}},
		{"the harness puts policies into {host}: all to its peer is protected by {string}", arranges, "the same for one side", func(ctx context.Context, host, how string) error {
			return s.w.ProtectByHand(ctx, host, unquote(how))
		}},
		{"the harness puts policies into both: all between them is protected by {string}", arranges, "esp or ah, transport or tunnel; ipseckey knows no policies", func(ctx context.Context, how string) error {
			return s.both(func(host string) error { return s.w.ProtectByHand(ctx, host, unquote(how)) })
		}},
	}, keyedRows(s)...)
}

func keyedRows(s *scenario) []row {
	return []row{
		{"the SAs of both are those of the files", proves, "as the judge reads the files: SPIs, ends, mode, algorithms, keys", func() error { return s.w.KeyedAsWritten() }},
		{"ipseckey on {host} exits with {int}", proves, "the exit status of its last run", func(host string, status int) error {
			r, err := s.w.Typed(host)
			if err == nil && r.Status != status {
				err = &world.Mismatch{Code: "exit-status", What: "ipseckey on " + host, Expected: fmt.Sprint(status), Actual: fmt.Sprintf("%d: %s", r.Status, strings.TrimSpace(r.Err))}
			}
			return err
		}},
		{"ipseckey on {host} prints:", proves, "its last run printed these lines in this order; others may be between", func(host string, text *godog.DocString) error {
			return s.printedByHand(host, text.Content)
		}},
		{"ipseckey dump on {host} shows the SAs of the wire", proves, "SPI, ends and keys as the judge computes them; others may be beside them", func(host string) error {
			return s.w.DumpShowsWire(host)
		}},
		{"the monitor of {host} shows {string}", proves, "messages in this order: ADD ESP 0x1001, EXPIRE ESP 0x1001 soft, FLUSH, ADD ESP of any SPI ...", func(ctx context.Context, host, order string) error {
			return s.w.Shown(ctx, host, unquote(order))
		}},
		{"the monitor of {host} does not show {string}", checks, "until now", func(host, what string) error { return s.w.NotShown(host, unquote(what)) }},
		{"the monitor of {host} shows no key", checks, "no digits of those that the files add", func(host string) error { return s.w.NoKeyShown(host) }},
		{"the SA {word} of {host} becomes {word}", proves, "mature, dying or gone, by ipseckey get; the word is its SPI", func(ctx context.Context, spi, host, state string) error {
			return s.w.Becomes(ctx, host, spi, state)
		}},
		{"{host} saves, flushes and loads its SAs, and has the same", proves, "field by field, and what it saves again octet by octet", func(ctx context.Context, host string) error {
			return s.w.SaveFlushLoad(ctx, host)
		}},
		{"ip xfrm state on {host} agrees with the files", proves, "as iproute2 reads its kernel: SPIs, ends, mode, algorithms, keys", func(ctx context.Context, host string) error {
			return s.w.IPXfrmAgrees(ctx, host)
		}},
		{"the SAs of {host} and of {host} are the same, field by field", proves, "what passes left out: use, and when", func(one, other string) error {
			return s.w.SameSAD(one, other)
		}},
	}
}

func (s *scenario) printedByHand(host, text string) error {
	r, err := s.w.Typed(host)
	if err != nil {
		return err
	}
	rest := strings.Split(r.Out+r.Err, "\n")
	for want := range strings.SplitSeq(s.w.Substitute(text), "\n") {
		at := 0
		for at < len(rest) && strings.TrimSpace(rest[at]) != strings.TrimSpace(want) {
			at++
		}
		if at == len(rest) {
			return &world.Mismatch{Code: "output", What: "what ipseckey on " + host + " prints", Expected: want, Actual: r.Out + r.Err}
		}
		rest = rest[at+1:]
	}
	return nil
}

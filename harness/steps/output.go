package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ikewit/harness/peer"
	"ikewit/harness/world"
)

// outputRows are the sentences about what plutoplus prints while it runs in a host.
func outputRows(s *scenario) []row {
	return []row{
		{"{host} prints: {text}", proves, "a line of standard output contains it", func(ctx context.Context, host, text string) error {
			return s.w.Says(ctx, host, peer.Out, s.w.Substitute(text))
		}},
		{"{host} complains: {text}", proves, "a line of standard error contains it", func(ctx context.Context, host, text string) error {
			return s.w.Says(ctx, host, peer.Err, s.w.Substitute(text))
		}},
		{"{host} prints lines that begin with {string}", proves, "for each of the words there is one; | > < and = are the classes of -b", func(host, words string) error {
			return s.lines(host, words, true)
		}},
		{"no side prints lines that begin with {string}", checks, "none for any of the words", func(words string) error {
			return s.both(func(host string) error { return s.lines(host, words, false) })
		}},
	}
}

// lines looks for lines of standard output by how they begin.
func (s *scenario) lines(host, words string, want bool) error {
	p := s.w.Peer(host)
	if p == nil {
		return fmt.Errorf("nothing runs on %s", host)
	}
	list := p.Journal().Lines(peer.Out)
	for _, word := range strings.Fields(unquote(words)) {
		at := slices.IndexFunc(list, func(l peer.Line) bool { return strings.HasPrefix(l.Text, word+" ") })
		switch {
		case want && at < 0:
			return &world.Mismatch{Code: "output", What: "what " + host + " prints", Expected: fmt.Sprintf("lines that begin with %q", word), Actual: "none"}
		case !want && at >= 0:
			return &world.Mismatch{Code: "output", What: "what " + host + " prints", Expected: fmt.Sprintf("no line that begins with %q", word), Actual: begin(list[at].Text)}
		}
	}
	return nil
}

// begin is the start of a line: the rest may be a key.
func begin(line string) string {
	word, _, _ := strings.Cut(line, ",")
	return word
}

package world

import (
	"context"
	"strings"

	"ikewit/harness/peer/ikescan"
)

// Probe lets ike-scan at one host send the first message of an exchange to another.
func (w *World) Probe(ctx context.Context, from, to, options string) error {
	n, err := w.namespaces()
	if err != nil {
		return err
	}
	if err := ikescan.Missing(); err != nil {
		return &Unresolved{err.Error()}
	}
	w.foreign.probed, err = ikescan.Probe(ctx, n.Host(from), w.wireAddr(to), options)
	w.cached = nil
	return err
}

// ProbeSays checks that a text is in what ike-scan printed of the answer.
func (w *World) ProbeSays(text string) error {
	if !strings.Contains(w.foreign.probed, text) {
		return &Mismatch{Code: "output", What: "what ike-scan prints", Expected: text, Actual: w.foreign.probed}
	}
	return nil
}

package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/cucumber/godog"

	"ikewit/harness/check"
	"ikewit/harness/world"
)

// messageRows are the sentences about what was said on the wire.
func messageRows(s *scenario) []row {
	return []row{
		{"the messages on the wire are {string}", proves, "by their short names, in order, copies left out", func(names string) error { return s.exchange(names) }},
		{"{host} and {host} exchanged {word}", guards, "a message of this name was on the wire", func(_, _, name string) error { return s.exchanged(name) }},
		{"every message is well formed", checks, "headers, chains, payloads and padding are as the RFCs draw them", func() error { return s.w.Check(check.Messages) }},
		{"every hash on the wire is right", checks, "every encrypted message opens, and every HASH is what the judge computes", func() error { return s.w.Check(check.Hashes) }},
		{"all messages travel from UDP port {int} to UDP port {int}", checks, "both ways", func(from, to int) error { return s.ports(from, to) }},
		{"all messages travel between {host} and {host}", checks, "whoever else there is", func(one, other string) error { return s.travel(one, other) }},
		{"{host} notifies {word} in clear", proves, "it sent that notification, not encrypted", func(ctx context.Context, host, kind string) error {
			return s.w.Notified(ctx, host, kind, false)
		}},
		{"{host} notifies {word} under protection", proves, "it sent that notification, encrypted", func(ctx context.Context, host, kind string) error {
			return s.w.Notified(ctx, host, kind, true)
		}},
		{"{host} sent nothing", checks, "no message of it was on the wire", func(host string) error { return s.silent(host) }},
		{"{host} offers in phase {int}:", proves, "the one transform of its first message is exactly this", func(host string, phase int, t *godog.Table) error {
			return s.offers(host, phase, t)
		}},
		{"{host}'s IDci is the address of {host}", proves, "as it stood in QI1", func(host, of string) error { return s.identity(host, of, 0) }},
		{"{host}'s IDcr is the address of {host}", proves, "as it stood in QI1", func(host, of string) error { return s.identity(host, of, 1) }},
		{"{host} deletes its SAs under protection", proves, "Delete payloads for the IPsec and the ISAKMP SA, encrypted", func(host string) error { return s.deletes(host) }},
	}
}

func (s *scenario) exchange(names string) error {
	got, err := s.w.Exchange()
	if err != nil {
		return err
	}
	if text := strings.Join(got, " "); text != names {
		return &world.Mismatch{Code: "message-order", What: "messages on the wire", Expected: names, Actual: text}
	}
	return nil
}

func (s *scenario) exchanged(name string) error {
	got, err := s.w.Exchange()
	if err == nil && !slices.Contains(got, name) {
		err = &world.Unresolved{Why: fmt.Sprintf("no %s was on the wire: %s", name, strings.Join(got, " "))}
	}
	return err
}

func (s *scenario) ports(from, to int) error {
	e, err := s.w.Evidence()
	if err != nil {
		return err
	}
	for _, c := range e.Conversations {
		for _, m := range c.Messages {
			if int(m.Src.Port()) != from || int(m.Dst.Port()) != to {
				return &world.Mismatch{Code: "ports", What: fmt.Sprintf("ports of %s in frame %d", m.Name, m.Frame),
					Expected: fmt.Sprintf("%d to %d", from, to), Actual: fmt.Sprintf("%d to %d", m.Src.Port(), m.Dst.Port())}
			}
		}
	}
	return nil
}

func (s *scenario) travel(one, other string) error {
	e, err := s.w.Evidence()
	if err != nil {
		return err
	}
	want := []string{one, other}
	for _, c := range e.Conversations {
		for _, m := range c.Messages {
			from, to := s.w.HostAt(m.Src.Addr()), s.w.HostAt(m.Dst.Addr())
			if !slices.Contains(want, from) || !slices.Contains(want, to) {
				return &world.Mismatch{Code: "ends", What: fmt.Sprintf("ends of %s in frame %d", m.Name, m.Frame), Expected: one + " and " + other, Actual: from + " and " + to}
			}
		}
	}
	return nil
}

func (s *scenario) silent(host string) error {
	list, err := s.w.Sent(host)
	if err == nil && len(list) > 0 {
		err = &world.Mismatch{Code: "message-order", What: "messages of " + host, Expected: "none", Actual: list[0].Name + " in frame " + fmt.Sprint(list[0].Frame)}
	}
	return err
}

// offers compares every field, both ways.
func (s *scenario) offers(host string, phase int, t *godog.Table) error {
	if phase != 1 && phase != 2 {
		return fmt.Errorf("phase %d: there are phase 1 and phase 2", phase)
	}
	got, err := s.w.Offer(host, phase)
	if err != nil {
		return err
	}
	want := map[string]string{}
	for _, r := range t.Rows {
		if len(r.Cells) != 2 {
			return fmt.Errorf("a row of %d cells: write | field | value |", len(r.Cells))
		}
		want[r.Cells[0].Value] = r.Cells[1].Value
	}
	if text := fieldText(want); text != fieldText(got) {
		return &world.Mismatch{Code: "proposal", What: fmt.Sprintf("what %s offers in phase %d", host, phase), Expected: text, Actual: fieldText(got)}
	}
	return nil
}

func fieldText(m map[string]string) string {
	var list []string
	for k, v := range m {
		list = append(list, k+" "+v)
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

func (s *scenario) identity(host, of string, at int) error {
	got, err := s.w.Identities(host)
	if err != nil {
		return err
	}
	want := s.w.Substitute("{" + of + "}")
	if len(got) != 2 || got[at] != want {
		return &world.Mismatch{Code: "identity", What: []string{"IDci", "IDcr"}[at] + " of " + host, Expected: want, Actual: strings.Join(got, ", ")}
	}
	return nil
}

func (s *scenario) deletes(host string) error {
	got, err := s.w.Deleted(host)
	if err != nil {
		return err
	}
	if !slices.Contains(got, "ISAKMP") || !slices.Contains(got, "ESP") && !slices.Contains(got, "AH") {
		return &world.Mismatch{Code: "delete", What: "what " + host + " deletes under protection", Expected: "ESP or AH, and ISAKMP", Actual: strings.Join(got, ", ")}
	}
	return nil
}

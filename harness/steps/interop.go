package steps

import (
	"context"
	"fmt"
	"strings"

	"github.com/cucumber/godog"

	"ikewit/harness/world"
)

// interopRows are the sentences of scenarios in which we are at alice and the peer that --peer names is at bob.
func interopRows(s *scenario) []row {
	return append([]row{
		{"we run with {string}", arranges, "plutoplus at alice, with these options", func(options string) error { return s.w.PlanOurs(unquote(options)) }},
		{"the peer runs with {string}", arranges, "the peer at bob, configured for what these options of plutoplus mean", func(options string) error {
			return s.w.PlanPeer(unquote(options))
		}},
		{"we and the peer run with {string}", arranges, "both", func(options string) error {
			if err := s.w.PlanPeer(unquote(options)); err != nil {
				return err
			}
			return s.w.PlanOurs(unquote(options))
		}},
		{"{host} negotiates {string}", arranges, "our daemon, or at bob the peer, with what both use in the simulator: ike, esp, ah, mode, pfs, local, remote, life", func(host, text string) error {
			return s.w.PlanProfile(host, unquote(text))
		}},
		{"we and the peer negotiate {string}", arranges, "both", func(text string) error {
			return s.both(func(host string) error { return s.w.PlanProfile(host, unquote(text)) })
		}},
		{"alice is {word} and bob is {word}, and both run with {string}", arranges, "plutoplus, self, strongswan or libreswan, for what these options of plutoplus mean", func(alice, bob, options string) error {
			if err := s.w.PlanNamed("alice", alice, unquote(options), bob); err != nil {
				return err
			}
			return s.w.PlanNamed("bob", bob, unquote(options), alice)
		}},
		{"the scenario is about data", arranges, "where the peer cannot carry any, it is unsupported", func() error { return s.w.NeedsData() }},
		{"the wire loses {word} of {host}", arranges, "the first message of that name", func(message, host string) error { return s.w.Lose(host, message) }},
		{"{host} probes {host} with ike-scan {string}", arranges, "one first message, with these options of ike-scan", func(ctx context.Context, from, to, options string) error {
			return s.w.Probe(ctx, from, to, unquote(options))
		}},
		{"{host} negotiates phase 2 again", arranges, "under the phase 1 that stands", func(ctx context.Context, host string) error { return s.w.Again(ctx, host) }},
		{"{host} negotiates phase 1 again", arranges, "before the first ends", func(ctx context.Context, host string) error { return s.w.Rekey(ctx, host) }},
		{"{host} ends the connection", arranges, "with Deletes", func(ctx context.Context, host string) error { return s.w.Terminate(ctx, host) }},
	}, interopChecks(s)...)
}

func interopChecks(s *scenario) []row {
	return []row{
		{"ike-scan reads {string}", proves, "in the answer to the probe", func(text string) error { return s.w.ProbeSays(unquote(text)) }},
		{"the message was lost", guards, "the wire took it", func() error { return s.w.Lost() }},
		{"both sides have made a pair of SAs", proves, "as each says itself", func(ctx context.Context) error {
			return s.both(func(host string) error { return s.w.Stands(ctx, host) })
		}},
		{"neither side has an IPsec SA", checks, "it never said that a pair stands", func() error { return s.both(s.w.Fails) }},
		{"no SA of ours is left", checks, "neither SA nor policy where we can look", func(ctx context.Context) error { return s.w.NoSAs(ctx) }},
		{"the peer has no SA any more", checks, "as it says itself", func(ctx context.Context) error { return s.w.PeerEmpty(ctx) }},
		{"{host} has made {int} pair(s)", proves, "of IPsec SAs, one after the other", func(ctx context.Context, host string, n int) error { return s.w.Pairs(ctx, host, n) }},
		{"the peer reacts:", proves, "a row for each implementation: what it notifies or deletes (name and \"in clear\" or \"under protection\"), or nothing readable", func(ctx context.Context, t *godog.Table) error {
			return s.reacts(ctx, t)
		}},
		{"{host} deletes {word} under protection", proves, "ESP, AH or ISAKMP", func(ctx context.Context, host, what string) error { return s.w.DeletedOf(ctx, host, what) }},
		{"{int} phase 1 exchange(s) of the two were answered", proves, "by their cookies", func(ctx context.Context, n int) error { return s.w.Phases(ctx, n) }},
	}
}

// unreadable is the reaction of a peer that says nothing, or that only its own secret opens.
const unreadable = "nothing readable"

// reacts compares what the peer notified with the row of its name. What it has to say besides does not count.
func (s *scenario) reacts(ctx context.Context, t *godog.Table) error {
	for _, r := range t.Rows {
		if len(r.Cells) != 2 {
			return fmt.Errorf("a row of %d cells: write | implementation | reaction |", len(r.Cells))
		}
		if r.Cells[0].Value != s.w.PeerName() {
			continue
		}
		want := r.Cells[1].Value
		if want == unreadable {
			return s.w.SaidNothing("bob")
		}
		name, how, _ := strings.Cut(want, " ")
		if how != "in clear" && how != "under protection" {
			return fmt.Errorf("reaction %q: write NAME in clear, NAME under protection, or nothing readable", want)
		}
		return s.w.Notified(ctx, "bob", name, how == "under protection")
	}
	return &world.Unsupported{What: "the scenario does not say how " + s.w.PeerName() + " reacts"}
}

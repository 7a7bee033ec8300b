package steps

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ikewit/harness/world"
	"ikewit/impl/ike"
	"ikewit/impl/wire/isakmp"
)

// simulatorRows are the sentences of scenarios in the simulator, where two engines talk and the clock is ours.
func simulatorRows(s *scenario) []row {
	return append([]row{
		{"alice and bob in the simulator", arranges, "two engines; 3des-sha1-modp1024 and esp aes128-sha1 unless told else", func() error { return s.w.Simulate("pair") }},
		{"alice and bob in the simulator over IPv6", arranges, "the same with IPv6 addresses", func() error { return s.w.Simulate("pair6") }},
		{"{host} uses {string}", arranges, "what it offers and accepts: ike, esp, ah, mode, pfs, local, remote, secret, id, peerid, peer (anybody), port, natt, phase1, dpd, policy, life, ikelife with their values", func(host, text string) error {
			return s.w.Profile(host, unquote(text))
		}},
		{"both use {string}", arranges, "the same on both sides", func(text string) error {
			return s.both(func(host string) error { return s.w.Profile(host, unquote(text)) })
		}},
		{"the link from {host} to {host} {word} {string}", arranges, "loses, repeats (a second later), delays (by 5 s), shifts (to come from another port) or readdresses the first messages of these names", func(from, to, what, names string) error {
			return s.w.Link(from, to, what, strings.Fields(names))
		}},
		{"{host} lies: {word}", arranges, "by the name of a deviation, until told to be honest", func(host, name string) error { return s.w.Lie(host, name) }},
		{"everybody is honest again", arranges, "no lie from now on", func() error { return s.w.Honest() }},
		{"{host} starts to negotiate", arranges, "and three minutes pass", func(host string) error { return s.w.SimInitiate(host) }},
		{"{time} pass", arranges, "in the simulator", func(text string) error {
			d, err := time.ParseDuration(text)
			if err != nil {
				return err
			}
			return s.w.Pass(d)
		}},
		{"{host} ends everything", arranges, "it sends Deletes", func(host string) error { return s.w.SimEnd(host) }},
	}, engineRows(s)...)
}

// engineRows are the checks of what an engine did.
func engineRows(s *scenario) []row {
	return []row{
		{"the lie was told", guards, "the message with the lie was sent", func() error { return s.w.LieTold() }},
		{"{host} refused it as the rules ask", proves, "by the check that is there for it, telling what the deviation lets it tell, or nothing", func(host string) error {
			return s.refusedLie(host)
		}},
		{"{host} refused {word} with {word}", proves, "it told the peer so", func(host, message, notify string) error { return s.refused(host, message, notify, true) }},
		{"{host} refused {word} silently, for {word}", proves, "by the name of the check that failed", func(host, message, check string) error { return s.refused(host, message, check, false) }},
		{"{host} refused {word} by the check {word}", proves, "whether it told the peer or not", func(host, message, check string) error { return s.refusedBy(host, message, check) }},
		{"{host} gives up: {text}", proves, "its negotiation failed with that reason", func(host, reason string) error { return s.gaveUp(host, reason) }},
		{"the last message was sent within {time}", proves, "of the first, in the time of the simulator", func(text string) error { return s.lasted(text) }},
		{"{host} sent {word} {int} time(s)", proves, "copies included, whether they arrived or not", func(host, message string, n int) error { return s.sent(host, message, n) }},
	}
}

func (s *scenario) refused(host, message, want string, told bool) error {
	list, err := s.w.Refused(host)
	if err != nil {
		return err
	}
	var got []string
	for _, r := range list {
		what := string(r.Refusal.Check)
		if told {
			what = isakmp.NotifyType(r.Refusal.Notify).String()
			if !r.Notified {
				what = "nothing (check " + string(r.Refusal.Check) + ")"
			}
		} else if r.Notified {
			what += " (and told the peer)"
		}
		name := r.Message
		if name == "" || strings.HasSuffix(name, " message") { // refused before it could be told which it is
			name = message
		}
		got = append(got, name+" "+what)
	}
	if !slices.Contains(got, message+" "+want) {
		if got == nil {
			got = []string{"nothing"}
		}
		return &world.Mismatch{Code: "refusal", What: "what " + host + " refused", Expected: message + " " + want, Actual: strings.Join(got, ", ")}
	}
	return nil
}

func (s *scenario) refusedBy(host, message, check string) error {
	list, err := s.w.Refused(host)
	if err != nil {
		return err
	}
	got := []string{"nothing"}
	for _, r := range list {
		if got = append(got, r.Message+" "+string(r.Refusal.Check)); r.Message == message && string(r.Refusal.Check) == check {
			return nil
		}
	}
	return &world.Mismatch{Code: "refusal", What: "what " + host + " refused", Expected: message + " " + check, Actual: strings.Join(got[min(1, len(got)-1):], ", ")}
}

// refusedLie compares what a host refused, and what it told, with what the deviation expects.
func (s *scenario) refusedLie(host string) error {
	list, err := s.w.Refused(host)
	if err != nil {
		return err
	}
	for _, d := range s.w.Lies() {
		var told []isakmp.NotifyType
		noticed := false
		var got []string
		for _, r := range list {
			got = append(got, string(r.Refusal.Check))
			if r.Refusal.Check != d.Check {
				continue // what comes of a copy, once the exchange is gone
			}
			noticed = true
			if r.Notified {
				told = append(told, isakmp.NotifyType(r.Refusal.Notify))
			}
		}
		if !noticed {
			return &world.Mismatch{Code: "refusal", What: "check by which " + host + " refused " + d.Name, Expected: string(d.Check), Actual: fmt.Sprint(got)}
		}
		if !d.Expect.Fits(told) {
			return &world.Mismatch{Code: "refusal", What: "how " + host + " took " + d.Name, Expected: d.Expect.String(), Actual: fmt.Sprintf("told %v", told)}
		}
	}
	return nil
}

func (s *scenario) gaveUp(host, reason string) error {
	p := s.w.Peer(host)
	if p == nil {
		return fmt.Errorf("nothing runs on %s", host)
	}
	var got []string
	for _, e := range p.Journal().Events() {
		if f, ok := e.Event.(ike.Failed); ok {
			got = append(got, f.String())
		}
	}
	if !slices.ContainsFunc(got, func(text string) bool { return strings.Contains(text, reason) }) {
		return &world.Mismatch{Code: "negotiation", What: "why " + host + " gave up", Expected: reason, Actual: fmt.Sprintf("%q", got)}
	}
	return nil
}

func (s *scenario) lasted(text string) error {
	most, err := time.ParseDuration(text)
	if err != nil {
		return err
	}
	took, err := s.w.Lasted()
	if err == nil && took > most {
		err = &world.Mismatch{Code: "late", What: "time from the first message to the last", Expected: "at most " + text, Actual: took.String()}
	}
	return err
}

func (s *scenario) sent(host, message string, want int) error {
	got, err := s.w.SentCount(host, message)
	if err == nil && got != want {
		err = &world.Mismatch{Code: "resent", What: message + " of " + host + ", copies included", Expected: fmt.Sprint(want), Actual: fmt.Sprint(got)}
	}
	return err
}

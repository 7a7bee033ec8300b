package steps

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"ikewit/harness/world"
	"ikewit/impl/ike"
)

// nattPlaces are the sentences of the simulator about hosts that are not where they were, and about who else is there.
func nattPlaces(s *scenario) []row {
	return []row{
		{"carol behind the NAT of alice", arranges, "in the simulator: a third host, which negotiates with bob too", func() error { return s.w.Guest(false) }},
		{"carol behind a NAT of her own", arranges, "the same, behind another address", func() error { return s.w.Guest(true) }},
		{"bob uses {string} for carol", arranges, "what it offers her and accepts from her", func(text string) error { return s.w.ProfileFor(unquote(text)) }},
		{"{host} draws the SPIs {string} first", arranges, "in the simulator, eight hex digits each; then what randomness gives", func(host, list string) error {
			return s.w.DrawsSPIs(host, unquote(list))
		}},
		{"{host} starts afresh", arranges, "in the simulator: it has lost all that it knew, and tells nobody", func(host string) error { return s.w.Afresh(host) }},
		{"the NAT before {host} moves", arranges, "it has another address, and forgets what it has translated", func(host string) error { return s.w.MoveNAT(host) }},
		{"{host} starts to negotiate {int} time(s)", arranges, "in the simulator, a second apart", func(host string, n int) error { return s.w.SimNegotiate(host, n) }},
		{"{host} starts phase 1 anew", arranges, "in the simulator, though there is one", func(host string) error { return s.w.SimRenew(host) }},
		{"{host}'s {word} comes again from port {int} to port {int}", arranges, "in the simulator: the first of that name; the ports are those before a NAT", func(host, message string, from, to int) error {
			return s.w.Stray(host, world.Stray{Message: message, From: uint16(from), To: uint16(to)})
		}},
		{"{host}'s {word} comes altered from port {int} to port {int}", arranges, "the same under another message ID, which no HASH covers", func(host, message string, from, to int) error {
			return s.w.Stray(host, world.Stray{Message: message, Altered: true, From: uint16(from), To: uint16(to)})
		}},
		{"{host}'s {word} comes with a new cookie from port {int} to port {int}", arranges, "the same under another initiator cookie", func(host, message string, from, to int) error {
			return s.w.Stray(host, world.Stray{Message: message, NewCookie: true, From: uint16(from), To: uint16(to)})
		}},
		{"{host} sends in its SAs every {time} for {time}", arranges, "in the simulator: a packet each time", func(host, every, long string) error {
			return s.durations(every, long, func(a, b time.Duration) error { return s.w.SimCarry(host, a, b) })
		}},
		{"{host} pings {host} for {time}", arranges, "twenty times a second, and every one must be answered", func(ctx context.Context, from, to, long string) error {
			return s.durations(long, long, func(d, _ time.Duration) error { return s.w.PingFor(ctx, from, to, d) })
		}},
		{"{host} keeps the mapping of a NAT alive every {time}", arranges, "our daemon without options, instead of 20 s", func(host, every string) error {
			return s.durations(every, every, func(d, _ time.Duration) error { return s.w.KeepaliveEvery(host, d) })
		}},
		{"a keepalive of {host} comes from port {int} to port {int}", arranges, "one octet ff", func(host string, from, to int) error {
			return s.w.Stray(host, world.Stray{Octets: world.Keepalive, From: uint16(from), To: uint16(to)})
		}},
		{"{host}'s {word} comes without the marker from port {int} to port {int}", arranges, "in namespaces: the first of that name, as it would be at port 500", func(host, message string, from, to int) error {
			return s.w.Stray(host, world.Stray{Message: message, Bare: true, From: uint16(from), To: uint16(to)})
		}},
		{"octets {string} of {host} come from port {int} to port {int}", arranges, "in namespaces: a datagram of these, in hexadecimal", func(text, host string, from, to int) error {
			b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
			if err != nil {
				return fmt.Errorf("octets %q: %w", text, err)
			}
			return s.w.Stray(host, world.Stray{Octets: b, From: uint16(from), To: uint16(to)})
		}},
	}
}

// nattEnds are the checks of where messages go to and come from, and of what is in them.
func nattEnds(s *scenario) []row {
	return []row{
		{"{host} answers none of it", checks, "nothing of it follows what the harness has sent", func(host string) error { return s.w.Unanswered(host) }},
		{"{host}'s {word} {word} goes to where {host}'s {word} {word} came from", proves, "first or last of a name; the ports at this end are the same, and so is the marker", func(host, which, message, other, whichOther, asked string) error {
			return s.places(host, which, message, other, whichOther, asked, s.w.GoesTo)
		}},
		{"{host}'s {word} {word} comes from another port than {host}'s {word} {word}", guards, "at the same address", func(host, which, message, other, whichOther, before string) error {
			return s.places(host, which, message, other, whichOther, before, func(a, b world.Place) error { return s.w.Elsewhere(a, b, false) })
		}},
		{"{host}'s {word} {word} comes from another address than {host}'s {word} {word}", guards, "it has moved", func(host, which, message, other, whichOther, before string) error {
			return s.places(host, which, message, other, whichOther, before, func(a, b world.Place) error { return s.w.Elsewhere(a, b, true) })
		}},
		{"{host}'s {word} {word} comes to another port of {host} than {host}'s {word} {word}", proves, "at the same address", func(host, which, message, _, other, whichOther, before string) error {
			return s.places(host, which, message, other, whichOther, before, func(a, b world.Place) error { return s.w.ToAnotherEnd(a, b, false) })
		}},
		{"{host}'s {word} {word} comes to another address of {host} than {host}'s {word} {word}", proves, "it has moved", func(host, which, message, _, other, whichOther, before string) error {
			return s.places(host, which, message, other, whichOther, before, func(a, b world.Place) error { return s.w.ToAnotherEnd(a, b, true) })
		}},
		{"{host} sends nothing to where {host}'s {word} {word} came from", proves, "from beginning to end", func(host, other, which, message string) error {
			p, err := place(other, which, message)
			if err != nil {
				return err
			}
			return s.w.ShunsPlace(host, p)
		}},
		{"{host} has {host} where {host}'s {word} {word} came from", proves, "in the simulator: the peer's end in all that its engine knows of it now", func(host, _, other, which, message string) error {
			p, err := place(other, which, message)
			if err != nil {
				return err
			}
			return s.w.Knows(host, p)
		}},
		{"{host} sends nothing to port {int}", proves, "from beginning to end", func(host string, port int) error { return s.w.SendsTo(host, uint16(port), false) }},
		{"{host} sent something to port {int}", proves, "once at least", func(host string, port int) error { return s.w.SendsTo(host, uint16(port), true) }},
		{"{host} sends nothing to where any of it came from", proves, "of what the harness has sent", func(host string) error { return s.w.ShunsForged(host) }},
		{"{host}'s {word} {word} goes from port {int} to port {int}", proves, "with the marker where one of them is 4500", func(host, which, message string, from, to int) error {
			p, err := place(host, which, message)
			if err != nil {
				return err
			}
			return s.w.Ports(p, from, to)
		}},
		{"{host}'s {word} tells the original addresses {string}", proves, "the NAT-OA payloads, in form and in order", func(host, message, list string) error {
			return s.w.OriginalAddresses(world.Place{Host: host, Message: message}, strings.Fields(unquote(list)))
		}},
		{"{host}'s {word} has port {int} in its identity", proves, "in phase 1", func(host, message string, port int) error {
			return s.w.IdentityPort(world.Place{Host: host, Message: message}, port)
		}},
		{"{host} sends a keepalive soon", proves, "within some seconds", func(ctx context.Context, host string) error { return s.w.KeepaliveSoon(ctx, host) }},
		{"{host} followed its peer {int} time(s)", proves, "to another end than before, as its engine tells; 0 is only worth something beside a guard", func(ctx context.Context, host string, n int) error {
			return s.w.FollowedPeer(ctx, host, n)
		}},
		{"{host} told of no error", checks, "nothing refused, nothing failed, nothing written of one", func(host string) error { return s.w.NoErrors(host) }},
		{"{host} has chosen {int} SPIs, none of them reserved", proves, "or more, in QI1 and QR1; 0 to ff are reserved", func(host string, n int) error { return s.w.SPIsOf(host, n) }},
		{"{host} took note of {word}", proves, "a notification under protection", func(host, kind string) error { return s.tookNote(host, kind) }},
		{"{host} holds {int} SAs", proves, "both ways together", func(host string, n int) error { return s.w.SACount(host, n) }},
	}
}

// tookNote looks for a notification among what an engine told.
func (s *scenario) tookNote(host, kind string) error {
	p := s.w.Peer(host)
	if p == nil {
		return fmt.Errorf("nothing runs on %s", host)
	}
	for _, e := range p.Journal().Events() {
		if n, ok := e.Event.(ike.Notified); ok && n.Name == kind && n.Protected {
			return nil
		}
	}
	return &world.Mismatch{Code: "notify", What: "what " + host + " took note of", Expected: kind, Actual: "nothing of the kind"}
}

// durations reads two.
func (s *scenario) durations(one, other string, do func(a, b time.Duration) error) error {
	a, err := time.ParseDuration(one)
	if err != nil {
		return err
	}
	b, err := time.ParseDuration(other)
	if err != nil {
		return err
	}
	return do(a, b)
}

func place(host, which, message string) (world.Place, error) {
	if which != "first" && which != "last" {
		return world.Place{}, fmt.Errorf("%q %s: write first or last", which, message)
	}
	return world.Place{Host: host, Last: which == "last", Message: message}, nil
}

// places makes two places of words.
func (s *scenario) places(host, which, message, other, whichOther, messageOther string, do func(a, b world.Place) error) error {
	a, err := place(host, which, message)
	if err != nil {
		return err
	}
	b, err := place(other, whichOther, messageOther)
	if err != nil {
		return err
	}
	return do(a, b)
}

package check

import (
	"fmt"
	"net/netip"
	"slices"

	"ikewit/harness/capture"
	"ikewit/harness/capture/ipsec"
	"ikewit/impl/sadb"
)

// A Finding is one thing that is not as it should be.
type Finding struct {
	Check    string // name of the row
	Rule     string // "RFC 2408 section 3.1"
	Frame    int    // of the capture; 0: none
	Message  string // "MI1 of alice"; "" when no message is at fault
	What     string // one sentence
	Expected string
	Actual   string
}

func (f Finding) String() string {
	text := f.What
	if f.Message != "" {
		text = f.Message + ": " + text
	}
	if f.Expected != "" || f.Actual != "" {
		text += fmt.Sprintf(": expected %s, found %s", f.Expected, f.Actual)
	}
	return text
}

// A Side is one of the two that negotiated: what it says of itself.
type Side struct {
	Name string
	Addr netip.Addr
	SAs  []sadb.SA // with keys

	// The longest life that this side gives an SA, whatever is agreed; 0: not known.
	Seconds, Kilobytes uint64
}

// Evidence is what a scenario left behind.
type Evidence struct {
	Records       []capture.Record
	Conversations []*capture.Conversation // opened by Recover where there were secrets
	Wire          []*ipsec.SA             // what Recover computed
	Sides         []Side

	// Protected are the packets that must not be seen in clear: the selectors of the SAs. Marker is in every
	// packet of the scenario's own traffic and must not be seen in any frame outside of protection by ESP.
	Protected []ipsec.Selector
	Marker    []byte
	Frames    [][]byte // what Marker is looked for in

	// Forged are the frames that the harness itself put on the wire: they prove nothing about a sender.
	Forged map[int]bool
}

// A row is one check.
type row struct {
	name string
	rule string
	find func(e *Evidence, report func(Finding))
}

// A Set is the checks of one noun.
type Set []row

// Run gives what the checks of a set find, in the order of its rows.
func (s Set) Run(e *Evidence) []Finding {
	var all []Finding
	for _, r := range s {
		r.find(e, func(f Finding) {
			f.Check, f.Rule = r.name, r.rule
			all = append(all, f)
		})
	}
	return all
}

// Names lists the checks of a set.
func (s Set) Names() []string {
	var list []string
	for _, r := range s {
		list = append(list, r.name)
	}
	return list
}

// All is every check.
func All() Set { return slices.Concat(Messages, Hashes, SAs, Packets, Clear) }

// who names the side that has an address.
func (e *Evidence) who(a netip.Addr) string {
	for _, s := range e.Sides {
		if s.Addr == a {
			return s.Name
		}
	}
	return a.String()
}

// Side gives a side by its name; nil if there is none.
func (e *Evidence) Side(name string) *Side {
	for i := range e.Sides {
		if e.Sides[i].Name == name {
			return &e.Sides[i]
		}
	}
	return nil
}

// messages calls f for every message of IKEv1 that the sides sent themselves.
func (e *Evidence) messages(f func(c *capture.Conversation, m *capture.Message)) {
	for _, c := range e.Conversations {
		for _, m := range c.Messages {
			if !e.Forged[m.Frame] {
				f(c, m)
			}
		}
	}
}

func (e *Evidence) at(m *capture.Message, what string) Finding {
	return Finding{Frame: m.Frame, Message: m.Name + " of " + e.who(m.Src.Addr()), What: what}
}

// differs is a finding with two values.
func (f Finding) differs(expected, actual any) Finding {
	f.Expected, f.Actual = fmt.Sprint(expected), fmt.Sprint(actual)
	return f
}
